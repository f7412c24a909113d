"""Desks write: one package or module per format turns a brief into a draft. Pure; they see ports, never a service."""

FORMATS = ("finance",)
"""The formats of the studio. Each has a desk here, its assets in `assets/<format>.py`, and a theme."""
