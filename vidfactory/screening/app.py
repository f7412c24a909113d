"""The screening room as a web application: which address shows what.

Belongs here: routes, answers, and the server. Does not belong here: what is shown (`shelf`), who is kept out
(`guard`). It listens on 127.0.0.1 alone.
"""

import contextlib
import datetime as dt
import json
import math
import socket
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import uvicorn
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from vidfactory import reviews, runs
from vidfactory.drawing.type import font_path
from vidfactory.errors import BadInput, MissingArtifact, VidfactoryError
from vidfactory.orders import checked_key
from vidfactory.schema.base import Media
from vidfactory.screening.guard import FILE_POLICY, HOSTS, Guarded, Seal, read_form
from vidfactory.screening.shelf import LEVELS, Film, Shelf, seconds_of
from vidfactory.settings import Settings
from vidfactory.standings import STAGES

HOST = "127.0.0.1"
FACES = ("anton", "inter")
SHOWN_TYPES = ("image/", "video/", "audio/", "text/vtt", "text/plain", "text/csv", "application/json")
"""Files of other types are offered for download."""
SHUTDOWN_S = 1
STATIC = Path(__file__).with_name("static")


def open_door(port: int) -> socket.socket:
    """A socket that listens on 127.0.0.1; BadInput where somebody else does."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise BadInput(f"nobody can listen there: {error}", where=f"--port {port}", remedy="Name another") from error


def serve(settings: Settings, instance: runs.Instance, door: socket.socket) -> None:
    """Show the studio to whoever comes through `door`, until Ctrl-C."""
    config = uvicorn.Config(
        screening_room(settings, instance),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    with door, contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[door])


def screening_room(settings: Settings, instance: runs.Instance) -> Starlette:
    """The application over one studio."""
    room = Room(Shelf(settings, instance), settings.reviewer)
    routes = [
        Route("/", room.overview),
        Route("/videos/{key}", room.video),
        Route("/videos/{key}/due", room.due),
        Route("/videos/{key}/decision", room.decision, methods=["POST"]),
        Route("/videos/{key}/artifacts/{asset:path}", room.artifact),
        Route("/videos/{key}/files/{asset:path}/{name}", room.file),
        Route("/fonts/{face}", font),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(Guarded),
            Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False),
        ],
        exception_handlers={VidfactoryError: room.failure, HTTPException: room.refusal},
    )


def font(request: Request) -> Response:
    """A face of the house."""
    face = request.path_params["face"]
    if face not in FACES:
        raise HTTPException(404, f"There is no face {face} here.")
    return FileResponse(font_path(face), media_type="font/ttf")


class Room:
    """The pages over a shelf. `reviewer` is the name that the form suggests."""

    def __init__(self, shelf: Shelf, reviewer: str) -> None:
        self._shelf, self._reviewer = shelf, reviewer
        self._seal = Seal()
        self._templates = _templates()

    def overview(self, request: Request) -> Response:
        """The list, by `state` and `page`."""
        wanted = request.query_params.get("state")
        stage = next((each for each in STAGES if each == wanted), None)
        number = request.query_params.get("page", "")
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
        return self._page("overview.html", overview=self._shelf.overview(stage, page))

    def video(self, request: Request) -> Response:
        """One video; `t` is the second at which the film begins, for browsers without scripts."""
        return self._video(_key(request), start=_seconds(request.query_params.get("t", "")))

    def due(self, request: Request) -> Response:
        """What is out of date of a video, as a page of a few words that the video's page takes in."""
        key = _key(request)
        return self._page("due.html", key=key, due=self._shelf.due(key))

    def artifact(self, request: Request) -> Response:
        """An artifact's JSON."""
        artifact = self._shelf.artifact(_key(request), request.path_params["asset"])
        text = json.dumps(artifact.model_dump(mode="json"), indent=2, ensure_ascii=False)
        return PlainTextResponse(text, headers={"content-security-policy": FILE_POLICY})

    def file(self, request: Request) -> Response:
        """A file of an artifact, or the part of it that a Range header asks for."""
        media, path = self._shelf.file(_key(request), request.path_params["asset"], request.path_params["name"])
        headers = {"content-security-policy": FILE_POLICY}
        if media.media_type.startswith(SHOWN_TYPES):
            return FileResponse(path, media_type=media.media_type, headers=headers)
        return FileResponse(path, media_type="application/octet-stream", filename=media.name, headers=headers)

    async def decision(self, request: Request) -> Response:
        """Take a decision; the page says so, or says why it was not taken and keeps what was written."""
        form = await read_form(request)
        self._seal.check(request, form)
        key = _key(request)
        try:
            await reviews.decide(self._shelf.store, key, _ruling(form), dt.datetime.now(tz=dt.UTC))
        except BadInput as error:
            return await run_in_threadpool(self._video, key, form=form, problem=error)
        return RedirectResponse(f"/videos/{key}", status_code=303)

    async def failure(self, _: Request, error: Exception) -> Response:
        """What a person can mend, in words."""
        assert isinstance(error, VidfactoryError)
        status = 404 if isinstance(error, MissingArtifact | BadInput) else 500
        return self._page("problem.html", status=status, said=f"{_sentence(error.what)}.", error=error)

    async def refusal(self, _: Request, error: Exception) -> Response:
        """An address that is none, or a form that is not taken."""
        assert isinstance(error, HTTPException)
        said = "There is no such page." if error.detail == "Not Found" else error.detail
        return self._page("problem.html", status=error.status_code, said=said, error=None)

    def _video(
        self, key: str, *, start: float = 0.0, form: Mapping[str, str] | None = None, problem: BadInput | None = None
    ) -> Response:
        """A video's page; after a decision that was not taken with the `problem` and what was written in the form."""
        return self._page(
            "video.html",
            status=409 if problem else 200,
            video=self._shelf.video(key),
            start=start,
            form={"by": self._reviewer, "reason": "", **(form or {})},
            problem=problem,
            token=self._seal.token,
        )

    def _page(self, template: str, *, status: int = 200, **shown: Any) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(**shown), status)


def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("vidfactory.screening"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(clock=_clock, dollars=_dollars, size=_size, moment=_moment, words=_words, sentence=_sentence)
    found.globals.update(stages=STAGES, levels=LEVELS, seconds_of=seconds_of, place=_place)
    return found


def _key(request: Request) -> str:
    return checked_key(str(request.path_params["key"]))


def _ruling(form: Mapping[str, str]) -> reviews.Ruling:
    """A decision as the form says it; HTTPException 400 for one that our own page would not send."""
    decision, seen = form.get("decision"), form.get("seen", "")
    if decision not in {"approve", "reject"} or not (seen.isascii() and seen.isdigit()):
        raise HTTPException(400, "The form says neither approve nor reject.")
    return reviews.Ruling(
        approved=decision == "approve",
        by=form.get("by", ""),
        reason=form.get("reason", ""),
        seen=int(seen),
        edition=form.get("edition", ""),
    )


def _seconds(text: str) -> float:
    """A moment of a film from an address; its beginning for what is none."""
    try:
        moment = float(text)
    except ValueError:
        return 0.0
    return moment if math.isfinite(moment) and moment > 0 else 0.0


def _place(film: Film | None, frame: int) -> dict[str, Any]:
    """A frame of the film as its second, exact and as people read it."""
    second = seconds_of(frame, film)
    return {"second": f"{second:.3f}", "text": f"{int(second) // 60}:{second % 60:04.1f}"}


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def _dollars(amount: Decimal) -> str:
    """US dollars to a hundredth of a cent, without zeros that say nothing."""
    return f"${amount:,.2f}" if amount == amount.quantize(Decimal("0.01")) else f"${amount:,.4f}"


def _size(media: Media) -> str:
    return f"{media.size / 1e6:.1f} MB" if media.size >= 1e5 else f"{media.size / 1e3:.1f} kB"


def _moment(at: dt.datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M %Z}"


def _sentence(text: str) -> str:
    """A text as a sentence begins."""
    return f"{text[:1].upper()}{text[1:]}"


def _words(name: str) -> str:
    """A name of the code as words."""
    return name.replace("_", " ")
