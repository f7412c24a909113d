"""Keeps strangers out of the screening room: other sites in the same browser, and files that would run there.

Belongs here: the headers of every answer, the hosts that are answered to, and the check of what is posted. Who is
logged in on this machine can open the room, as with Dagster's own page.
"""

import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")
"""A page whose name was pointed at this machine (DNS rebinding) sends another one."""
LONGEST_FORM = 32 * 1024
MOST_FIELDS = 16
FORM = "application/x-www-form-urlencoded"
PAGE_POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FILE_POLICY = "default-src 'none'; sandbox"
"""For files of artifacts: an SVG or a page among them is shown, but nothing in it runs or asks for more."""
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}


class Guarded:
    """Gives every answer the headers above; one that has a policy of its own keeps it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, text in HEADERS.items():
                    headers[name] = text
                headers.setdefault("content-security-policy", PAGE_POLICY)
            await send(message)

        await self._app(scope, receive, guarded)


class Seal:
    """A secret of this process that its own forms carry, so that no other page can post one."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)

    def check(self, request: Request, form: Mapping[str, str]) -> None:
        """HTTPException 403 for a form that does not come from a page of this process."""
        if request.headers.get("origin") != f"{request.url.scheme}://{request.headers['host']}":
            raise HTTPException(403, "This form came from another page. Decide on the video's own page.")
        if not secrets.compare_digest(form.get("token", "").encode(), self.token.encode()):
            raise HTTPException(403, "The screening room was opened anew since. Load the page again and decide there.")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; HTTPException 415 for another kind of content, 413 for too much of it, 400 for no text."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise HTTPException(415, f"A form is sent as {FORM}.")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_FORM:
            raise HTTPException(413, "That is more than a decision holds.")
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding="utf-8", errors="strict"
        )
    except ValueError as error:
        raise HTTPException(400, "The form cannot be read.") from error
    return dict(fields)
