"""Orders over HTTP as a web application: which address does what, and the description of all of them.

Belongs here: routes, their description, and what is checked of a request before the desk sees it. Does not belong
here: what is done (`desk`), who may come in (`access`), and how failures are told (`problems`).
"""

import asyncio
import contextlib
import datetime as dt
import http
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route

from vidfactory import runs
from vidfactory.errors import VidfactoryError
from vidfactory.ordering import problems, schemas
from vidfactory.ordering.access import Customer, Door, Reader
from vidfactory.ordering.desk import Known, OrderDesk
from vidfactory.ordering.downloads import download
from vidfactory.ordering.guard import Guarded
from vidfactory.ordering.once import HEADER, Requests
from vidfactory.ordering.problems import Problem, responses
from vidfactory.ordering.tokens import Token, Tokens
from vidfactory.schema.brief import MAX_KEY_LENGTH
from vidfactory.settings import Settings
from vidfactory.storage.threads import to_its_end

log = logging.getLogger(__name__)
VERSION = "1.0.0"
TIDIED_S = 6 * 3600
"""So often requests whose time is over are looked for."""
REPLAYED = "Idempotency-Replayed"
ABOUT = f"""
Order videos, ask how far they are, and fetch them.

Every request but `/v1/health` needs a bearer token. Failures are `application/problem+json` (RFC 9457) and say what to
do. An order is started by the studio's daemon within seconds; ask its address how far it is, or name a `webhook`.

States of a video: {schemas.STATES_EXPLAINED}
"""
WEBHOOKS = """
A message to the webhook that an order names, signed by the Standard Webhooks scheme: the headers `webhook-id`,
`webhook-timestamp` and `webhook-signature` (`v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`). Each event
is told once; where an answer was lost it comes again under the same `webhook-id`. Whatever is not a 2xx is tried again
after 1, 5 and 30 minutes, 2, 6, 12 and 24 hours.
"""
JSON = "application/json"
Key = Annotated[str, Path(pattern=schemas.KEY_PATTERN, max_length=MAX_KEY_LENGTH, examples=["finance-goog-2008-10-10"])]


def application(settings: Settings, instance: runs.Instance) -> FastAPI:
    """The application over one studio."""
    desk = OrderDesk(settings, instance)
    app = FastAPI(
        lifespan=tidied,
        title="vidfactory",
        summary="A video studio that takes orders",
        description=ABOUT,
        version=VERSION,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        exception_handlers={
            Problem: problems.answer,
            VidfactoryError: problems.answer,
            HTTPException: refusal,
            RequestValidationError: problems.answer,
        },
    )
    app.state.desk, app.state.door, app.state.requests = desk, Door(Tokens(desk.studio)), Requests(desk.studio)
    app.include_router(router)
    app.webhooks.include_router(told)
    app.add_middleware(Guarded)
    app.openapi = lambda: description(app)  # type: ignore[method-assign]  # FastAPI's own way to change it
    return app


@contextlib.asynccontextmanager
async def tidied(app: FastAPI) -> AsyncIterator[None]:
    """While the server runs, requests whose time is over are forgotten."""
    task = asyncio.create_task(_tidy(app.state.requests))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _tidy(requests: Requests) -> None:
    while True:
        try:
            await to_its_end(requests.forget, dt.datetime.now(tz=dt.UTC))
        except VidfactoryError as error:
            log.warning("old requests are not forgotten, and this is tried again: %s", error)
        await asyncio.sleep(TIDIED_S)


def description(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with the order's own schema, which FastAPI does not see."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            webhooks=app.webhooks.routes,
        )
        order = schemas.VideoOrder.model_json_schema(ref_template="#/components/schemas/{model}")
        extra = {
            **order.pop("$defs", {}),
            "VideoOrder": order,
            "ProblemDetails": problems.schema(),
            "FieldProblem": problems.FieldProblem.model_json_schema(),
        }
        found["components"]["schemas"] |= extra
        for name in ("HTTPValidationError", "ValidationError"):
            found["components"]["schemas"].pop(name, None)
        app.openapi_schema = found
    return app.openapi_schema


async def refusal(request: Request, error: Exception) -> JSONResponse:
    """An address that is none, or one that does not take the method: of several routes Starlette names the first."""
    assert isinstance(error, HTTPException)
    if error.status_code == http.HTTPStatus.METHOD_NOT_ALLOWED:
        routes = [route for route in router.routes if isinstance(route, Route)]
        methods = {name for each in routes if each.path_regex.match(request.url.path) for name in each.methods or ()}
        error = HTTPException(error.status_code, headers={"allow": ", ".join(sorted(methods))})
    return await problems.answer(request, error)


def desk_of(request: Request) -> OrderDesk:
    desk = request.app.state.desk
    assert isinstance(desk, OrderDesk)
    return desk


Desk = Annotated[OrderDesk, Depends(desk_of)]


def known_video(key: Key, token: Reader, desk: Desk) -> Known:
    """The video of the address."""
    return desk.known(token, key)


Asked = Annotated[Known, Depends(known_video)]
router = APIRouter(prefix="/v1", responses=responses(500, 503))
told = APIRouter()
ORDER_BODY: Mapping[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"At most {schemas.BODY_LIMIT // 1_000_000} MB",
        "content": {
            JSON: {
                "schema": {"$ref": "#/components/schemas/VideoOrder"},
                "examples": {name: {"value": value} for name, value in schemas.EXAMPLES.items()},
            }
        },
    }
}
PLACED = {"description": "It is taken in", "headers": {"Location": {"schema": {"type": "string"}}}}


@router.get("/health", summary="Whether the studio's storage and Dagster's store answer", tags=["studio"])
def health(desk: Desk) -> schemas.Health:
    """For load balancers; needs no token."""
    desk.check_serves()
    return schemas.Health(status="ok")


@router.get(
    "/channels", summary="The channels that may be ordered for", tags=["studio"], responses=responses(401, 403, 429)
)
def channels(token: Reader, desk: Desk) -> schemas.ChannelList:
    """Those of the token, where it is for some only."""
    return desk.channels(token)


@router.post(
    "/videos",
    status_code=201,
    summary="Order a video",
    tags=["videos"],
    response_model=schemas.Ordered,
    responses={201: PLACED, **responses(400, 401, 403, 409, 413, 415, 422, 429)},
    openapi_extra=dict(ORDER_BODY),
)
async def order(
    request: Request,
    token: Customer,
    desk: Desk,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            min_length=1,
            max_length=255,
            pattern=r"^[\x21-\x7e]+$",
            description="Any unique text: the same order under the same key is placed once, and answered the same, "
            "for two days",
        ),
    ] = None,
) -> Response:
    """Takes an order in. `400`: it is not of this shape. `422`: nothing can be made of it here, and why."""
    wanted = await ordered(request)
    _check_allowed(token, wanted)
    answer, replayed = await to_its_end(_place, request, token, desk, wanted, idempotency_key)
    headers = {"location": answer["href"], **({REPLAYED.lower(): "true"} if replayed else {})}
    return JSONResponse(answer, 201, headers=headers)


@router.get("/videos", summary="Videos by key", tags=["videos"], responses=responses(400, 401, 403, 429))
def videos(
    token: Reader,
    desk: Desk,
    channel: Annotated[str | None, Query(description="Only those of a channel")] = None,
    state: Annotated[schemas.State | None, Query(description="Only those in a state")] = None,
    after: Annotated[str | None, Query(description="The `next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> schemas.VideoPage:
    """A part of the list; go on with `next` until it is null, also behind a part that is short or empty."""
    return desk.page(token, channel, state, after, limit)


@router.get(
    "/videos/{key}", summary="How far a video is", tags=["videos"], responses=responses(400, 401, 403, 404, 429)
)
def video(asked: Asked, desk: Desk) -> schemas.Video:
    """Its state and why, its parts, its cost against its budget, what the inspector measured, where it is out."""
    return desk.video(asked)


@router.post(
    "/videos/{key}/cancel",
    summary="Stop making a video",
    tags=["videos"],
    responses=responses(400, 401, 403, 404, 409, 429),
)
def cancel(key: Key, token: Customer, desk: Desk) -> schemas.Cancelled:
    """An order that was not started is taken back, and is gone. What a run has made is kept; it makes no more."""
    return desk.cancel(desk.known(token, key))


@router.get(
    "/videos/{key}/quote",
    summary="What a video will cost",
    tags=["videos"],
    responses=responses(400, 401, 403, 404, 422, 429),
)
def quote(asked: Asked, desk: Desk) -> schemas.VideoQuote:
    """By component, as its order and the studio's settings have it now."""
    return desk.quote(asked)


@router.get(
    "/videos/{key}/package",
    summary="What leaves the studio with a video",
    tags=["packages"],
    responses=responses(400, 401, 403, 404, 429),
)
def package(asked: Asked, desk: Desk) -> schemas.VideoPackage:
    """Its listing and its files: film, thumbnails, subtitles, manifest, timeline. There once it is packed."""
    return desk.package(asked)


FILE = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
RANGES = {name: {"schema": {"type": "string"}} for name in ("ETag", "Accept-Ranges")}


@router.get(
    "/videos/{key}/package/{name}",
    summary="A file of a package",
    tags=["packages"],
    response_class=Response,
    responses={
        200: {"description": "The file, under its own media type", "headers": RANGES},
        206: {"description": "The part that a Range header asked for", "headers": RANGES},
        304: {"description": "It has not changed"},
        **responses(400, 401, 403, 404, 416, 429),
    },
)
def file(request: Request, name: str, asked: Asked, desk: Desk) -> Response:
    """Whole, or one part of it by `Range`, validated by `ETag`, which is the file's SHA-256."""
    media, path = desk.file(asked, name)
    return download(request, media, path)


@router.head("/videos/{key}/package/{name}", include_in_schema=False)
def file_head(request: Request, name: str, asked: Asked, desk: Desk) -> Response:
    """The headers of a file."""
    return file(request, name, asked, desk)


@told.post("video", summary="A video is ready for review, published, or has failed", description=WEBHOOKS)
def told_of_video(body: schemas.Told) -> None:
    """Described, never served."""


async def ordered(request: Request) -> schemas.VideoOrder:
    """The order in a body; Problem 415 for another kind of content, 413 for too much, 400 and 422 for a wrong one."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON or request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(415, "an order is JSON", where="Content-Type", remedy=f"Send it as {JSON}, not compressed")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > schemas.BODY_LIMIT:
            limit = f"{schemas.BODY_LIMIT // 1_000_000} MB"
            raise Problem(413, f"an order has at most {limit}", where="body", remedy="Send smaller files")
    try:
        return await run_in_threadpool(schemas.VideoOrder.model_validate_json, bytes(body), strict=True)
    except ValidationError as error:
        raise problems.of_body(error) from error


def _check_allowed(token: Token, wanted: schemas.VideoOrder) -> None:
    if not token.sees(wanted.channel):
        raise Problem(
            403,
            "this token orders for channels of its own",
            where="channel",
            remedy=f"Name one of them: {', '.join(token.channels)}",
        )


def _place(
    request: Request, token: Token, desk: OrderDesk, wanted: schemas.VideoOrder, name: str | None
) -> tuple[dict[str, Any], bool]:
    """The answer to an order, and whether it was given before."""
    now = dt.datetime.now(tz=dt.UTC)
    desk.check_may_spend(wanted)
    if name is None:
        return desk.place(wanted, desk.name(wanted, now), now, again=False).model_dump(mode="json"), False
    requests = request.app.state.requests
    assert isinstance(requests, Requests)
    return requests.once(
        f"{token.name}/{name}",
        wanted.fingerprint(),
        now,
        lambda: desk.name(wanted, now),
        lambda key, again: desk.place(wanted, key, now, again=again).model_dump(mode="json"),
    )
