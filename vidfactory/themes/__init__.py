"""Themes are data: one TOML file each, beside the fonts that no package index carries."""

import hashlib
import tomllib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from math import gcd
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vidfactory.catalogue import theme_names
from vidfactory.errors import BadInput
from vidfactory.schema.base import Size
from vidfactory.schema.theme import Theme

SHORTEST_SIDE_PX = 90
"""Of a frame: below it a grid of 12 px at 1080 is less than one pixel."""


class _Sheet(BaseModel):
    """A theme's file: the layouts, and whatever they share."""

    model_config = ConfigDict(extra="allow")
    layouts: dict[str, dict[str, Any]] = Field(min_length=1)


@cache
def themes_sha256() -> str:
    """Hash over all themes and the patterns of motion, so that what follows them can tell when one was changed."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in _files())).hexdigest()


@cache
def load_theme(name: str, frame: Size | None = None) -> Theme:
    """The theme called `name` for a frame, without one for the frame of its first layout.

    BadInput if there is no such theme, if its file is wrong, and as `read_theme` says.
    """
    if name not in theme_names():
        raise BadInput(f"there is no theme {name!r}", remedy=f"The themes are: {', '.join(theme_names())}")
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return read_theme(text, f"themes/{name}.toml", frame)


def read_theme(text: str, where: str, frame: Size | None = None) -> Theme:
    """The theme that a file's `text` describes, for a frame; without one for that of its first layout.

    A frame of a layout's aspect and another size gets that layout in proportion. BadInput, naming
    `where` and the field, for a file that is wrong; BadInput for a frame that is odd, very small or of
    an aspect without a layout.
    """
    try:
        sheet = _Sheet.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise BadInput(f"the theme is not valid: {error}", where=where) from error
    layouts = [_layout(sheet, name, where) for name in sheet.layouts]
    if frame is None:
        return layouts[0]
    if frame.width % 2 or frame.height % 2 or min(frame.width, frame.height) < SHORTEST_SIDE_PX:
        raise BadInput(
            f"a frame of {frame.width}x{frame.height} px cannot be filled",
            where=where,
            remedy=f"Both sides must be even and at least {SHORTEST_SIDE_PX} px",
        )
    fitting = next((layout for layout in layouts if _aspect(layout.frame) == _aspect(frame)), None)
    if fitting is None:
        known = ", ".join(_aspect(layout.frame) for layout in layouts)
        raise BadInput(
            f"the theme has no layout of {_aspect(frame)} for a frame of {frame.width}x{frame.height} px",
            where=where,
            remedy=f"Its aspects are: {known}",
        )
    return fitting if fitting.frame == frame else fitting.scaled(frame)


def _layout(sheet: _Sheet, name: str, where: str) -> Theme:
    """What the layouts share with the entries of one; of a table that both have, entry by entry."""
    common, own = sheet.model_extra or {}, sheet.layouts[name]
    tables = {
        key: {**common[key], **value}
        for key, value in own.items()
        if isinstance(value, dict) and isinstance(common.get(key), dict)
    }
    try:
        return Theme.model_validate({**common, **own, **tables})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"the theme is not valid: {first['msg'].removeprefix('Value error, ')}",
            where=", ".join(part for part in (where, f"layout {name}", field) if part),
        ) from error


def _aspect(size: Size) -> str:
    """Width to height in lowest terms, such as `16:9`."""
    shared = gcd(size.width, size.height)
    return f"{size.width // shared}:{size.height // shared}"


def _files() -> list[Traversable]:
    files = (file for file in resources.files(__name__).iterdir() if file.name.endswith(".toml"))
    return sorted(files, key=lambda file: file.name)
