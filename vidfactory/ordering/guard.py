"""Every request's number, the headers of every answer, what nobody foresaw, and one line of the log for each.

Belongs here: what holds for all addresses alike. Does not belong here: tokens (`access`), and what an address does.
"""

import json
import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vidfactory.ordering import problems

access_log = logging.getLogger("vidfactory.access")
NUMBER = "x-request-id"
_USABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""An answer that has one of these itself keeps it."""


class Guarded:
    """Numbers requests, adds the headers, and writes the log, in which no header and no body is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(NUMBER, "")
        number = given if _USABLE.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["number"] = number
        begun, line = time.perf_counter(), {"status": 0, "bytes": 0}

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                line["status"] = message["status"]
                headers = MutableHeaders(scope=message)
                headers[NUMBER] = number
                for name, text in HEADERS.items():
                    headers.setdefault(name, text)
            elif message["type"] == "http.response.body":
                line["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:
            if line["status"]:
                raise  # the answer has begun; uvicorn cuts it off, so that nobody takes it for the whole
            answer = await problems.answer(Request(scope), error)
            await answer(scope, receive, guarded)
        finally:
            _write(scope, number, line, time.perf_counter() - begun)


def _write(scope: Scope, number: str, line: dict[str, int], seconds: float) -> None:
    """`status` 0: nothing was answered, because the caller was gone."""
    told = {
        "request": number,
        "method": scope["method"],
        "path": scope["path"],
        "token": scope["state"].get("token", ""),
        "client": (scope.get("client") or ("",))[0],
        **line,
        "ms": round(seconds * 1000, 1),
    }
    access_log.info(json.dumps(told))
