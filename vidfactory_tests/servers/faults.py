"""What can go wrong on purpose, and which request it happens to.

Belongs here: the faults and the switchboard that deals them out. Does not belong here: how a fault looks on
the wire (`server`, and each service for its own error shapes).

A script (`next`) serves the next answers one after another. A rate picks by a hash of the seed, the request
and how often that request has come, so the same requests meet the same faults in whatever order threads run.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

EVERY = "*"
JOB = "job"
"""The operation under which a latency says how long a service's jobs take: `replicate.job`."""


@dataclass(frozen=True)
class TooMany:
    """429, asking to wait for so many seconds, as seconds or as a date. Not billed."""

    retry_after_s: int = 0
    as_date: bool = False
    status: int = 429


@dataclass(frozen=True)
class Status:
    """An error status in the service's own shape. Not billed, unless the work was done before it failed."""

    status: int = 500
    billed: bool = False


@dataclass(frozen=True)
class Slow:
    """A good answer whose body comes in small pieces over so many seconds."""

    seconds: float = 1.0


@dataclass(frozen=True)
class CutBefore:
    """The connection is cut before any work is done. Not billed."""


@dataclass(frozen=True)
class CutAfter:
    """The work is done and billed; the connection is cut when this share of the body has been sent.

    At 0 not even the status line is sent.
    """

    share: float = 0.5


@dataclass(frozen=True)
class CutInside:
    """The connection is cut when so many bytes of the request's body have arrived; a service may keep them."""

    arrived: int = 0


@dataclass(frozen=True)
class Truncated:
    """A whole HTTP answer whose JSON or file stops in the middle. Billed."""


@dataclass(frozen=True)
class NotJson:
    """200 with a page of HTML, as a proxy in between sends it. Not billed."""


@dataclass(frozen=True)
class WrongShape:
    """200 with other JSON than was promised. Billed."""


@dataclass(frozen=True)
class Refused:
    """The content is declined in the service's own way."""


@dataclass(frozen=True)
class JobFails:
    """A job is accepted and then fails. Billed only where the flag says so."""

    billed: bool = False


@dataclass(frozen=True)
class Confused:
    """A language model answers with arguments or JSON that its schema does not allow. Billed."""


Fault = (
    TooMany
    | Status
    | Slow
    | CutBefore
    | CutAfter
    | CutInside
    | Truncated
    | NotJson
    | WrongShape
    | Refused
    | JobFails
    | Confused
)


@dataclass(frozen=True)
class _Rate:
    share: float
    faults: Sequence[Fault]


class Switchboard:
    """Latencies and faults by service, operation and topic. Thread-safe."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._lock = Lock()
        self._latencies: dict[str, float] = {}
        self._scripts: dict[tuple[str, str], deque[Fault | None]] = {}
        self._rates: dict[tuple[str, str], _Rate] = {}
        self._seen: Counter[str] = Counter()

    def clear(self) -> None:
        """Answer everything at once and well again."""
        with self._lock:
            self._latencies.clear()
            self._scripts.clear()
            self._rates.clear()
            self._seen.clear()

    def latency(self, where: str, seconds: float) -> None:
        """Answers at `where` take so long: `openai`, `openai.images` or `anthropic.messages:finance.analysis`."""
        with self._lock:
            self._latencies[where] = seconds

    def latencies(self, table: Mapping[str, float]) -> None:
        for where, seconds in table.items():
            self.latency(where, seconds)

    def next(self, service: str, *faults: Fault | None, operation: str = EVERY) -> None:
        """The next answers of a service meet these faults, one each; None is a good answer."""
        with self._lock:
            self._scripts.setdefault((service, operation), deque()).extend(faults)

    def rate(self, service: str, share: float, *faults: Fault, operation: str = EVERY) -> None:
        """A share (0-1) of all requests meets one of these faults."""
        with self._lock:
            self._rates[service, operation] = _Rate(share, faults)

    def wait_s(self, service: str, operation: str, topic: str) -> float:
        """How long an answer takes: what is said of the topic, else of the operation, else of the service."""
        names = (f"{service}.{operation}:{topic}", f"{service}.{operation}", service)
        with self._lock:
            return next((self._latencies[name] for name in names if name in self._latencies), 0.0)

    def fault(self, service: str, operation: str, digest: str) -> Fault | None:
        """What happens to this request. Scripts come first."""
        with self._lock:
            attempt = self._seen[digest]
            self._seen[digest] += 1
            for place in ((service, operation), (service, EVERY)):
                if script := self._scripts.get(place):
                    return script.popleft()
            for place in ((service, operation), (service, EVERY)):
                if rate := self._rates.get(place):
                    return self._draw(rate, digest, attempt)
        return None

    def _draw(self, rate: _Rate, digest: str, attempt: int) -> Fault | None:
        drawn = hashlib.sha256(f"{self._seed}/{digest}/{attempt}".encode()).digest()
        if int.from_bytes(drawn[:4]) / 2**32 >= rate.share:
            return None
        return rate.faults[int.from_bytes(drawn[4:8]) % len(rate.faults)]
