"""Jobs that are accepted now and finished later, as Replicate and Runway run them.

Belongs here: their life, from the clock. Does not belong here: how a service reports it.
"""

from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any, Literal

State = Literal["waiting", "running", "done", "failed", "cancelled"]
WAITING_SHARE = 0.3
"""How much of a job's time it waits before it runs."""


@dataclass
class Job:
    """`seconds` from order to end; `prompt` and `request` are what the result is made from."""

    id: str
    model: str
    prompt: str
    request: dict[str, Any]
    seconds: float
    fails: str = ""
    """Why it fails in the end; empty where it succeeds."""
    charged: bool = True
    cancelled: bool = False
    ordered_s: float = field(default_factory=monotonic)

    @property
    def share(self) -> float:
        """How much of its time is over, 0 to 1."""
        return min(1.0, (monotonic() - self.ordered_s) / self.seconds) if self.seconds else 1.0

    @property
    def state(self) -> State:
        if self.cancelled:
            return "cancelled"
        if self.share < 1:
            return "waiting" if self.share < WAITING_SHARE else "running"
        return "failed" if self.fails else "done"


class Jobs:
    """All jobs of a service. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: dict[str, Job] = {}

    def add(self, job: Job) -> Job:
        with self._lock:
            self._jobs[job.id] = job
            return job

    def find(self, name: str) -> Job | None:
        with self._lock:
            return self._jobs.get(name)

    def name(self, digest: str) -> str:
        """A new job's name, the same for the same order of jobs."""
        with self._lock:
            return f"{digest[:20]}{len(self._jobs):06d}"
