"""The screening room: a page on this machine where a person looks at videos and decides.

Belongs here: what the pages show (`shelf`), how they are served and guarded (`app`, `guard`), and how they look
(`templates`, `static`). Does not belong here: who must approve (`reviews`), and anything that makes or publishes.
"""
