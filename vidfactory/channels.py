"""Channels as files: `channels/<id>.yaml`, one a channel.

Belongs here: finding, reading and checking those files. Does not belong here: what a channel is (`schema.channel`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import ValidationError

from vidfactory.errors import BadInput
from vidfactory.schema.channel import Channel


@dataclass(frozen=True)
class Channels:
    """The channels by id, and why a file is none, by its path. One wrong file leaves the others alone."""

    found: Mapping[str, Channel] = field(default_factory=dict)
    refused: Mapping[str, BadInput] = field(default_factory=dict)


def read_channels(folder: Path) -> Channels:
    """All channels of a folder; none where there is no such folder."""
    found: dict[str, Channel] = {}
    refused: dict[str, BadInput] = {}
    for path in sorted(folder.glob("*.y*ml")):
        try:
            found[path.stem] = read_channel(path)
        except BadInput as error:
            refused[str(path)] = error
    return Channels(found, refused)


def read_channel(path: Path) -> Channel:
    """The channel of a file; BadInput naming its line or field if it cannot be used."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Channel.model_validate(content)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"it is not YAML: {error.problem}", where=f"{path}, line {line}") from error
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(first["msg"], where=f"{path}, {place}", remedy="Correct it") from error
