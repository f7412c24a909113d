"""How the studio runs, and what of it somebody should know. Pure.

Belongs here: what is wrong with figures, by the limits of the settings. Does not belong here: where the figures come
from (`assets.operation`), and who is told (`alarms`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from vidfactory.settings import Alarms

FEWEST_FAILED = 2
"""One run that failed is listed as such; a rate is of several."""
MISSED = 3
"""A channel is late when so many of its topics in a row did not come: some days have little to tell."""
SHOWN = 20
"""How many videos, channels or sources a finding names."""
CHECKS: Mapping[str, str] = {
    "nothing_left_failed": "No video waits for a person because its last run failed",
    "error_rate": "Few of the runs of the last day failed",
    "render_time": "No film of the last hour took too long to render",
    "video_cost": "No video of the last hour cost too much",
    "day_budgets": "Every channel has enough left of its budget of the day",
    "queue": "Few runs wait, and not ever more of them",
    "sources": "Every source of the channels brings something",
    "freshness": "Every channel that orders by itself has ordered something lately",
    "channels": "Every file of channels/ is a channel",
}
"""What is looked at, and what is wanted."""


@dataclass(frozen=True)
class Budget:
    """What a channel spent on its own day, and what it may, in US dollars."""

    spent: Decimal
    limit: Decimal


@dataclass(frozen=True)
class Observed:
    """The studio at one moment.

    left_failed: what to do about each video that nobody tries again. ended, failed: runs of the last 24 hours.
    renders: minutes by video, of films rendered in the last hour or being rendered. costs: US dollars by video, of
    those worked on in the last hour. queued: runs and orders that wait; queued_before: an hour earlier, None where
    nobody looked. silent: hours without anything, by source. last_orders: hours since its last topic, and between
    two that make its number a day, by channel. refused: why a file is no channel, by its path.
    """

    left_failed: Mapping[str, str] = field(default_factory=dict)
    ended: int = 0
    failed: int = 0
    renders: Mapping[str, float] = field(default_factory=dict)
    costs: Mapping[str, Decimal] = field(default_factory=dict)
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    queued: int = 0
    queued_before: int | None = None
    silent: Mapping[str, float] = field(default_factory=dict)
    last_orders: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What one check of `CHECKS` found. figure: what Dagster plots."""

    name: str
    passed: bool
    said: str
    figure: float


def findings(observed: Observed, limits: Alarms) -> list[Finding]:
    """One finding a check, in the order of `CHECKS`."""
    slow = {video: minutes for video, minutes in observed.renders.items() if minutes > limits.render_minutes}
    dear = {video: usd for video, usd in observed.costs.items() if usd > limits.video_usd}
    used = {name: each for name, each in observed.budgets.items() if _share(each) >= limits.budget_share}
    silent = {source: hours for source, hours in observed.silent.items() if hours > limits.silent_hours}
    return [
        _listed("nothing_left_failed", [f"{video}: {said}" for video, said in observed.left_failed.items()]),
        _error_rate(observed, limits),
        _listed(
            "render_time",
            [f"{video} took {minutes:.0f} minutes" for video, minutes in slow.items()],
            max(observed.renders.values(), default=0.0),
        ),
        _listed(
            "video_cost",
            [f"{video} cost ${usd:.2f}, more than ${limits.video_usd:.2f}" for video, usd in dear.items()],
            float(max(observed.costs.values(), default=Decimal(0))),
        ),
        _listed(
            "day_budgets",
            [f"{name} spent ${each.spent:.2f} of ${each.limit:.2f} today" for name, each in used.items()],
            max(map(_share, observed.budgets.values()), default=0.0),
        ),
        _queue(observed, limits),
        _listed(
            "sources",
            [f"{source} has brought nothing for {hours:.0f} hours" for source, hours in silent.items()],
            max(observed.silent.values(), default=0.0),
        ),
        _listed(
            "freshness",
            [
                f"{name} has ordered nothing for {hours:.0f} hours"
                for name, (hours, between) in observed.last_orders.items()
                if hours > MISSED * between
            ],
            max((hours for hours, _ in observed.last_orders.values()), default=0.0),
        ),
        _listed("channels", list(observed.refused.values())),
    ]


def _share(budget: Budget) -> float:
    """How much of a budget is used; nothing of one that allows none, which stops by itself."""
    return float(budget.spent / budget.limit) if budget.limit else 0.0


def _error_rate(observed: Observed, limits: Alarms) -> Finding:
    rate = observed.failed / observed.ended if observed.ended else 0.0
    said = f"{observed.failed} of {observed.ended} runs failed in the last 24 hours"
    return Finding("error_rate", observed.failed < FEWEST_FAILED or rate <= limits.error_rate, said, rate)


def _queue(observed: Observed, limits: Alarms) -> Finding:
    before = observed.queued_before
    grows = before is not None and 0 < before < observed.queued
    trend = "" if before is None else f", {before} an hour ago"
    passed = observed.queued < limits.queued and not (grows and observed.queued >= limits.queued / 2)
    return Finding("queue", passed, f"{observed.queued} wait{trend}", float(observed.queued))


def _listed(name: str, wrong: Sequence[str], figure: float | None = None) -> Finding:
    """A finding that passes where nothing is wrong, and else names it. figure: how many, where it says nothing else."""
    more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    said = "; ".join(wrong[:SHOWN]) + more if wrong else CHECKS[name]
    return Finding(name, not wrong, said, float(len(wrong)) if figure is None else figure)
