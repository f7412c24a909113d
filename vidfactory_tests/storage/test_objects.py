"""Files on an object store that is busy, cuts connections or refuses, as its real client meets it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from upath import UPath

from vidfactory.errors import StorageRefused, StorageUnavailable
from vidfactory.storage import objects
from vidfactory_tests.servers.object_store import BUCKET, SECRET, Fault, ObjectStore

s3fs = pytest.importorskip("s3fs", reason="the extra `aws` is not installed")


@pytest.fixture
def folder(s3: ObjectStore) -> UPath:
    return opened(s3)


def opened(store: ObjectStore, bucket: str = BUCKET) -> UPath:
    return objects.opened(f"s3://{bucket}/a/studio", store.environment)


def test_what_is_put_is_got_listed_measured_and_removed(folder: UPath, tmp_path: Path) -> None:
    for name in ("b", "a", "inside/c"):
        objects.put(folder / name, name.encode())
    assert objects.get(folder / "inside" / "c") == b"inside/c"
    assert objects.names(folder) == ["a", "b", "inside"]
    assert objects.sizes(folder) == {"a": 1, "b": 1}
    assert (objects.size(folder / "a"), objects.size(folder / "none")) == (1, None)
    (tmp_path / "file").write_bytes(b"x" * 1000)
    objects.upload(tmp_path / "file", folder / "file")
    assert objects.download(folder / "file", tmp_path / "copy" / "file")
    assert (tmp_path / "copy" / "file").read_bytes() == b"x" * 1000
    assert not objects.download(folder / "none", tmp_path / "none")
    objects.remove(folder / "none")
    objects.remove(folder / "a")
    objects.remove_folder(folder / "inside")
    objects.remove_folder(folder / "inside")
    assert objects.names(folder) == ["b", "file"]
    assert objects.names(folder / "nowhere") == []
    assert (objects.get(folder / "a"), objects.exists(folder / "inside" / "c")) == (None, False)


def test_what_others_write_is_seen_at_once(s3: ObjectStore, folder: UPath) -> None:
    assert objects.names(folder) == []
    s3.objects["a/studio/theirs"] = b"1"
    assert objects.names(folder) == ["theirs"]
    assert objects.size(folder / "theirs") == 1
    s3.objects["a/studio/theirs"] = b"22"
    assert (objects.size(folder / "theirs"), objects.get(folder / "theirs")) == (2, b"22")


def test_more_names_than_one_page_holds_are_all_listed(s3: ObjectStore, folder: UPath) -> None:
    s3.objects.update({f"a/studio/many/{number:05d}.json": b"" for number in range(2_500)})
    assert objects.names(folder / "many") == [f"{number:05d}.json" for number in range(2_500)]


@pytest.mark.parametrize("fault", ["busy", "broken", "cut", "cut after", "half"])
def test_a_store_that_fails_for_a_while_is_waited_for(
    s3: ObjectStore, folder: UPath, tmp_path: Path, fault: Fault
) -> None:
    (tmp_path / "file").write_bytes(bytes(range(256)) * 100)
    objects.put(folder / "there", b"there")
    s3.next(*[fault] * 5)
    objects.put(folder / "new", b"new")
    s3.next(*[fault] * 5)
    assert objects.get(folder / "there") == b"there"
    s3.next(*[fault] * 5)
    assert objects.names(folder) == ["new", "there"]
    s3.next(*[fault] * 5)
    objects.upload(tmp_path / "file", folder / "file")
    s3.next(*[fault] * 5)
    assert objects.download(folder / "file", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "file").read_bytes()
    s3.next(*[fault] * 5)
    objects.remove(folder / "there")
    s3.faults.clear()
    assert set(s3.objects) == {"a/studio/new", "a/studio/file"}


def test_a_store_that_stays_away_is_said_once_the_patience_is_over(
    s3: ObjectStore, folder: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "PATIENCE_S", 0.5)
    s3.next(*["busy"] * 100_000)
    with pytest.raises(StorageUnavailable, match=r"studio/x: the storage did not serve .*Run it again"):
        objects.put(folder / "x", b"")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("wrong signature", r"refuses the keys.*AWS_SECRET_ACCESS_KEY"),
        ("full", r"storage is full.*'studio'"),
        ("late", r"clock of this machine"),
    ],
)
def test_what_no_try_can_change_is_said_at_once_with_the_setting(
    s3: ObjectStore, folder: UPath, fault: Fault, said: str
) -> None:
    for work in (
        lambda: objects.put(folder / "x", b"1"),
        lambda: objects.get(folder / "x"),
        lambda: objects.names(folder),
        lambda: objects.remove(folder / "x"),
    ):
        s3.asked.clear()
        s3.next(fault)
        with pytest.raises(StorageRefused, match=said) as caught:
            work()
        assert len(s3.asked) == 1
        assert SECRET not in str(caught.value)


def test_wrong_keys_no_keys_and_no_bucket_name_what_to_change(
    s3: ObjectStore, folder: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StorageRefused, match=r"no bucket 'elsewhere'.*VIDFACTORY_STUDIO"):
        objects.names(opened(s3, "elsewhere"))
    with pytest.raises(StorageRefused, match="no bucket 'elsewhere'"):
        objects.get(opened(s3, "elsewhere") / "x")
    s3fs.S3FileSystem.clear_instance_cache()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    with pytest.raises(StorageRefused, match=r"InvalidAccessKeyId.*AWS_ACCESS_KEY_ID") as caught:
        objects.names(opened(s3))
    assert SECRET not in str(caught.value)
    s3fs.S3FileSystem.clear_instance_cache()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(StorageRefused, match=r"no keys.*AWS_ACCESS_KEY_ID"):
        objects.names(opened(s3))


def test_of_many_that_create_one_file_one_wins_whatever_answers_are_lost(s3: ObjectStore, folder: UPath) -> None:
    def won(number: int) -> bool:
        try:
            objects.create(folder / "order.yaml", str(number).encode())
        except FileExistsError:
            return False
        return True

    s3.next(*["cut after", None] * 8)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(won, range(8)))
    assert results.count(True) == 1
    assert s3.objects["a/studio/order.yaml"] == str(results.index(True)).encode()


@pytest.mark.parametrize("fault", [None, "cut", "cut after", "busy"])
def test_a_large_file_goes_up_in_parts_and_is_there_whole_or_not_at_all(
    s3: ObjectStore, folder: UPath, tmp_path: Path, fault: Fault | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "PART_BYTES", 5 << 20)
    content = bytes(range(256)) * (50 << 10)
    (tmp_path / "film").write_bytes(content)
    s3.next(None, None, *[fault] * 7)
    objects.upload(tmp_path / "film", folder / "film")
    assert {name: stored == content for name, stored in s3.objects.items()} == {"a/studio/film": True}
    assert fault or not s3.uploads, "no part is left"
    assert any("uploadId" in asked.query for asked in s3.asked)


def test_a_file_that_is_gone_before_it_is_uploaded_is_no_fault_of_the_store(folder: UPath, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        objects.upload(tmp_path / "none", folder / "none")
