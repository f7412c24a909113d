"""What goes in and out over HTTP, as the description says it.

Belongs here: the order with its files inside, and what callers are told of videos. Does not belong here: what an order
is otherwise (`schema.brief`), and reading the studio (`desk`).
"""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    JsonValue,
    TypeAdapter,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

from vidfactory.schema.base import canonical_sha256
from vidfactory.schema.brief import MAX_KEY_LENGTH, FinanceOrder
from vidfactory.schema.finance import Tweet
from vidfactory.schema.inspection import Level, Verdict
from vidfactory.schema.quote import Quote

State = Literal[
    "ordered",
    "queued",
    "working",
    "unfinished",
    "failed",
    "cancelled",
    "waiting_for_review",
    "rejected",
    "approved",
    "published",
]
STATES: tuple[State, ...] = get_args(State)
STATES_EXPLAINED = """
`ordered`: it is taken in, and the studio will start it. `queued`: its turn comes. `working`: it is being made.
`unfinished`: a part of it was made. `failed`, `cancelled`: nothing goes on by itself, see `reason`.
`waiting_for_review`: it is packed, and a person decides. `rejected`: it is not published as it is.
`approved`: it will be published. `published`: it is out.
"""
PRICES_LIMIT = 5_000_000
NARRATION_LIMIT = 32_000_000
BODY_LIMIT = 48_000_000
"""Bytes of a whole order; a narration grows by a third as Base64."""
KEY_PATTERN = "^[a-z0-9]+(-[a-z0-9]+)+$"


class _PostsSchema:
    """Any JSON to pydantic: `desks.finance.posts` reads it and says what is wrong. Described as what that takes."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler(list[JsonValue] | dict[str, JsonValue])

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        posts = {**handler(TypeAdapter(list[Tweet]).core_schema), "minItems": 1}
        response = {"type": "object", "description": 'An X API v2 recent-search response, or {"tweets": […]}'}
        return {"anyOf": [posts, response]}


def _decodes(text: str) -> str:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("it is not Base64") from error
    if len(content) > NARRATION_LIMIT:
        raise ValueError(f"a narration has at most {NARRATION_LIMIT} bytes")
    return text


Posts = Annotated[Any, _PostsSchema]
Sound = Annotated[str, AfterValidator(_decodes), WithJsonSchema({"type": "string", "contentEncoding": "base64"})]


class VideoOrder(FinanceOrder):
    """An order as a YAML file has it, with `key` beside the rest and the files inside it: nothing on the server."""

    key: str | None = Field(
        None,
        pattern=KEY_PATTERN,
        max_length=MAX_KEY_LENGTH,
        description="What the video is to be called, `<format>-<slug>`; without it a name is made from the order",
    )
    posts: Posts | None = Field(None, description="Posts; either these or a query")
    prices: str | None = Field(  # type: ignore[assignment]
        None, max_length=PRICES_LIMIT, description="Prices as CSV with Yahoo's column names"
    )
    narration: Sound | None = Field(  # type: ignore[assignment]
        None, description="The script, read by a person: any common format of sound, as Base64"
    )

    def fingerprint(self) -> str:
        """The same for what asks for the same, however it is written."""
        return canonical_sha256(self.model_dump(mode="json", exclude_unset=True))

    def written(self, folder: Path) -> FinanceOrder:
        """The order that names files, which are written into `folder`."""
        contents = {
            folder / "posts.json": None if self.posts is None else json.dumps(self.posts).encode(),
            folder / "prices.csv": None if self.prices is None else str(self.prices).encode(),
            folder / "narration": None if self.narration is None else base64.b64decode(str(self.narration)),
        }
        brought = {path: content for path, content in contents.items() if content is not None}
        for path, content in brought.items():
            path.write_bytes(content)
        rest = self.model_dump(exclude_unset=True, exclude={"key", "posts", "prices", "narration"})
        return FinanceOrder.model_validate({**rest, **{path.stem: path for path in brought}})


class Ordered(BaseModel):
    """An order that was taken in."""

    key: str = Field(examples=["finance-goog-2008-10-10"])
    channel: str | None
    state: State
    href: str = Field(examples=["/v1/videos/finance-goog-2008-10-10"])


class Cancelled(BaseModel):
    """A video that is not made any further."""

    key: str
    state: State


class VideoLine(Ordered):
    """A video in a list."""

    reason: str = Field(description="Why it is in this state", examples=["the inspector approves it"])


class VideoPage(BaseModel):
    """A part of the list. It may hold fewer videos than were asked for, and none, while `next` goes on."""

    videos: list[VideoLine]
    next: str | None = Field(description="Where the list goes on; null at its end")


class AssetLine(BaseModel):
    """One of the parts that a video is made of, upstream first."""

    asset: str = Field(examples=["narration"])
    state: Literal["missing", "working", "made", "failed"]
    seconds: float | None = Field(description="What its newest step took; null where the newest run has none")


class Progress(BaseModel):
    made: int
    total: int
    assets: list[AssetLine]


class Cost(BaseModel):
    """US dollars."""

    budget: Decimal = Field(description="What the services may take for this video")
    quoted: Decimal | None = Field(description="What was expected; null where that is not known yet")
    charged: Decimal
    possibly_charged: Decimal = Field(description="Of calls that were cut off")
    promised: Decimal = Field(description="For calls that are under way")
    saved: Decimal = Field(description="By answers that were there already")


class CheckLine(BaseModel):
    name: str = Field(examples=["loudness"])
    level: Level
    said: str = Field(examples=["-14.0 LUFS, within 1 of -14"])


class Inspection(BaseModel):
    """What the inspector measured in the finished film."""

    verdict: Verdict
    checks: list[CheckLine]


class Place(BaseModel):
    publisher: str = Field(examples=["youtube"])
    address: str | None = Field(description="Where it can be seen; null for what only the studio can reach")
    visible_from: dt.datetime | None


class Letter(BaseModel):
    """What a webhook was told of a video, or is to be told."""

    id: str = Field(description="The header webhook-id, the same in every try")
    event: str = Field(examples=["video.published"])
    at: dt.datetime
    state: Literal["waiting", "delivered", "given_up"]
    tries: int
    said: str = Field(description="What kept it from being delivered")


class Video(VideoLine):
    """All that is told of a video."""

    format: str
    title: str | None
    progress: Progress
    cost: Cost
    inspection: Inspection | None = Field(description="null before there is a film")
    edition: str | None = Field(description="SHA-256 of what a viewer gets; null before it is packed")
    package: str | None = Field(description="The address of its package; null before it is packed")
    published: list[Place]
    webhook: str | None
    deliveries: list[Letter]


class PackageFile(BaseModel):
    name: str = Field(examples=["video.mp4"])
    media_type: str = Field(examples=["video/mp4"])
    size: int = Field(description="Bytes")
    sha256: str
    href: str


class ChapterLine(BaseModel):
    start_s: int
    title: str


class VideoPackage(BaseModel):
    """What leaves the studio with a video: what a platform is told of it, and its files."""

    key: str
    edition: str
    title: str
    description: str
    tags: list[str]
    chapters: list[ChapterLine]
    language: str
    made_with_ai: bool
    files: list[PackageFile]


class VideoQuote(Quote):
    """What the services will charge, as it is known now."""

    total_usd: Decimal = Field(description="The sum of the lines whose price is known")


class ChannelLine(BaseModel):
    """A channel that orders may name."""

    id: str
    name: str
    format: str
    seconds: int
    aspect: str
    quality: str
    videos_per_day: int
    zone: str
    budget_usd: Decimal = Field(description="What the services may take for one of its videos")
    day_budget_usd: Decimal | None = Field(description="And for all of a day; null for no limit")


class ChannelList(BaseModel):
    channels: list[ChannelLine]


class Health(BaseModel):
    status: Literal["ok"]


class Told(BaseModel):
    """What the body of a webhook's message holds."""

    type: Literal["video.ready_for_review", "video.published", "video.failed"]
    timestamp: dt.datetime
    data: "ToldVideo"


class ToldVideo(BaseModel):
    video: str = Field(examples=["finance-goog-2008-10-10"])
    channel: str | None
    state: State
    reason: str
    edition: str | None
    published: list[Place]


EXAMPLES: Mapping[str, Mapping[str, JsonValue]] = {
    "a search": {"query": "GOOG", "symbol": "GOOG", "seconds": 60},
    "posts of your own": {
        "key": "finance-goog-by-http",
        "posts": [
            {
                "id": "1",
                "text": "$GOOG closes at 332, less than half of its high a year ago",
                "author": {"name": "Marlow Finch", "handle": "marlow"},
                "engagement": {"likes": 5200, "reposts": 900, "replies": 310, "views": 410000},
                "created_at": "2008-10-10T21:00:00Z",
                "url": "https://example.com/1",
            }
        ],
    },
}
