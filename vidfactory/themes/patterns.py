"""The patterns of motion that ship: `patterns.toml`, read and checked."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import TypeAdapter, ValidationError

from vidfactory.catalogue import PATTERNS_FILE
from vidfactory.errors import BadInput
from vidfactory.schema.motion import Pattern

_PATTERNS = TypeAdapter(dict[str, Pattern])


@cache
def load_patterns() -> Mapping[str, Pattern]:
    """Every pattern by its name; BadInput if the file is wrong."""
    text = resources.files("vidfactory.themes").joinpath(PATTERNS_FILE).read_text(encoding="utf-8")
    return read_patterns(text, f"themes/{PATTERNS_FILE}")


def read_patterns(text: str, where: str) -> Mapping[str, Pattern]:
    """The patterns in a file's `text`; BadInput naming `where`, the table and the field that is wrong."""
    try:
        return _PATTERNS.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"the patterns are not valid: {error}", where=where) from error
    except ValidationError as error:
        first = error.errors()[0]
        table, *field = (str(part) for part in first["loc"])
        place = ", ".join(part for part in (where, f"[{table}]", ".".join(field)) if part)
        raise BadInput(first["msg"].removeprefix("Value error, "), where=place) from error
