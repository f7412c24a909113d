"""Remembers what services answered, so that no question is paid for twice.

Belongs here: keys, answers, and what is known of a call that is under way. Does not belong here: sending,
trying again, budgets (`call_desk`) and sums of money (`ledger`).

One folder a call, `calls/<first two letters of the key>/<key>/`: `order.json` while it is under way,
`answer.json` and the file of the answer when it is over.
"""

import datetime as dt
import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import ValidationError
from upath import UPath

from vidfactory.errors import BadInput, DamagedArtifact
from vidfactory.ports import Answer, Assignment, Call
from vidfactory.schema.base import Model, canonical_sha256
from vidfactory.storage import objects
from vidfactory.storage.claims import TICKET
from vidfactory.storage.ledger import Entry

ANSWER, ORDER = "answer.json", "order.json"


def call_key(call: Call, take: int) -> str:
    """SHA-256 over all that makes a call what it is: service, operation, model, request and take."""
    return canonical_sha256(
        {
            "service": call.service,
            "operation": call.operation,
            "model": call.model,
            "request": call.request,
            "take": take,
        }
    )


class Order(Model):
    """A call under way.

    idempotency_key: sent with every try. entry: the money promised to the try that is in flight.
    job: the id that the service gave it. doubts: promises of earlier tries that may have been charged.
    """

    idempotency_key: str
    entry: Entry | None = None
    job: str | None = None
    doubts: tuple[Entry, ...] = ()

    def but(self, **changes: Any) -> Self:
        return self.model_copy(update=changes)


class KeptFile(Model):
    name: str
    media_type: str
    sha256: str
    size: int


class KeptAnswer(Model):
    """An answer as it is stored, with the question and who first asked it."""

    schema_version: Literal["call/1"] = "call/1"
    key: str
    service: str
    operation: str
    model: str
    request: Mapping[str, Any]
    take: int
    video: str
    asset: str
    at: dt.datetime
    seconds: float
    facts: Mapping[str, Any]
    cost: Decimal
    units: Mapping[str, int]
    file: KeptFile | None


class CallCache:
    """`root` is the folder of the calls on the studio's storage."""

    def __init__(self, root: UPath) -> None:
        self._root = root

    def folder(self, key: str) -> UPath:
        return self._root / key[:2] / key

    def recall(self, key: str) -> Answer | None:
        """The answer that is kept under `key`; DamagedArtifact where it is not what was stored."""
        kept = self.kept(key)
        if kept is None:
            return None
        try:
            body = b"" if kept.file is None else self._body(key, kept.file)
        except DamagedArtifact:
            if self.kept(key) is None:  # it was forgotten meanwhile
                return None
            raise
        return Answer(kept.facts, kept.cost, body, kept.file.media_type if kept.file else "", kept.units)

    def kept(self, key: str) -> KeptAnswer | None:
        """The stored answer without its file."""
        content = objects.get(self.folder(key) / ANSWER)
        if content is None:
            return None
        try:
            return KeptAnswer.model_validate_json(content)
        except ValidationError as error:
            raise _damaged(key, f"{error.error_count()} of its fields are wrong") from error

    def keep(self, key: str, call: Call, assignment: Assignment, answer: Answer, seconds: float) -> None:
        """Store `answer`: its file first, then what makes it count."""
        file = _described(answer)
        if file is not None:
            objects.put(self.folder(key) / file.name, answer.body)
        kept = KeptAnswer(
            key=key,
            service=call.service,
            operation=call.operation,
            model=call.model,
            request=call.request,
            take=assignment.take,
            video=assignment.video,
            asset=assignment.asset,
            at=dt.datetime.now(tz=dt.UTC),
            seconds=round(seconds, 3),
            facts=answer.facts,
            cost=answer.cost,
            units=answer.units,
            file=file,
        )
        objects.put(self.folder(key) / ANSWER, kept.model_dump_json(indent=1).encode())

    def under_way(self, key: str) -> Order | None:
        """What is noted of a call that is not over; DamagedArtifact where that cannot be read."""
        content = objects.get(self.folder(key) / ORDER)
        if content is None:
            return None
        try:
            return Order.model_validate_json(content)
        except ValidationError as error:
            raise DamagedArtifact(
                "what was noted of it cannot be read, and it may be paid for",
                where=f"call {key[:12]}",
                remedy=f"Look at the service's account, then remove calls/{key[:2]}/{key}/{ORDER} from the studio",
            ) from error

    def note(self, key: str, order: Order) -> None:
        """Write down how far a call is, before anything else happens."""
        objects.put(self.folder(key) / ORDER, order.model_dump_json().encode())

    def over(self, key: str) -> None:
        objects.remove(self.folder(key) / ORDER)

    def keys(self) -> Iterator[str]:
        """The keys of all calls."""
        for letters in objects.names(self._root):
            yield from objects.names(self._root / letters)

    def find(self, beginning: str) -> str:
        """The key that begins so; BadInput where there is none or several."""
        found = [key for key in objects.names(self._root / beginning[:2]) if key.startswith(beginning)]
        if len(beginning) < 4 or len(found) != 1:
            raise BadInput(
                f"{len(found)} calls begin like this" if len(beginning) >= 4 else "four letters are needed",
                where=beginning,
                remedy="See them with: vidfactory cost KEY --calls",
            )
        return found[0]

    def forget(self, key: str) -> None:
        """Remove an answer. A call that is under way stays."""
        objects.remove(self.folder(key) / ANSWER)
        for name in objects.names(self.folder(key)):
            if name not in {ORDER, ".lock"} and not name.endswith(TICKET):
                objects.remove(self.folder(key) / name)

    def _body(self, key: str, file: KeptFile) -> bytes:
        body = objects.get(self.folder(key) / file.name)
        if body is None:
            raise _damaged(key, f"its file {file.name} is gone")
        if hashlib.sha256(body).hexdigest() != file.sha256:
            raise _damaged(key, f"its file {file.name} was altered")
        return body


def _described(answer: Answer) -> KeptFile | None:
    if not answer.body:
        return None
    suffix = mimetypes.guess_extension(answer.media_type) or ".bin"
    digest = hashlib.sha256(answer.body).hexdigest()
    return KeptFile(name=f"answer{suffix}", media_type=answer.media_type, sha256=digest, size=len(answer.body))


def _damaged(key: str, what: str) -> DamagedArtifact:
    return DamagedArtifact(
        f"the remembered answer cannot be used: {what}",
        where=f"call {key[:12]}",
        remedy=f"Forget it, and it is asked for (and paid) again: vidfactory cache prune --call {key[:12]}",
    )
