"""What Dagster does with decisions: the review job takes them, the approvals sensor publishes after them."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from vidfactory import reviews
from vidfactory.definitions import crew_of
from vidfactory.errors import BadInput
from vidfactory.jobs import review_job
from vidfactory.providers.crew import Crew
from vidfactory.schema.inspection import Verdict
from vidfactory.sensors import approvals as sensors
from vidfactory.sensors.approvals import TRY_AGAIN_S, approvals_sensor
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.studio import Studio
from vidfactory_tests.screening.videos import KEY, Made, edition_of, keep, keep_publication, keep_report

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


class Clock(dt.datetime):
    """The sensor's clock, which the test moves."""

    at = NOON

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
        return cls.at.astimezone(tz)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr(sensors.dt, "datetime", Clock)
    monkeypatch.setattr(Clock, "at", NOON)
    return Clock


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        opened.add_dynamic_partitions("videos", [KEY, "finance-broken"])
        yield opened


@pytest.fixture
def crew(studio: Studio) -> Crew:
    return crew_of(Settings(studio=str(studio.root), local=studio.local, review="doubtful", reviewer="Ana"))


def pack(store: ArtifactStore, instance: dg.DagsterInstance, folder: Path, verdict: Verdict = "review") -> Made:
    """A packed video that Dagster knows of."""
    made = Made(verdict=verdict)
    keep(store, folder, made)
    told(instance, "package")
    return made


def told(instance: dg.DagsterInstance, asset: str) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(asset, partition=KEY))


def requests(instance: dg.DagsterInstance, studio: Studio, crew: Crew) -> list[dg.RunRequest]:
    context = dg.build_sensor_context(instance=instance)
    found = approvals_sensor(context, studio=studio, crew=crew)
    assert isinstance(found, dg.SensorResult)
    return list(found.run_requests or [])


def decide(store: ArtifactStore, *, approved: bool, seen: int = 0) -> None:
    asyncio.run(
        reviews.decide(store, KEY, reviews.Ruling(approved=approved, by="Ana", reason="r", seen=seen), Clock.at)
    )


def test_what_waits_for_a_person_is_not_published_until_it_is_approved(
    store: ArtifactStore, instance: dg.DagsterInstance, crew: Crew, tmp_path: Path
) -> None:
    pack(store, instance, tmp_path)
    assert requests(instance, store.studio, crew) == []
    decide(store, approved=True)
    (run,) = requests(instance, store.studio, crew)
    assert (run.job_name, run.partition_key) == ("finance_video", KEY)
    assert run.asset_selection == [dg.AssetKey("publication")]


def test_what_needs_no_approval_is_published_and_what_was_rejected_is_not(
    store: ArtifactStore, instance: dg.DagsterInstance, crew: Crew, tmp_path: Path
) -> None:
    pack(store, instance, tmp_path, "approve")
    assert len(requests(instance, store.studio, crew)) == 1
    decide(store, approved=False)
    assert requests(instance, store.studio, crew) == []


def test_a_film_that_was_made_anew_is_not_published_as_it_was_packed_before(
    store: ArtifactStore, instance: dg.DagsterInstance, crew: Crew, tmp_path: Path
) -> None:
    pack(store, instance, tmp_path, "approve")
    keep_report(store, tmp_path, Made(verdict="approve", film=b"another"))
    assert requests(instance, store.studio, crew) == []
    with pytest.raises(BadInput, match="nothing to decide yet"):
        decide(store, approved=True)


def test_what_is_published_is_left_alone_also_when_it_is_packed_again(
    store: ArtifactStore, instance: dg.DagsterInstance, crew: Crew, tmp_path: Path
) -> None:
    made = pack(store, instance, tmp_path, "approve")
    keep_publication(store, made)
    told(instance, "publication")
    assert requests(instance, store.studio, crew) == []
    told(instance, "package")
    assert requests(instance, store.studio, crew) == [], "the same edition"
    keep(store, tmp_path, Made(verdict="approve", title="Another"))
    assert len(requests(instance, store.studio, crew)) == 1, "another edition"


def test_the_same_answer_has_the_same_run_key_and_a_later_try_another(
    store: ArtifactStore, instance: dg.DagsterInstance, crew: Crew, tmp_path: Path, clock: type[Clock]
) -> None:
    pack(store, instance, tmp_path)
    decide(store, approved=True)

    def run_key(after_s: float) -> str | None:
        clock.at = NOON + dt.timedelta(seconds=after_s)
        (run,) = requests(instance, store.studio, crew)
        return run.run_key

    first = run_key(0)
    assert first is not None
    assert edition_of(Made(verdict="review")) in first
    assert run_key(30) == first
    assert run_key(TRY_AGAIN_S) != first, "what a publisher put off is tried again"
    clock.at = NOON
    decide(store, approved=False, seen=1)
    decide(store, approved=True, seen=2)
    assert run_key(0) != first, "it was approved anew"


def test_a_run_that_is_under_way_publishes_by_itself(
    store: ArtifactStore, instance: dg.DagsterInstance, crew: Crew, tmp_path: Path
) -> None:
    pack(store, instance, tmp_path, "approve")
    instance.add_run(
        dg.DagsterRun(job_name="finance_video", status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": KEY})
    )
    assert requests(instance, store.studio, crew) == []


def test_a_package_whose_partition_is_gone_keeps_no_other_back(
    store: ArtifactStore, instance: dg.DagsterInstance, crew: Crew, tmp_path: Path
) -> None:
    pack(store, instance, tmp_path, verdict="approve")
    assert len(requests(instance, store.studio, crew)) == 1
    instance.delete_dynamic_partition("videos", KEY)
    assert requests(instance, store.studio, crew) == []


def test_one_video_that_is_damaged_keeps_no_other_back(
    store: ArtifactStore, instance: dg.DagsterInstance, crew: Crew, tmp_path: Path
) -> None:
    pack(store, instance, tmp_path, "approve")
    keep(store, tmp_path, Made(key="finance-broken", verdict="approve"))
    instance.report_runless_asset_event(dg.AssetMaterialization("package", partition="finance-broken"))
    (store.studio.artifact_folder("finance-broken", "package") / "artifact.json").write_text("{}")
    assert [run.partition_key for run in requests(instance, store.studio, crew)] == [KEY]


def test_the_launchpad_takes_a_decision(
    store: ArtifactStore, instance: dg.DagsterInstance, crew: Crew, tmp_path: Path
) -> None:
    made = pack(store, instance, tmp_path)

    def launch(**config: object) -> bool:
        return review_job.execute_in_process(
            run_config={"ops": {"decision": {"config": {"video": KEY, **config}}}},
            resources={"studio": store.studio, "crew": crew},
            instance=instance,
            raise_on_error=False,
        ).success

    assert not launch(decision="reject"), "it needs a reason"
    assert launch(decision="reject", reason="The chart is cut off", by="Ben")
    assert not launch(decision="approve"), "it was decided already"
    assert launch(decision="approve", seen=1)
    kept = reviews.decisions(store.studio, KEY, edition_of(made))
    assert [(each.approved, each.by) for each in kept] == [(False, "Ben"), (True, "Ana")]
