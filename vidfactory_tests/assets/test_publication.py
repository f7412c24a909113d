"""The publication: nothing goes out without leave, all publishers serve, and who must wait loses nothing."""

import asyncio
import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from vidfactory import runs
from vidfactory.assets.release import DISCLOSURE, publication
from vidfactory.checks import videos as checks
from vidfactory.definitions import studio_of
from vidfactory.errors import BadInput
from vidfactory.failures import BY_HAND
from vidfactory.orders import check_moment, checked_finance_order
from vidfactory.partitions import videos
from vidfactory.reviews import Ruling, decide
from vidfactory.schema.brief import FinanceBrief
from vidfactory.schema.crew import Wishes
from vidfactory.schema.inspection import Measurement, QaReport, Verdict
from vidfactory.schema.release import Package, Publication, Review
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.io_manager import ArtifactIOManager
from vidfactory_tests.paid_work import quick_crew
from vidfactory_tests.providers.publishers import KEY, log_in, on_channel, package_in
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import Refused
from vidfactory_tests.servers.fixtures import loopback, services
from vidfactory_tests.servers.studio import services_table

__all__ = ["loopback", "services"]
AT = dt.datetime(2100, 12, 1, 17, tzinfo=dt.UTC)
PACKED = [dg.AssetSpec(name, partitions_def=videos) for name in ("brief", "package", "qa_report")]


@dataclass(frozen=True)
class Packed:
    """A studio in which a video is packed and measured, and Dagster's memory of it."""

    folder: Path
    instance: dg.DagsterInstance
    settings: Settings
    package: Package

    @property
    def store(self) -> ArtifactStore:
        return ArtifactStore(studio_of(self.settings))

    def inspected(self, verdict: Verdict, *publishers: str, film: str = "") -> None:
        """Store the brief, the package and what the inspector said of its film, or of another one."""
        wishes = Wishes(providers={"publisher": publishers} if publishers else {})
        brief = FinanceBrief(
            video=KEY, title=None, seconds=60, posts=None, prices=None, symbol=None, publish_at=AT, wishes=wishes
        )
        report = QaReport(
            video_sha256=film or self.package.film_sha256,
            verdict=verdict,
            measurements=(Measurement(name="length", level="good", said="It is as long as planned"),),
            evidence=None,
        )
        for name, artifact in (("brief", brief), ("package", self.package), ("qa_report", report)):
            self.store.save(KEY, name, artifact)

    def decided(self, *, approved: bool, seen: int = 0) -> None:
        ruling = Ruling(approved=approved, by="Ann", reason="I looked at it", seen=seen)
        asyncio.run(decide(self.store, KEY, ruling, dt.datetime.now(tz=dt.UTC)))

    def publish(self) -> list[runs.Step]:
        """Make the publication; the steps as a person at the command line sees them end."""
        tag = uuid.uuid4().hex
        made = dg.materialize(
            [*PACKED, publication],
            partition_key=KEY,
            instance=self.instance,
            tags={BY_HAND: tag},
            raise_on_error=False,
            resources={
                "io_manager": ArtifactIOManager(self.store),
                "studio": studio_of(self.settings),
                "crew": quick_crew(self.settings),
            },
        )
        watcher = runs._Watcher(self.instance, tag, lambda _: None)
        with watcher:
            pass  # it reads when it is over: an instance in memory cannot be read while a run writes
        assert made.success == all(step.state != "failed" for step in watcher.ended)
        return watcher.ended

    @property
    def published(self) -> Publication | None:
        found = self.store.read(KEY, "publication")
        assert found is None or isinstance(found, Publication)
        return found

    @property
    def library(self) -> Path:
        return self.folder / "studio" / "library" / KEY


def packed(folder: Path, instance: dg.DagsterInstance, review: Review, address: str = "", key: str = "") -> Packed:
    settings = Settings(
        profile="offline",
        studio=str(folder / "studio"),
        local=folder / "studio",
        review=review,
        services=services_table(address, key),
    )
    instance.add_dynamic_partitions("videos", [KEY])
    return Packed(folder, instance, settings, package_in(folder / "packed"))


@pytest.fixture
def instance() -> "dg.DagsterInstance":
    return dg.DagsterInstance.ephemeral()


def test_what_needs_no_leave_is_published_at_once(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    video = packed(tmp_path, instance, "doubtful")
    video.inspected("approve")
    (step,) = video.publish()
    assert (step.asset, step.state) == ("publication", "made")
    assert video.published is not None
    assert video.published.edition == video.package.edition
    assert [each.address for each in video.published.appearances] == [str(video.library)]
    assert (video.library / "video.mp4").read_bytes() == video.package.video.path.read_bytes()


def test_nothing_goes_out_before_a_person_has_said_yes(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    video = packed(tmp_path, instance, "always")
    video.inspected("approve")
    (step,) = video.publish()
    assert (step.state, step.note) == ("waiting", "waiting: every video of this channel waits for a person")
    assert video.published is None
    assert not video.library.exists()
    video.decided(approved=True)
    (step,) = video.publish()
    assert step.state == "made"
    assert video.published is not None


@pytest.mark.parametrize("verdict", ["review", "reject"])
def test_what_was_rejected_never_goes_out(tmp_path: Path, instance: dg.DagsterInstance, verdict: Verdict) -> None:
    video = packed(tmp_path, instance, "never")
    video.inspected(verdict)
    if verdict == "review":
        video.decided(approved=False)
    (step,) = video.publish()
    assert step.state == "waiting"
    assert step.note.startswith("rejected: ")
    assert not video.library.exists()


def test_what_the_inspector_says_of_a_later_film_is_no_leave_for_the_one_that_is_packed(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    video = packed(tmp_path, instance, "never")
    video.inspected("approve", film="0" * 64)
    (step,) = video.publish()
    assert (step.state, step.note) == (
        "waiting",
        "waiting: its film was made anew since it was packed, and is not packed yet",
    )
    assert not video.library.exists()


@pytest.mark.parametrize(("disclosed", "state"), [(False, "waiting"), (True, "made")])
def test_what_does_not_say_how_it_was_made_is_not_published_by_a_later_run(
    tmp_path: Path, instance: dg.DagsterInstance, *, disclosed: bool, state: str
) -> None:
    video = packed(tmp_path, instance, "never")
    video.inspected("approve")
    assert checks.disclosure_present.check_key == DISCLOSURE
    asset, name = DISCLOSURE.asset_key, DISCLOSURE.name
    found = dg.AssetCheckEvaluation(asset_key=asset, check_name=name, passed=disclosed, metadata={}, partition=KEY)
    instance.report_runless_asset_event(found)
    (step,) = video.publish()
    assert step.state == state


def test_all_publishers_serve_and_a_quota_that_is_used_up_loses_nothing(
    tmp_path: Path, instance: dg.DagsterInstance, services: FakeServices
) -> None:
    video = packed(tmp_path, instance, "never", services.address, services.key)
    video.inspected("approve", "library", "youtube")
    log_in(tmp_path / "studio" / "youtube", services)
    services.next("youtube", Refused(), operation="open")
    (step,) = video.publish()
    assert step.state == "waiting"
    assert "quotaExceeded" in step.note
    assert video.published is None
    (step,) = video.publish()
    assert step.state == "made"
    (found,) = on_channel(services)
    assert found["status"]["publishAt"] == "2100-12-01T17:00:00Z"
    assert video.published is not None
    library, youtube = video.published.appearances
    assert (library.publisher, library.visible_from) == ("library", None)
    assert (youtube.publisher, youtube.visible_from) == ("youtube", AT)


def test_who_has_not_logged_in_is_told_before_anything_is_published(
    tmp_path: Path, instance: dg.DagsterInstance, services: FakeServices
) -> None:
    video = packed(tmp_path, instance, "never", services.address, services.key)
    video.inspected("approve", "library", "youtube")
    (step,) = video.publish()
    assert step.state == "failed"
    assert "vidfactory youtube login" in step.note
    assert not video.library.exists()


def test_a_video_that_waits_for_a_person_says_why(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    video = packed(tmp_path, instance, "always")
    assert runs.held_back(video.settings, KEY) == ""
    video.inspected("approve")
    assert runs.held_back(video.settings, KEY) == "waiting: every video of this channel waits for a person"
    video.decided(approved=True)
    assert runs.held_back(video.settings, KEY) == ""
    video.decided(approved=False, seen=1)
    assert runs.held_back(video.settings, KEY).startswith("rejected: rejected by Ann")


@pytest.mark.parametrize(
    ("moment", "wrong"), [("2026-12-01T18:00", "timezone"), ("soon", "valid datetime"), ("2020-01-01T00:00Z", "")]
)
def test_a_moment_without_a_zone_and_one_that_has_passed_are_refused(moment: str, wrong: str) -> None:
    now = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    with pytest.raises(BadInput, match=wrong or "publish_at: 2020-01-01 00:00 .* has passed"):
        check_moment(checked_finance_order("here", {"posts": "posts.json", "publish_at": moment}), now)


def test_a_moment_to_come_is_taken_with_its_zone(tmp_path: Path) -> None:
    order = checked_finance_order("here", {"posts": "posts.json", "publish_at": "2026-12-01T18:00+01:00"})
    check_moment(order, dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    assert order.publish_at == dt.datetime(2026, 12, 1, 17, tzinfo=dt.UTC)
