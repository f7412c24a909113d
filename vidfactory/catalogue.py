"""What ships with the studio by name: providers of each port, themes, voice profiles.

Belongs here: their names, read from the files that they are, so that a word in a file of settings can be checked before
anything of it is loaded. Does not belong here: what any of them is (`providers`, `themes`).
"""

import pkgutil
import tomllib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
PATTERNS_FILE = "patterns.toml"
"""Of the themes' folder: the patterns of motion, which all themes share."""


def providers_of(port: str) -> list[str]:
    """The names of the providers that there are for a port, from their files."""
    ending = f"_{port}"
    files = (module.name for module in pkgutil.iter_modules([str(PACKAGE / "providers")]))
    return sorted(name.removesuffix(ending) for name in files if name.endswith(ending))


def theme_names() -> list[str]:
    """The themes that ship, sorted."""
    return sorted(file.stem for file in (PACKAGE / "themes").glob("*.toml") if file.name != PATTERNS_FILE)


@cache
def voice_names() -> tuple[str, ...]:
    """The voice profiles, in the order of their file."""
    return tuple(tomllib.loads((PACKAGE / "providers" / "voices.toml").read_text(encoding="utf-8"))["profile"])
