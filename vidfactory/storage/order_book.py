"""Orders as they are kept: `briefs/<key>.yaml`, and in the folder `briefs/<key>/` copies of the files that it names.

Belongs here: how an order is placed whole or not at all, its files, and which orders wait to be started. Does not
belong here: what is in an order, and whether it can be made (`orders`).

The files come first and the YAML last, which alone says that there is an order. A file's name holds a part of its
hash, so that of two who place one key at once neither writes over what the other's order names. Orders that the
studio is to start by itself are also named in `waiting/`, so that nobody has to list all orders to find the new ones.
"""

import hashlib
import re
from collections.abc import Collection
from contextlib import nullcontext
from pathlib import Path

from upath import UPath

from vidfactory.storage import objects
from vidfactory.storage.claims import held
from vidfactory.storage.studio import Studio

_HASH_LETTERS = 8
_COPY = re.compile(rf"[a-z]+\.[0-9a-f]{{{_HASH_LETTERS}}}\.[a-z0-9]+")
"""What copies are called, such as posts.1f2e3d4c.json."""


class OrderBook:
    """The orders of a studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def content(self, key: str) -> bytes | None:
        """The order's YAML; None where there is none."""
        return objects.get(self._studio.order_path(key))

    def holds(self, key: str) -> bool:
        return objects.exists(self._studio.order_path(key))

    def name_of(self, key: str, source: Path, stem: str, ending: str) -> Path:
        """What the copy of a file is to be called, relative to the order's YAML."""
        with source.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return Path(key, f"{stem}.{digest[:_HASH_LETTERS]}{ending}")

    def bring(self, source: Path, name: Path) -> None:
        """Copy a file of this machine to the orders."""
        objects.upload(source, self.file(name))

    def file(self, name: Path) -> UPath:
        """Where a file lies whose name is relative to the order's YAML."""
        return self._studio.briefs / str(name)

    def write_new(self, key: str, content: bytes) -> None:
        """Place an order whose files are there; FileExistsError where the key is taken."""
        path = self._studio.order_path(key)
        with nullcontext() if isinstance(path, Path) else held(self._studio.briefs / key):
            objects.create(path, content)

    def write(self, key: str, content: bytes) -> None:
        """Put an order in place of the one that is there."""
        objects.put(self._studio.order_path(key), content)

    def remove_strangers(self, key: str, named: Collection[str]) -> None:
        """Remove the copies that the order does not name any more; `named` are relative to its YAML.

        What a person has put there stays, and so does what another one is about to put there.
        """
        for name in objects.names(self._studio.briefs / key):
            if _COPY.fullmatch(name) and f"{key}/{name}" not in named:
                objects.remove(self._studio.briefs / key / name)

    def remove(self, key: str) -> None:
        """Remove an order with its files; nothing happens where there is none."""
        self.starts(key)
        objects.remove(self._studio.order_path(key))
        objects.remove_folder(self._studio.briefs / key)

    def wait(self, key: str, cause: str) -> None:
        """Note that the studio is to start an order by itself, and why it was placed."""
        objects.put(self._studio.waiting / key, cause.encode())

    def waiting(self) -> list[str]:
        """The keys of the orders that are to be started, sorted; one may be noted before it is there."""
        return [name for name in objects.names(self._studio.waiting) if not name.startswith(".")]

    def cause(self, key: str) -> str | None:
        """Why an order waits; None where it does not."""
        content = objects.get(self._studio.waiting / key)
        return None if content is None else content.decode()

    def starts(self, key: str) -> None:
        """An order waits no longer."""
        objects.remove(self._studio.waiting / key)
