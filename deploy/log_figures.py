"""What Dagster's log says of the making of videos: `python -m deploy.log_figures KEY...` prints it as JSON.

It runs on a machine of the cluster. Belongs here: counting and timing of events. Does not belong here: judgement
(`proof.py`).
"""

import itertools
import json
import statistics
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

SUBMITTED, TAKEN = "Submitting celery task", "Executing steps"
AGAIN = frozenset({"dagster/parent_run_id", "vidfactory/try"})
"""Tags of runs that are there because an earlier one failed."""
ENDS = frozenset({dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE})


@dataclass
class Attempt:
    """One making of one step, in seconds of the clock; None where it did not come so far."""

    submitted: float | None = None
    taken: float | None = None
    begun: float | None = None
    ended: float | None = None


@dataclass
class Course:
    """How one run went: when each thing was first said of it, and its steps."""

    said: dict[str, float] = field(default_factory=dict)
    steps: defaultdict[str, list[Attempt]] = field(default_factory=lambda: defaultdict(list))
    made: Counter[str] = field(default_factory=Counter)

    def take(self, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None:
            return
        if event.step_key is None:
            self.said.setdefault(event.event_type_value, entry.timestamp)
            return
        attempts, message = self.steps[event.step_key], event.message or ""
        if message.startswith(SUBMITTED) or not attempts:
            attempts.append(Attempt(submitted=entry.timestamp))
        if message.startswith(TAKEN):
            attempts[-1].taken = entry.timestamp
        elif event.event_type is dg.DagsterEventType.STEP_START:
            if attempts[-1].begun is not None:  # it came back off the queue
                attempts.append(Attempt())
            attempts[-1].begun = entry.timestamp
        elif event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION:
            self.made[event.step_key] += 1
        elif event.event_type in ENDS:
            under_way = (attempt for attempt in attempts if attempt.begun and not attempt.ended)
            next(under_way, attempts[-1]).ended = entry.timestamp

    @property
    def attempts(self) -> list[Attempt]:
        return [attempt for attempts in self.steps.values() for attempt in attempts]

    def between(self, first: str, last: str) -> float | None:
        """Seconds from one thing that was said of the run to another."""
        return self.said[last] - self.said[first] if {first, last} <= self.said.keys() else None

    @property
    def until_first_step(self) -> float | None:
        begun = [attempt.begun for attempt in self.attempts if attempt.begun]
        left = self.said.get("PIPELINE_DEQUEUED", self.said.get("PIPELINE_STARTING"))
        return min(begun) - left if begun and left else None

    @property
    def after_last_step(self) -> float | None:
        ended = [attempt.ended for attempt in self.attempts if attempt.ended]
        over = self.said.get("PIPELINE_SUCCESS")
        return over - max(ended) if ended and over else None


def figures(instance: dg.DagsterInstance, videos: list[str]) -> dict[str, Any]:
    """Everything about the runs of these videos."""
    statuses, made, first = Counter[str](), Counter[str](), Counter[str]()
    spans: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    courses, begins, finishes = [], [], []
    for video in videos:
        for record in instance.get_run_records(dg.RunsFilter(tags={"dagster/partition": video})):
            course = Course()
            for entry in instance.all_logs(record.dagster_run.run_id):
                course.take(entry)
            courses.append(course)
            first[video] += not AGAIN & record.dagster_run.tags.keys()
            statuses[record.dagster_run.status.value] += 1
            begins.append(record.create_timestamp.timestamp())
            finishes.append(record.end_time or 0.0)
            made.update({f"{video} {step}": count for step, count in course.made.items()})
            for step, attempts in course.steps.items():
                whole = [(each.begun, each.ended) for each in attempts if each.begun and each.ended]
                spans[f"{video} {step}"].extend(whole)
    attempts = [attempt for course in courses for attempt in course.attempts]
    return {
        "runs": dict(statuses),
        "ordered_twice": [video for video, count in first.items() if count > 1],
        "steps": sum(attempt.ended is not None for attempt in attempts),
        "begun_and_not_ended": sum(attempt.begun is not None and attempt.ended is None for attempt in attempts),
        "made_again": {name: count for name, count in made.items() if count > 1},
        "at_once": [name for name, parts in spans.items() if _overlap(parts)],
        "wall_s": round(max(finishes) - min(begins)) if begins else 0,
        "step_seconds": round(sum(each.ended - each.begun for each in attempts if each.begun and each.ended)),
        "step_submitted_to_taken_s": _quartiles([e.taken - e.submitted for e in attempts if e.taken and e.submitted]),
        "step_taken_to_begun_s": _quartiles([e.begun - e.taken for e in attempts if e.begun and e.taken]),
        "run_left_queue_to_first_step_s": _quartiles([c.until_first_step for c in courses if c.until_first_step]),
        "last_step_to_run_end_s": _quartiles([c.after_last_step for c in courses if c.after_last_step]),
    }


def _overlap(parts: list[tuple[float, float]]) -> bool:
    return any(later[0] < earlier[1] for earlier, later in itertools.pairwise(sorted(parts)))


def _quartiles(seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {}
    low, middle, high = statistics.quantiles(seconds, n=4)
    return {"q1": round(low, 2), "median": round(middle, 2), "q3": round(high, 2), "max": round(max(seconds), 2)}


if __name__ == "__main__":
    with dg.DagsterInstance.get() as here:
        sys.stdout.write(json.dumps(figures(here, sys.argv[1:])) + "\n")
