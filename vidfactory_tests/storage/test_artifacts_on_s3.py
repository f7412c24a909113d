"""Artifacts on an object store: whole or not at all, whatever fails and whoever else writes."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from upath import UPath

from vidfactory.errors import MissingArtifact, StorageRefused
from vidfactory.schema.base import Credit, Media, Size
from vidfactory.schema.pictures import Illustrations, Picture
from vidfactory.storage import fetched, objects
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.fetched import Fetched
from vidfactory.storage.studio import Studio
from vidfactory_tests.servers.object_store import BUCKET, Fault, ObjectStore

VIDEO, ASSET = "finance-test", "illustrations"


@pytest.fixture(params=["disk", "S3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    if request.param == "disk":
        return ArtifactStore(Studio(root=UPath(tmp_path / "studio"), local=tmp_path / "here", inbox=tmp_path))
    return away(request.getfixturevalue("s3"), tmp_path)


def away(s3: ObjectStore, folder: Path) -> ArtifactStore:
    root = objects.opened(f"s3://{BUCKET}/studio", s3.environment)
    return ArtifactStore(Studio(root=root, local=folder / "here", inbox=folder))


def illustrations(folder: Path, **contents: bytes) -> Illustrations:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / f"{name}.png").write_bytes(content)
    size = Size(width=2, height=2)
    files = {name: Media.of(folder / f"{name}.png", "image/png") for name in contents}
    pictures = tuple(Picture(name=name, image=file, size=size, alt=name) for name, file in files.items())
    return Illustrations(pictures=pictures, made_by=Credit(provider="house", model="ink-1"))


@pytest.mark.parametrize("fault", ["busy", "cut", "cut after", "half"])
def test_a_store_that_fails_in_between_keeps_nothing_from_being_saved_and_loaded(
    s3: ObjectStore, tmp_path: Path, fault: Fault
) -> None:
    store = away(s3, tmp_path)
    made = illustrations(tmp_path / "made", one=b"1" * 1000, two=b"2" * 1000)
    s3.next(*[None, fault] * 15)
    store.save(VIDEO, ASSET, made)
    s3.next(*[None, fault] * 4)
    assert store.exists(VIDEO, ASSET)
    assert store.load(VIDEO, ASSET).content_sha256() == made.content_sha256()


@pytest.mark.parametrize("reached", [3, 4, 5, 6])
def test_a_bucket_that_is_full_in_the_middle_leaves_the_old_a_hole_or_the_new_and_no_mixture(
    s3: ObjectStore, tmp_path: Path, reached: int
) -> None:
    store = away(s3, tmp_path)
    old = illustrations(tmp_path / "old", one=b"1", two=b"2")
    new = illustrations(tmp_path / "new", one=b"one", two=b"two")
    store.save(VIDEO, ASSET, old)
    s3.next(*[None] * reached, "full")
    with suppress(StorageRefused):
        store.save(VIDEO, ASSET, new)
    s3.faults.clear()
    if store.exists(VIDEO, ASSET):
        assert store.load(VIDEO, ASSET).content_sha256() in {old.content_sha256(), new.content_sha256()}
    else:
        with pytest.raises(MissingArtifact):
            store.load(VIDEO, ASSET)
    s3.objects = {name: content for name, content in s3.objects.items() if not name.endswith(".ticket")}
    store.save(VIDEO, ASSET, new)
    assert store.load(VIDEO, ASSET).content_sha256() == new.content_sha256()


def test_of_two_that_save_one_artifact_the_whole_of_one_stays(store: ArtifactStore, tmp_path: Path) -> None:
    versions = [
        illustrations(tmp_path / str(number), one=str(number).encode() * 5000, two=str(number).encode() * 7000)
        for number in range(4)
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda version: store.save(VIDEO, ASSET, version), versions))
    found = store.load(VIDEO, ASSET).content_sha256()
    assert found in {version.content_sha256() for version in versions}


def test_the_same_artifact_saved_again_is_there_all_the_time(store: ArtifactStore, tmp_path: Path) -> None:
    """An orphan of a killed run saves what the run that stands in for it has saved already."""
    made = illustrations(tmp_path / "made", one=b"1" * 1000)
    store.save(VIDEO, ASSET, made)
    over, holes = threading.Event(), []

    def watch() -> None:
        while not over.is_set():
            if not store.exists(VIDEO, ASSET):
                holes.append(time.monotonic())

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(10):
        store.save(VIDEO, ASSET, made)
    over.set()
    watcher.join()
    assert holes == []


def test_copies_of_the_storage_s_files_are_bounded_and_none_in_use_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetched, "MOST_BYTES", 250)
    monkeypatch.setattr(fetched, "TRIM_EVERY_S", 0)
    copies, source = Fetched(tmp_path / "fetched"), UPath("memory://fetched")
    for name in "abcd":
        objects.put(source / name, name.encode() * 100)
    first, second, third = (copies.file(source / name, f"hash-{name}") for name in "abc")
    assert first.exists(), "in use a moment ago"
    for path, hours in ((first, 4), (second, 5), (third, 3)):
        os.utime(path, (time.time() - hours * 3600,) * 2)
    assert copies.file(source / "a", "hash-a") == first  # used again
    fourth = copies.file(source / "d", "hash-d")
    assert [path.exists() for path in (first, second, third, fourth)] == [True, False, False, True]
    assert copies.file(source / "b", "hash-b").read_bytes() == b"b" * 100
    assert not copies.file(source / "gone", "hash-x").exists()
