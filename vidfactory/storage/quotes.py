"""Keeps the quote of each video beside the ledger, so that what was spent can be held against it.

Belongs here: `quotes/<video>.json`. Does not belong here: reckoning one.
"""

from pydantic import ValidationError
from upath import UPath

from vidfactory.errors import DamagedArtifact
from vidfactory.schema.quote import Quote
from vidfactory.storage import objects


class Quotes:
    """`root` is the folder of the quotes on the studio's storage."""

    def __init__(self, root: UPath) -> None:
        self._root = root

    def read(self, video: str) -> Quote | None:
        """The quote of a video; None where there is none, DamagedArtifact where it cannot be read."""
        content = objects.get(self._root / f"{video}.json")
        if content is None:
            return None
        try:
            return Quote.model_validate_json(content)
        except ValidationError as error:
            raise DamagedArtifact(
                f"its quote cannot be read: {error.error_count()} wrong fields",
                where=video,
                remedy=f"Remove quotes/{video}.json from the studio",
            ) from error

    def write(self, quote: Quote) -> None:
        """Keep `quote`, in place of an earlier one."""
        objects.put(self._root / f"{quote.video}.json", quote.model_dump_json(indent=1).encode())

    def videos(self) -> list[str]:
        """The videos that have a quote."""
        return [name.removesuffix(".json") for name in objects.names(self._root) if not name.startswith(".")]
