"""What every stored model shares: frozen, strict about unknown fields, versioned, hashable by content.

Belongs here: the base classes, media files, sizes and boxes, canonical JSON.
Does not belong here: any model of one department, and anything that reads or writes a disk.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NewType, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

FRAME_RATE = 30
SAMPLE_RATE = 48_000

Frames = NewType("Frames", int)
"""A count or position of video frames at `FRAME_RATE` (or the plan's own rate)."""
Samples = NewType("Samples", int)
"""A count or position of audio samples at `SAMPLE_RATE`."""


def seconds_to_samples(seconds: float) -> Samples:
    return Samples(round(seconds * SAMPLE_RATE))


def samples_to_seconds(samples: int) -> float:
    return samples / SAMPLE_RATE


class Model(BaseModel):
    """A frozen value. Unknown fields are an error, so that a typing mistake in a brief is found."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


def _whole(number: object) -> object:
    return int(number) if isinstance(number, float) and number.is_integer() else number


WHOLE = BeforeValidator(_whole)
"""JSON knows one kind of number: 60.0 is 60, also where nothing else is taken for what it is not."""


class Size(Model):
    """Width and height in pixels."""

    width: int = Field(gt=0)
    height: int = Field(gt=0)


class Box(Model):
    """A rectangle in pixels; `left` and `top` count from the frame's upper left corner."""

    left: int
    top: int
    width: int = Field(gt=0)
    height: int = Field(gt=0)

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def size(self) -> Size:
        return Size(width=self.width, height=self.height)


class Credit(Model):
    """Who made something: the provider that served, the model it used and what that cost in US dollars.

    The cost is that of the answer when it was bought: it does not change where a remembered one is used.
    """

    provider: str
    model: str
    cost_usd: Decimal = Decimal(0)
    instead_of: tuple[str, ...] = ()
    """Why the providers before it in the chain did not serve."""


class Media(Model):
    """A file that belongs to an artifact.

    `path` is absolute while the file waits in scratch or has been loaded, and the bare file name
    inside a stored `artifact.json`.
    """

    path: Path
    media_type: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)

    @property
    def name(self) -> str:
        return self.path.name

    @classmethod
    def of(cls, path: Path, media_type: str) -> Self:
        """Describe the file at `path`, reading it once for its hash."""
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return cls(path=path, media_type=media_type, sha256=digest, size=path.stat().st_size)


class Source(Model):
    """A media file of another artifact, for example `illustrations/01_hook.png`."""

    file: str
    sha256: str


class Artifact(Model):
    """What an asset delivers. Each subclass states `schema_version: Literal["<name>/<n>"]`."""

    schema_version: str

    def media(self) -> Iterator[Media]:
        """Every media file inside, in the order of the fields."""
        return _media_in(self)

    def with_media(self, replace: Callable[[Media], Media]) -> Self:
        """The same artifact with each media file passed through `replace`."""
        replaced = _replaced(self, replace)
        assert isinstance(replaced, type(self))
        return replaced

    def content_sha256(self) -> str:
        """Hash of the content, blind to the folder that the media files happen to lie in.

        Blind also to why others did not serve: that is told differently of an answer that is remembered, and
        what follows from the artifact need not be made again for it.
        """
        placeless = self.with_media(lambda media: media.model_copy(update={"path": Path(media.name)}))
        return canonical_sha256(_without_reasons(placeless.model_dump(mode="json")))


def derived_seed(*names: str) -> int:
    """A seed of 32 bits from names such as a video's key and an item's name: the same everywhere, always."""
    return int.from_bytes(hashlib.sha256("/".join(names).encode()).digest()[:4])


def canonical_sha256(value: Any) -> str:
    """SHA-256 of a JSON value with sorted keys and no white space."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_reasons(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: () if name == "instead_of" else _without_reasons(each) for name, each in value.items()}
    return [_without_reasons(each) for each in value] if isinstance(value, list) else value


def _media_in(value: object) -> Iterator[Media]:
    if isinstance(value, Media):
        yield value
    elif isinstance(value, BaseModel) and _can_hold_media(type(value)):
        for name in type(value).model_fields:
            yield from _media_in(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _media_in(item)


@cache
def _can_hold_media(kind: type[BaseModel]) -> bool:
    """Whether a model's fields leave room for a file: thousands of words and prices need not be looked through."""
    found: set[type[BaseModel]] = set()
    open_ones = [kind]
    while open_ones:
        model = open_ones.pop()
        fields = model.model_fields.values()
        inside = {part for field in fields for part in _models_in(field.annotation)} - found
        found |= inside
        open_ones.extend(inside)
    return any(issubclass(model, Media) for model in found)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _replaced(value: object, replace: Callable[[Media], Media]) -> object:
    if isinstance(value, Media):
        return replace(value)
    if isinstance(value, BaseModel) and _can_hold_media(type(value)):
        fields = {name: _replaced(getattr(value, name), replace) for name in type(value).model_fields}
        return value.model_copy(update=fields)
    if isinstance(value, tuple):
        return tuple(_replaced(item, replace) for item in value)
    return value
