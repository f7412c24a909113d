"""Themes are data: one TOML file each, beside the fonts that no package index carries."""

import hashlib
import tomllib
from functools import cache
from importlib import resources

from pydantic import ValidationError

from vidfactory.errors import BadInput
from vidfactory.schema.theme import Theme


def theme_names() -> list[str]:
    """The themes that ship, sorted."""
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


@cache
def themes_sha256() -> str:
    """Hash over all themes, so that what follows them can tell when one was changed."""
    files = (resources.files(__name__).joinpath(f"{name}.toml") for name in theme_names())
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


@cache
def load_theme(name: str) -> Theme:
    """The theme called `name`; BadInput if there is none or its file is wrong."""
    if name not in theme_names():
        raise BadInput(f"there is no theme {name!r}", remedy=f"The themes are: {', '.join(theme_names())}")
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    try:
        return Theme.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise BadInput(f"the theme is not valid: {error}", where=f"themes/{name}.toml") from error
