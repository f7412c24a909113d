"""Orders that are sent twice and placed once: the header Idempotency-Key, as the IETF's draft has it.

Belongs here: what is kept of a request under its key, in the studio's storage, so that any server of the studio
knows it. Does not belong here: what an order is, and how it is placed.

A record is written before anything is done, and again with the answer. Whoever finds one without an answer waits
for whoever is at it; one that is old is what a crash left behind, and is gone through again, which finds what the
first try placed.
"""

import datetime as dt
import hashlib
from collections.abc import Callable

from pydantic import JsonValue, ValidationError
from upath import UPath

from vidfactory.errors import BadInput, DamagedArtifact
from vidfactory.ordering.problems import Problem
from vidfactory.schema.base import Model
from vidfactory.storage import objects
from vidfactory.storage.studio import Studio

HEADER = "Idempotency-Key"
AT_WORK = dt.timedelta(seconds=60)
"""After that long nobody is at a request any more: placing an order takes a few seconds at most."""
KEPT = dt.timedelta(hours=48)
SUFFIX = ".json"


class Record(Model):
    """What is known of a request. video: the key that its order gets. answer: None until it was placed."""

    fingerprint: str
    at: dt.datetime
    video: str
    answer: dict[str, JsonValue] | None = None


class Requests:
    """The requests of a studio that came with a key."""

    def __init__(self, studio: Studio) -> None:
        self._root = studio.requests

    def once(
        self,
        name: str,
        fingerprint: str,
        now: dt.datetime,
        named: Callable[[], str],
        place: Callable[[str, bool], dict[str, JsonValue]],
    ) -> tuple[dict[str, JsonValue], bool]:
        """The answer to the request `name`, and whether it is that of an earlier time.

        fingerprint: of what is asked for. named: says which video it will be, and refuses what cannot be made.
        place: places the order of that video; its second argument says that an earlier try may have done so.
        Problem 422 where the name was used for something else, 409 while somebody is at it.
        """
        path = self._root / f"{hashlib.sha256(name.encode()).hexdigest()}{SUFFIX}"
        before = self._known(path, now)
        if before is None:
            begun = Record(fingerprint=fingerprint, at=now, video=named())
            try:
                objects.create(path, _content(begun))
            except FileExistsError:
                return self.once(name, fingerprint, now, named, place)
            return self._placed(path, begun, place, again=False), False
        if before.fingerprint != fingerprint:
            raise Problem(422, "this key was used for another order", where=HEADER, remedy="Use a new one")
        if before.answer is not None:
            return before.answer, True
        if now - before.at < AT_WORK:
            raise Problem(
                409, "an order with this key is being placed", where=HEADER, remedy="Wait", headers={"retry-after": "2"}
            )
        return self._placed(path, before, place, again=True), False

    def forget(self, now: dt.datetime) -> None:
        """Remove the records whose time is over."""
        for name in objects.names(self._root):
            if name.endswith(SUFFIX) and not name.startswith("."):
                self._known(self._root / name, now)

    def _placed(
        self, path: UPath, record: Record, place: Callable[[str, bool], dict[str, JsonValue]], *, again: bool
    ) -> dict[str, JsonValue]:
        try:
            answer = place(record.video, again)
        except BadInput:
            objects.remove(path)  # nothing was placed, and the same key may be used for the order that is mended
            raise
        objects.put(path, _content(record.model_copy(update={"answer": answer})))
        return answer

    @staticmethod
    def _known(path: UPath, now: dt.datetime) -> Record | None:
        """The record at `path`; one whose time is over goes."""
        content = objects.get(path)
        if content is None:
            return None
        try:
            found = Record.model_validate_json(content)
        except ValidationError as error:
            raise DamagedArtifact(
                "what is kept of a request cannot be read", where=str(path), remedy="Remove the file"
            ) from error
        if now - found.at <= KEPT:
            return found
        objects.remove(path)
        return None


def _content(record: Record) -> bytes:
    return record.model_dump_json().encode()
