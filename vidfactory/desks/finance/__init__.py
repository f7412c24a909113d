"""The finance desk: posts and prices in, a draft out.

posts → symbols, selection → market, facts → analysis (written by a `Writer`, checked by claims) → draft.
"""
