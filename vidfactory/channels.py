"""Channels as files: `channels/<id>.yaml`, one a channel.

Belongs here: finding, reading and checking those files, and the schema that editors check them by. Does not belong
here: what a channel is (`schema.channel`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vidfactory.catalogue import providers_of, theme_names, voice_names
from vidfactory.documents import Document, checked, parse_document
from vidfactory.errors import BadInput
from vidfactory.schema.channel import Channel
from vidfactory.schema.crew import PORTS, Port

ENDINGS = (".yaml", ".yml")
MAX_ID_LENGTH = 60
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
Services = Mapping[str, str]
"""The services of the settings, and whose provider speaks to each."""


@dataclass(frozen=True)
class Channels:
    """The channels by id, and why a file is none, by its path. One wrong file leaves the others alone."""

    found: Mapping[str, Channel] = field(default_factory=dict)
    refused: Mapping[str, BadInput] = field(default_factory=dict)


def read_channels(folder: Path, services: Services | None = None) -> Channels:
    """All channels of a folder; none where there is no such folder. BadInput where it cannot be looked into."""
    found: dict[str, Channel] = {}
    refused: dict[str, BadInput] = {}
    paths = list(_files(folder))
    for path in paths:
        try:
            _check_only_one(path, paths)
            found[path.stem] = read_channel(path, services)
        except BadInput as error:
            refused[str(path)] = error
    return Channels(found, refused)


def _check_only_one(path: Path, paths: Sequence[Path]) -> None:
    if namesakes := [each.name for each in paths if each.stem == path.stem and each != path]:
        said = f"{' and '.join(namesakes)} is there as well, for the same channel"
        raise BadInput(said, where=str(path), remedy="Keep one of them")


def _files(folder: Path) -> Iterator[Path]:
    try:
        paths = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadInput(
            f"channels cannot be looked for: {error.strerror}", where=str(folder), remedy="It is a folder of YAML files"
        ) from error
    # What begins with a dot is an editor's or a system's, not a person's.
    yield from (path for path in paths if path.suffix.lower() in ENDINGS and not path.name.startswith("."))


def read_channel(path: Path, services: Services | None = None) -> Channel:
    """The channel of a file; BadInput naming its line and field, the reason and what to do, if it cannot be used."""
    if len(path.stem) > MAX_ID_LENGTH or not _ID.fullmatch(path.stem):
        raise BadInput(
            f"{path.stem!r} is no id of a channel",
            where=str(path),
            remedy=f"Name the file with lower-case letters, digits and single hyphens, at most {MAX_ID_LENGTH}",
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"it cannot be read: {error.strerror}", where=str(path), remedy="Check the path") from error
    document = parse_document(content, str(path))
    channel = checked(document, Channel, "Correct the file")
    _check_names(document, channel, services or {})
    return channel


def channel_schema(services: Services) -> dict[str, Any]:
    """What a channel's file may say, as JSON schema, with the names that there are; a service of one's own passes."""
    schema = Channel.model_json_schema()
    fields = schema["properties"]
    fields["theme"]["enum"] = ["", *theme_names()]
    fields["voice"]["enum"] = ["", *voice_names()]
    by_port = {port: _chain_schema(port, services) for port in PORTS}
    described = {name: fields["providers"][name] for name in ("default", "description", "title")}
    fields["providers"] = {**described, "type": "object", "properties": by_port, "additionalProperties": False}
    fields["publisher"] = {**fields["publisher"], "anyOf": [*by_port["publisher"]["anyOf"], {"type": "null"}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _chain_schema(port: Port, services: Services) -> dict[str, Any]:
    """One name or several; an editor offers those that there are, each may be followed by a model."""
    one = {"anyOf": [{"enum": _serving(port, services)}, {"type": "string"}]}
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _serving(port: Port, services: Services) -> list[str]:
    """The names of all that can serve at a port: providers, and services that one of them speaks to."""
    providers = providers_of(port)
    return sorted({*providers, *(name for name, like in services.items() if like in providers)})


def _check_names(document: Document, channel: Channel, services: Services) -> None:
    """BadInput for the first name in a channel of which there is nothing."""
    _check_name(document, ("theme",), channel.theme, theme_names())
    _check_name(document, ("voice",), channel.voice, voice_names())
    for port, chain in channel.crew.items():
        place = ("publisher",) if port == "publisher" and channel.publisher else ("providers", port)
        for entry in chain:
            _check_name(document, place, entry.partition("/")[0], _serving(port, services))


def _check_name(document: Document, place: tuple[str, ...], name: str, known: Sequence[str]) -> None:
    if name and name not in known:
        remedy = f"There are: {', '.join(known)}" if known else "There are none"
        raise BadInput(f"there is no {place[-1]} {name!r}", where=document.where(place), remedy=remedy)
