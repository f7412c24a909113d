"""The order for a video, and the brief that the studio makes of it."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vidfactory.schema.base import Artifact, Media, Model
from vidfactory.schema.film import Quality
from vidfactory.schema.frame import Aspect

MAX_KEY_LENGTH = 80
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


def check_video_key(key: str) -> str:
    """Return `key` if it is `<format>-<slug>` of lower-case letters, digits and hyphens; else ValueError.

    Every path of a video is made from its key, so nothing that could leave its folder passes.
    """
    if len(key) > MAX_KEY_LENGTH:
        raise ValueError(f"a video key has at most {MAX_KEY_LENGTH} characters, this one has {len(key)}")
    if not _KEY.fullmatch(key):
        raise ValueError(
            f"{key!r} is no video key: it must be <format>-<slug> of lower-case letters, digits and single hyphens"
        )
    return key


VideoKey = Annotated[str, AfterValidator(check_video_key)]


def _symbol(text: str) -> str:
    return text.strip().removeprefix("$").upper()


Symbol = Annotated[str, AfterValidator(_symbol), Field(min_length=1, max_length=12)]
"""`$goog` and `GOOG` are the same."""


class FinanceOrder(Model):
    """What a person asks for: the content of `briefs/<key>.yaml` and of a file dropped in the inbox."""

    format: Literal["finance"] = "finance"
    posts: Path
    """Posts as JSON: normalised, or an X API v2 recent-search response."""
    prices: Path | None = None
    """Prices as CSV with Yahoo's column names; without it the bundled prices are used."""
    symbol: Symbol | None = None
    """Only posts about this symbol are considered."""
    title: str | None = Field(None, min_length=1, max_length=100)
    seconds: int = Field(60, ge=45, le=75)
    """Wished length of the video; the script is written for it."""
    aspect: Aspect = "9:16"
    quality: Quality = "social"


class Brief(Artifact):
    """What is common to the briefs of all formats."""

    video: VideoKey
    format: str
    title: str | None
    seconds: int
    aspect: Aspect = "9:16"
    quality: Quality = "social"


class FinanceBrief(Brief):
    """An accepted finance order with its inputs copied in, so that it can be made again years later."""

    schema_version: Literal["brief.finance/1"] = "brief.finance/1"
    format: Literal["finance"] = "finance"
    posts: Media
    prices: Media | None
    symbol: str | None
