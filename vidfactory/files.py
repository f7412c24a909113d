"""Files that are there whole or not at all.

Belongs here: the temporary name that a file is written under. Does not belong here: what is written, and
how a disk fails (`errors`).
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".part"


@contextmanager
def staging(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`, to be renamed once it is whole; what is left under it goes at the end."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}{UNFINISHED}")
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
