"""What goes of finished videos, when, and that a crash anywhere leaves each of them whole in one place."""

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from vidfactory import cleaning, retention, staleness
from vidfactory.cleaning import Cleaner, Sweep, restore, swept_as_markdown
from vidfactory.definitions import crew_of
from vidfactory.errors import BadInput, DamagedArtifact
from vidfactory.jobs import clean_up_job
from vidfactory.orders import place
from vidfactory.ports import Answer, Assignment, Call
from vidfactory.retention import Facts, going
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.channel import Channel, Retention
from vidfactory.schema.release import Package
from vidfactory.settings import Settings
from vidfactory.standings import NewestRun
from vidfactory.storage import objects
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.call_cache import CallCache, call_key
from vidfactory.storage.studio import Studio
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.put_away import GRAPH, KEY, PutAway, report

NOW = dt.datetime.now(tz=dt.UTC)
DAY = dt.timedelta(days=1)
RULE = Retention(raw_days=7, cache_days=30, archive_days=90)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dagster's state in SQLite files, still empty: to be copied, because making them takes a second."""
    folder = tmp_path_factory.mktemp("dagster")
    with dg.DagsterInstance.local_temp(str(folder)) as opened:
        opened.get_dynamic_partitions("videos")
    return folder


@pytest.fixture
def instance(home: Path, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance that knows when runs began, which one in memory does not."""
    shutil.copytree(home, tmp_path / "dagster")
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as opened:
        yield opened


def settings_of(studio: Studio, **channels: Channel) -> Settings:
    return Settings(studio=str(studio.root), local=studio.local, channels=channels)


def sweep(studio: Studio, instance: dg.DagsterInstance, **more: Any) -> Sweep:
    return Cleaner(settings_of(studio), studio, instance, NOW, **more).sweep(lambda _: None)


@given(
    age=st.floats(0, 400),
    under_way=st.booleans(),
    published=st.booleans(),
    cleared=st.none() | st.floats(0, 400),
    raw=st.integers(1, 50),
    more=st.integers(0, 300),
)
def test_only_what_is_published_and_left_alone_goes_and_the_archive_comes_after_the_raw(
    *, age: float, under_way: bool, published: bool, cleared: float | None, raw: int, more: int
) -> None:
    rule = Retention(raw_days=raw, archive_days=raw + more)
    facts = Facts(NOW - age * DAY, under_way, published, None if cleared is None else NOW - cleared * DAY)
    what = going(rule, facts, NOW)
    if under_way or not published or age < raw:
        assert what == "stays"
    elif age >= raw + more:
        assert what == "archive"
    else:
        assert what == ("stays" if cleared is not None and cleared <= age else "raw")


def test_raw_media_go_and_what_was_published_stays_whole(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    PutAway(NOW - 8 * DAY).into(store, instance, tmp_path)
    settings = settings_of(store.studio)
    before = staleness.due(settings, instance, GRAPH, store, KEY)
    done = sweep(store.studio, instance)
    assert [(each.video, each.what) for each in done.videos] == [(KEY, "raw")]
    assert done.size == done.videos[0].size > 600
    with pytest.raises(DamagedArtifact, match="is gone"):
        store.load(KEY, "narration")
    assert store.read(KEY, "narration") is not None, "what it says is kept"
    package = store.load(KEY, "package")
    assert isinstance(package, Package)
    assert package.video.path.exists()
    assert staleness.due(settings, instance, GRAPH, store, KEY) == before, "what went on purpose is no loss"
    assert not sweep(store.studio, instance).videos, "nothing goes twice"


@dg.job
def made_by_hand() -> None:
    """Stands for any run of a video."""


def test_a_run_that_began_since_all_were_looked_at_keeps_its_video(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    PutAway(NOW - 100 * DAY).into(store, instance, tmp_path)
    cleaner = Cleaner(settings_of(store.studio), store.studio, instance, NOW)
    run = instance.create_run_for_job(made_by_hand, tags={"dagster/partition": KEY}, status=dg.DagsterRunStatus.STARTED)
    done = cleaner.sweep(lambda _: None)
    assert (done.videos, list(done.kept_back)) == ([], [KEY])
    assert instance.has_run(run.run_id)


def test_a_video_whose_channel_cannot_be_read_stays_by_no_other_rule(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    PutAway(NOW - 100 * DAY, channel="keeper").into(store, instance, tmp_path)
    done = sweep(store.studio, instance)
    assert done.videos == []
    assert "keeper" in done.kept_back[KEY]


def test_raw_media_are_missed_where_something_is_made_from_them(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    PutAway(NOW - 8 * DAY).into(store, instance, tmp_path)
    sweep(store.studio, instance)
    settings = settings_of(store.studio)
    assert "narration" not in staleness.due(settings, instance, GRAPH, store, KEY)
    report(instance, "production_plan", KEY, code="older")
    assert "narration" in staleness.due(settings, instance, GRAPH, store, KEY)


@pytest.mark.parametrize(
    "video",
    [
        PutAway(NOW - 6 * DAY),
        PutAway(NOW - 200 * DAY, is_published=False),
        PutAway(NOW - DAY / 2, run=dg.DagsterRunStatus.STARTED),
        PutAway(NOW, run=None),
    ],
    ids=["young", "unpublished", "under way", "never run"],
)
def test_what_is_young_unpublished_or_under_way_is_left_alone(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path, video: PutAway
) -> None:
    video.into(store, instance, tmp_path)
    assert sweep(store.studio, instance).size == 0
    assert store.exists(KEY, "narration")


def test_a_package_that_is_not_the_published_one_keeps_its_video(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    PutAway(NOW - 200 * DAY).into(store, instance, tmp_path)
    package = store.load(KEY, "package")
    assert isinstance(package, Package)
    store.save(KEY, "package", package.model_copy(update={"edition": "0" * 64}))
    assert not sweep(store.studio, instance).videos


def test_each_channel_has_its_own_rule(store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    PutAway(NOW - 3 * DAY, "finance-fast", "fast").into(store, instance, tmp_path)
    PutAway(NOW - 3 * DAY, "finance-slow", "slow").into(store, instance, tmp_path)
    fast, slow = Channel(retention=Retention(raw_days=1, archive_days=2)), Channel(retention=Retention(raw_days=5))
    settings = settings_of(store.studio, fast=fast, slow=slow)
    done = Cleaner(settings, store.studio, instance, NOW).sweep(lambda _: None)
    assert [(each.video, each.channel, each.what) for each in done.videos] == [("finance-fast", "fast", "archive")]
    assert "| fast | 1 videos to the archive |" in swept_as_markdown(done)


def assert_in_archive(studio: Studio, instance: dg.DagsterInstance) -> None:
    """The video is in the archive, whole, and nowhere else."""
    stone = retention.tombstone(studio, KEY)
    assert stone is not None
    assert (stone.title, stone.topic) == ("Google at $332: 55.2% below its high", "It is a long way down.")
    assert [each.publisher for each in stone.appearances] == ["library"]
    shelf = retention.shelf(studio, KEY)
    for asset in ("brief", "screenplay", "qa_report", "package", "publication", "poster"):
        shelf.load(KEY, asset)
    assert shelf.read(KEY, "narration") is not None
    assert not (studio.videos / KEY).exists()
    assert not studio.order_path(KEY).exists()
    assert KEY not in instance.get_dynamic_partitions("videos")
    assert not instance.get_runs(dg.RunsFilter(tags={"dagster/partition": KEY}))
    assert retention.retiring(studio) == []


def test_an_old_video_is_retired_and_still_answers(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    PutAway(NOW - 91 * DAY).into(store, instance, tmp_path)
    done = sweep(store.studio, instance)
    assert [each.what for each in done.videos] == ["archive"]
    assert_in_archive(store.studio, instance)
    with pytest.raises(BadInput, match="retired"):
        place(store.studio, KEY, FinanceOrder(posts=SAMPLES / "posts.json"), NOW.date())


def test_a_dry_run_says_the_same_and_changes_nothing(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    PutAway(NOW - 91 * DAY).into(store, instance, tmp_path)
    PutAway(NOW - 9 * DAY, "finance-raw").into(store, instance, tmp_path)
    before = sorted(str(path) for path in store.studio.local.rglob("*"))
    dry = sweep(store.studio, instance, dry=True)
    assert sorted(str(path) for path in store.studio.local.rglob("*")) == before
    real = sweep(store.studio, instance)
    assert [(each.video, each.what) for each in dry.videos] == [(each.video, each.what) for each in real.videos]
    assert dry.size > 0


def test_an_altered_package_is_not_archived_and_nothing_of_it_goes(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    PutAway(NOW - 91 * DAY).into(store, instance, tmp_path)
    film = Path(str(store.studio.artifact_folder(KEY, "package") / "video.mp4"))
    film.write_bytes(b"x" * film.stat().st_size)
    done = sweep(store.studio, instance)
    assert "was altered" in done.kept_back[KEY]
    assert retention.tombstone(store.studio, KEY) is None
    assert film.exists()
    assert KEY in instance.get_dynamic_partitions("videos")


def test_a_restored_video_is_where_it_was_and_nothing_of_it_is_due(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    PutAway(NOW - 91 * DAY).into(store, instance, tmp_path)
    settings = settings_of(store.studio)
    before = staleness.due(settings, instance, GRAPH, store, KEY)
    sweep(store.studio, instance)
    restore(store.studio, instance, KEY, NOW)
    assert retention.tombstone(store.studio, KEY) is None
    assert not (store.studio.archive / KEY).exists()
    assert staleness.due(settings, instance, GRAPH, store, KEY) == before
    store.load(KEY, "package")
    assert not sweep(store.studio, instance).videos, "it has just been worked on"
    with pytest.raises(BadInput, match="was not retired"):
        restore(store.studio, instance, KEY, NOW)


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], list[int]]:
    """Lets the process die at the n-th change of the storage, after or before it; None: never. Counts changes."""
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a process dies here, not a machine
    real = {name: getattr(objects, name) for name in ("put", "remove", "upload", "remove_folder")}
    count = [0]

    def armed(at: int | None) -> list[int]:
        count[0] = 0

        def one(name: str) -> Callable[..., Any]:
            def changed(*args: Any, **more: Any) -> Any:
                count[0] += 1
                if count[0] == at and name == "remove_folder" and isinstance(args[0], Path) and args[0].exists():
                    shutil.rmtree(next(iter(sorted(args[0].iterdir()))), ignore_errors=True)  # a part of it is gone
                if count[0] == at:
                    raise Killed
                return real[name](*args, **more)

            return changed

        for name in real:
            monkeypatch.setattr(objects, name, one(name))
        return count

    return armed


def test_a_clean_up_that_is_killed_anywhere_is_made_whole_by_the_next(
    store: ArtifactStore,
    instance: dg.DagsterInstance,
    tmp_path: Path,
    deadly: Callable[[int | None], list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    studio = store.studio
    PutAway(NOW - 91 * DAY, is_complete=False).into(store, instance, tmp_path)
    kept = tmp_path / "kept"
    shutil.copytree(str(studio.root), kept)
    at, alive = 0, True
    while alive:
        at += 1
        shutil.rmtree(str(studio.root))
        shutil.copytree(kept, str(studio.root))
        instance.add_dynamic_partitions("videos", [KEY])
        monkeypatch.setattr(cleaning, "newest_runs", lambda *_: {KEY: NewestRun("r", "ended", NOW - 91 * DAY)})
        deadly(at)
        try:
            sweep(studio, instance)
            alive = False
        except Killed:
            deadly(None)
            retention.shelf(studio, KEY).load(KEY, "package")  # whole at any moment, here or there
        sweep(studio, instance)
        assert_in_archive(studio, instance)
    assert at > 20


def test_a_restoring_that_is_killed_anywhere_leaves_the_video_whole_in_one_place(
    store: ArtifactStore,
    instance: dg.DagsterInstance,
    tmp_path: Path,
    deadly: Callable[[int | None], list[int]],
) -> None:
    studio = store.studio
    PutAway(NOW - 91 * DAY, is_complete=False).into(store, instance, tmp_path)
    sweep(studio, instance)
    (studio.archive / KEY / "versions.json").write_text("{}")  # what Dagster is told takes long, and is tested above
    kept = tmp_path / "kept"
    shutil.copytree(str(studio.root), kept)
    at, alive = 0, True
    while alive:
        at += 1
        shutil.rmtree(str(studio.root))
        shutil.copytree(kept, str(studio.root))
        instance.delete_dynamic_partition("videos", KEY)
        deadly(at)
        try:
            restore(studio, instance, KEY, NOW)
            alive = False
        except Killed:
            deadly(None)
        retention.shelf(studio, KEY).load(KEY, "package")
        sweep(studio, instance)
        if retention.tombstone(studio, KEY) is not None:
            restore(studio, instance, KEY, NOW)
        ArtifactStore(studio).load(KEY, "package")
        assert not (studio.archive / KEY).exists()
        assert retention.retiring(studio) == []
        assert KEY in instance.get_dynamic_partitions("videos")
    assert at > 15


def answer(studio: Studio, days: float, video: str = KEY) -> str:
    """An answer that was remembered so many days ago."""
    call = Call("painter", "image", "m", {"prompt": f"{days} {video}"})
    cache, key = CallCache(studio.calls), call_key(call, 1)
    cache.keep(key, call, Assignment(video, "illustrations"), Answer({}, body=b"p" * 100, media_type="image/png"), 1.0)
    kept = cache.kept(key)
    assert kept is not None
    old = kept.model_copy(update={"at": NOW - days * DAY})
    objects.put(cache.folder(key) / "answer.json", old.model_dump_json().encode())
    return key


def test_remembered_answers_go_by_age_unless_their_video_was_worked_on_since(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    studio = store.studio
    PutAway(NOW - 2 * DAY, "finance-new").into(store, instance, tmp_path)
    PutAway(NOW - 40 * DAY, "finance-poor", "poor").into(store, instance, tmp_path)
    kept = {answer(studio, 29, "finance-gone"), answer(studio, 40, "finance-new")}
    gone = {answer(studio, 31, "finance-gone"), answer(studio, 6, "finance-poor"), answer(studio, 31, "channel-x")}
    settings = settings_of(studio, poor=Channel(retention=Retention(cache_days=5)))
    done = Cleaner(settings, studio, instance, NOW).sweep(lambda _: None)
    assert {each.key for each in done.answers} == gone
    assert {key for key in (*kept, *gone) if CallCache(studio.calls).kept(key)} == kept


def test_what_a_crashed_run_left_on_this_machine_goes_once_it_is_old(
    studio: Studio, instance: dg.DagsterInstance
) -> None:
    old, new = studio.scratch / "finance-a" / "video", studio.scratch / "fetched" / "hash"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "part").write_bytes(b"x" * 10)
    long_ago = (NOW - 8 * DAY).timestamp()
    for path in (old / "part", old, old.parent):
        os.utime(path, (long_ago, long_ago))
    assert sweep(studio, instance).scratch == 10
    assert not old.parent.exists()
    assert (new / "part").exists()


def test_the_archive_is_the_same_on_an_object_store(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    studio = Studio(root=UPath("memory://cleaning/studio"), local=tmp_path / "local", inbox=tmp_path / "inbox")
    store = ArtifactStore(studio)
    PutAway(NOW - 91 * DAY).into(store, instance, tmp_path)
    assert [each.what for each in sweep(studio, instance).videos] == ["archive"]
    stone = retention.tombstone(studio, KEY)
    assert stone is not None
    retention.shelf(studio, KEY).load(KEY, "package")
    assert retention.bytes_in(studio.videos / KEY) == 0
    restore(studio, instance, KEY, NOW)
    store.load(KEY, "package")


def test_dagster_runs_the_clean_up_and_tells_what_went(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    PutAway(NOW - 8 * DAY).into(store, instance, tmp_path)
    done = clean_up_job.execute_in_process(
        resources={"studio": store.studio, "crew": crew_of(settings_of(store.studio))}, instance=instance
    )
    assert done.success
    (event,) = [each for each in done.all_events if each.event_type_value == "STEP_OUTPUT"]
    metadata = event.step_output_data.metadata
    assert metadata["videos"].value == 1
    assert "| none | raw media of 1 videos |" in str(metadata["by_channel"].value)
