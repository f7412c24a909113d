"""Where letters about videos are kept, and which videos somebody is to be told of.

Belongs here: folders and names. Does not belong here: what is in a letter (`deliveries`).
"""

import datetime as dt

from vidfactory.storage import objects
from vidfactory.storage.studio import Studio


class LetterBox:
    """`letters/<video>.json`, and in `letters/open/` the videos about which there is something still to come."""

    def __init__(self, studio: Studio) -> None:
        self._root = studio.letters

    def open(self, key: str) -> None:
        """Note that somebody is to be told of a video."""
        objects.put(self._root / "open" / key, dt.datetime.now(tz=dt.UTC).isoformat().encode())

    def opened(self) -> list[str]:
        """The videos that somebody is still to be told of, sorted; one may be noted before it is ordered."""
        return [name for name in objects.names(self._root / "open") if not name.startswith(".")]

    def opened_at(self, key: str) -> dt.datetime | None:
        """Since when; None where nobody is."""
        content = objects.get(self._root / "open" / key)
        return None if content is None else dt.datetime.fromisoformat(content.decode())

    def close(self, key: str) -> None:
        """Nothing more is to come; what was told stays."""
        objects.remove(self._root / "open" / key)

    def read(self, key: str) -> bytes | None:
        return objects.get(self._root / f"{key}.json")

    def write(self, key: str, content: bytes) -> None:
        objects.put(self._root / f"{key}.json", content)
