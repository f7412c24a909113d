"""Where videos stand: what is packed by its review, everything else by its newest run.

Belongs here: the stage of a video and why, for everything that tells people of it. Does not belong here: whether an
asset is out of date (`runs.due`), which takes a second a video; an answer of this module is a few small files.
"""

import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import dagster as dg

from vidfactory import reviews
from vidfactory.errors import BadInput, DamagedArtifact
from vidfactory.reviews import Candidate
from vidfactory.schema.inspection import QaReport
from vidfactory.schema.release import Publication
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore

Stage = Literal["waiting", "failed", "working", "due", "rejected", "ready", "approved", "published"]
"""How far a video is. due: something is not made yet. ready: it may be published and nobody need approve it."""
STAGES: tuple[Stage, ...] = get_args(Stage)
"""In the order in which they want a person."""
RunState = Literal["queued", "under way", "ended", "failed", "cancelled"]
RUN_STATES: Mapping[dg.DagsterRunStatus, RunState] = {
    dg.DagsterRunStatus.QUEUED: "queued",
    dg.DagsterRunStatus.NOT_STARTED: "queued",
    dg.DagsterRunStatus.SUCCESS: "ended",
    dg.DagsterRunStatus.FAILURE: "failed",
    dg.DagsterRunStatus.CANCELED: "cancelled",
}
"""Every other status is that of a run under way."""
SAID_BY_RUN: Mapping[RunState, tuple[Stage, str]] = {
    "queued": ("working", "it waits for its turn"),
    "under way": ("working", "being made{since}"),
    "failed": ("failed", "its run{of} failed"),
    "cancelled": ("failed", "its run{of} was cancelled"),
    "ended": ("due", "not all is made yet"),
}
"""What a video's newest run says of it where nothing is packed."""
ASKED_AT_ONCE = 500
"""So many videos are named in one query."""


@dataclass(frozen=True)
class NewestRun:
    """How the newest run of a video stands, and when it began (None while it is queued)."""

    run_id: str
    state: RunState
    begun: dt.datetime | None


@dataclass(frozen=True)
class Standing:
    """Where a video stands, and why in a sentence."""

    key: str
    stage: Stage
    note: str
    found: Candidate | None = None


def newest_runs(instance: dg.DagsterInstance, keys: Sequence[str] | None = None) -> dict[str, NewestRun]:
    """The newest run of each video that has one, those begun last first; without `keys` of all in one query."""
    if keys is None:
        found = list(instance.get_run_partition_data(dg.RunsFilter()))
    else:
        parts = [list(keys[at : at + ASKED_AT_ONCE]) for at in range(0, len(keys), ASKED_AT_ONCE)]
        filters = [dg.RunsFilter(tags={"dagster/partition": part}) for part in parts]
        found = [run for each in filters for run in instance.get_run_partition_data(each)]
    newest_first = sorted(found, key=lambda run: run.start_time or float("inf"), reverse=True)
    return {
        run.partition: NewestRun(run.run_id, RUN_STATES.get(run.status, "under way"), _moment(run.start_time))
        for run in newest_first
    }


def standing(store: ArtifactStore, settings: Settings, key: str, last: NewestRun | None) -> Standing:
    """Where a video stands. What is packed is judged by its review, everything else by its newest run."""
    try:
        found = reviews.candidate(store, key)
        if found is None:
            return Standing(key, *_unpacked(store, key, last))
        if found.is_published:
            return Standing(key, "published", _places(found.publication), found)
        review = reviews.review_of(store.studio, settings, found)
    except (DamagedArtifact, BadInput) as error:
        return Standing(key, "failed", str(error))
    stage: Stage = "ready" if review.state == "not_needed" else review.state
    return Standing(key, stage, review.why, found)


def placeless(settings: Settings, text: str) -> str:
    """A sentence as others may read it: without the folders of this machine."""
    folders = {settings.studio_address, *map(str, (settings.local_folder, settings.inbox_folder, settings.project))}
    for folder in sorted({*folders, tempfile.gettempdir()}, key=len, reverse=True):
        text = text.replace(f"{folder}/", "").replace(folder, "")
    return text


def _unpacked(store: ArtifactStore, key: str, last: NewestRun | None) -> tuple[Stage, str]:
    """The stage of a video without a package, and why."""
    report = _report(store, key)
    if report and report.verdict == "reject":
        return "rejected", f"the inspector rejects it: {reviews.said(report, 'issue')}"
    if last is None:
        return "due", "it was ordered and not made yet"
    stage, note = SAID_BY_RUN[last.state]
    begun = f"{last.begun.astimezone():%Y-%m-%d %H:%M}" if last.begun else ""
    return stage, note.format(since=f" since {begun}" if begun else "", of=f" of {begun}" if begun else "")


def _report(store: ArtifactStore, key: str) -> QaReport | None:
    """What the inspector said; None where it said nothing yet, and where that is damaged, which its asset says."""
    try:
        found = store.read(key, "qa_report")
    except DamagedArtifact:
        return None
    return found if isinstance(found, QaReport) else None


def _places(publication: Publication | None) -> str:
    """Where an edition was published."""
    return f"published: {', '.join(each.publisher for each in publication.appearances)}" if publication else ""


def _moment(timestamp: float | None) -> dt.datetime | None:
    return None if timestamp is None else dt.datetime.fromtimestamp(timestamp, tz=dt.UTC)
