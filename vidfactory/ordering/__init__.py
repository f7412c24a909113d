"""Orders over HTTP: videos are ordered, asked after and fetched by programs.

Belongs here: addresses, their description, who may come in, and what is told of a video. Does not belong here: what
an order is (`schema.brief`) and whether it can be made (`orders`), and starting anything: the daemon does that.
"""
