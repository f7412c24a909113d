"""The server of orders over HTTP: where it listens, and what it logs.

Belongs here: the socket, uvicorn, the log. Does not belong here: what is answered (`app`). It speaks plain HTTP: what
lies before it on the way from outside ends TLS.
"""

import contextlib
import ipaddress
import logging
import socket
import sys

import uvicorn

from vidfactory import runs
from vidfactory.definitions import studio_of
from vidfactory.errors import BadInput
from vidfactory.ordering.app import application
from vidfactory.ordering.guard import access_log
from vidfactory.ordering.tokens import Tokens
from vidfactory.settings import Settings

HERE = "127.0.0.1"
AT_ONCE = 64
"""Requests under way; the next ones are answered 503 at once rather than late."""
SHUTDOWN_S = 10


def open_door(settings: Settings, host: str, port: int) -> socket.socket:
    """A socket that listens; BadInput where somebody else does, and for strangers where no token is made."""
    if not _is_here(host) and not Tokens(studio_of(settings)).known():
        raise BadInput(
            "there is no token, so that nobody could be let in from outside",
            where=f"--host {host}",
            remedy="Make one: vidfactory tokens new NAME",
        )
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        where = f"--host {host} --port {port}"
        raise BadInput(f"nobody can listen there: {error}", where=where, remedy="Name another") from error


def serve(settings: Settings, instance: runs.Instance, door: socket.socket) -> None:
    """Take orders from whoever comes through `door`, until Ctrl-C. What is forwarded by a proxy here is believed."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter('{"at": "%(asctime)s", "said": %(message)s}'))
    access_log.addHandler(handler)
    access_log.setLevel(logging.INFO)
    access_log.propagate = False
    config = uvicorn.Config(
        application(settings, instance),
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=AT_ONCE,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    with door, contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[door])


def _is_here(host: str) -> bool:
    """Whether only this machine reaches an address; a name is taken for one that others reach."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
