"""The book that the services keep: every request, what it cost, and whether its answer arrived.

Belongs here: the record and sums over it. Does not belong here: prices (`prices`) and the product's own ledger,
which tests compare with this one.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from threading import Lock
from time import monotonic
from typing import Any

from vidfactory_tests.servers.wire import FREE


@dataclass(frozen=True)
class Served:
    """One request. Times are of the monotonic clock, which all processes of a machine share.

    `status` is 0 where the connection was cut before a status was sent. `delivered` says whether the whole
    answer was handed over while the client was there. `content` is the body as JSON, where it is.
    """

    number: int
    service: str
    operation: str
    topic: str
    model: str
    path: str
    digest: str
    idempotency_key: str
    content: Any
    began_s: float
    in_flight: int
    """Requests of this service that were under way, this one among them."""
    ended_s: float = 0.0
    status: int = 0
    fault: str = ""
    billed: Decimal = FREE
    replayed: bool = False
    delivered: bool = False

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "billed": str(self.billed)}


class Book:
    """Every request since the last `clear`. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: dict[int, Served] = {}
        self._open: set[int] = set()
        self._in_flight: Counter[str] = Counter()
        self._next = 0

    def open(self, service: str, **known: Any) -> Served:
        """Note a request that has come in."""
        with self._lock:
            self._in_flight[service] += 1
            entry = Served(
                number=self._next, service=service, began_s=monotonic(), in_flight=self._in_flight[service], **known
            )
            self._next += 1
            self._open.add(entry.number)
            self._entries[entry.number] = entry
            return entry

    def update(self, entry: Served, **known: Any) -> None:
        """Note more about a request, unless it was forgotten meanwhile."""
        with self._lock:
            if entry.number in self._entries:
                self._entries[entry.number] = replace(self._entries[entry.number], **known)

    def close(self, entry: Served, **known: Any) -> None:
        """Note that a request is over; only the first time counts."""
        with self._lock:
            if entry.number not in self._open:
                return
            self._open.discard(entry.number)
            self._in_flight[entry.service] -= 1
        self.update(entry, ended_s=monotonic(), **known)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    @property
    def served(self) -> list[Served]:
        """In the order in which they came."""
        with self._lock:
            return list(self._entries.values())

    @property
    def spent(self) -> Decimal:
        return sum((entry.billed for entry in self.served), FREE)

    def busiest(self, service: str) -> int:
        """The most requests of a service that were under way at once."""
        return max((entry.in_flight for entry in self.served if entry.service == service), default=0)

    def billed_twice(self) -> Mapping[str, int]:
        """Requests, by digest, that were billed more than once, with how often."""
        counts = Counter(entry.digest for entry in self.served if entry.billed)
        return {digest: count for digest, count in counts.items() if count > 1}
