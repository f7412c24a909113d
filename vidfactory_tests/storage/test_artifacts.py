"""The artifact store: whole or not at all, and honest about holes."""

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from upath import UPath

from vidfactory.errors import DamagedArtifact, MissingArtifact, VidfactoryError
from vidfactory.schema.base import Credit, Media, Size
from vidfactory.schema.pictures import Charts, Illustrations, Picture
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.objects import write_atomically
from vidfactory.storage.studio import Studio

VIDEO = "finance-test"
HOUSE = Credit(provider="house", model="ink-1")


def picture(studio: Studio, name: str, content: bytes) -> Picture:
    path = studio.workspace(VIDEO, "illustrations") / f"{name}.png"
    path.write_bytes(content)
    return Picture(name=name, image=Media.of(path, "image/png"), size=Size(width=2, height=2), alt=name)


def illustrations(studio: Studio, **contents: bytes) -> Illustrations:
    pictures = tuple(picture(studio, name, content) for name, content in contents.items())
    return Illustrations(pictures=pictures, made_by=HOUSE)


def test_what_is_saved_is_loaded_with_its_files(store: ArtifactStore) -> None:
    made = illustrations(store.studio, one=b"1", two=b"22")
    store.save(VIDEO, "illustrations", made)
    loaded = store.load(VIDEO, "illustrations")
    assert loaded.content_sha256() == made.content_sha256()
    assert [media.path.read_bytes() for media in loaded.media()] == [b"1", b"22"]
    assert all(media.path.is_absolute() for media in loaded.media())


def test_an_asset_with_a_prefix_has_a_folder_of_its_own(store: ArtifactStore) -> None:
    folder = store.save(VIDEO, "finance/charts", Charts(pictures=()))
    assert folder == UPath(store.studio.root) / "videos" / VIDEO / "finance" / "charts"
    assert json.loads((folder / "artifact.json").read_text())["schema_version"] == "charts/1"


def test_the_hash_of_the_content_does_not_depend_on_the_folder(store: ArtifactStore) -> None:
    first, second = illustrations(store.studio, one=b"1"), illustrations(store.studio, one=b"1")
    assert first != second
    assert first.content_sha256() == second.content_sha256()
    assert first.content_sha256() != illustrations(store.studio, one=b"2").content_sha256()


def test_the_hash_of_the_content_does_not_depend_on_why_others_did_not_serve(store: ArtifactStore) -> None:
    made = illustrations(store.studio, one=b"1")
    told = made.model_copy(update={"made_by": HOUSE.model_copy(update={"instead_of": ("first: it is busy",)})})
    assert told.content_sha256() == made.content_sha256()
    elsewhere = made.model_copy(update={"made_by": HOUSE.model_copy(update={"model": "ink-2"})})
    assert elsewhere.content_sha256() != made.content_sha256()


def test_a_missing_artifact_is_a_file_not_found_that_says_what_to_do(store: ArtifactStore) -> None:
    with pytest.raises(MissingArtifact, match="vidfactory make finance-test --from narration") as caught:
        store.load(VIDEO, "narration")
    assert isinstance(caught.value, FileNotFoundError)


def test_a_deleted_file_is_named_with_the_asset_to_make_again(store: ArtifactStore) -> None:
    folder = store.save(VIDEO, "illustrations", illustrations(store.studio, one=b"1"))
    (folder / "one.png").unlink()
    with pytest.raises(DamagedArtifact, match=r"one\.png is gone.*--from illustrations"):
        store.load(VIDEO, "illustrations")


def test_an_altered_file_is_named_with_the_asset_to_make_again(store: ArtifactStore) -> None:
    folder = store.save(VIDEO, "illustrations", illustrations(store.studio, one=b"1"))
    (folder / "one.png").write_bytes(b"2")
    with pytest.raises(DamagedArtifact, match=r"one\.png was altered.*--from illustrations"):
        store.load(VIDEO, "illustrations")


@pytest.mark.parametrize(
    "content", [b"{", b"{}", b'{"schema_version": "charts/99"}', b'{"schema_version": "charts/1"}']
)
def test_json_that_is_no_artifact_is_damage(store: ArtifactStore, content: bytes) -> None:
    folder = store.save(VIDEO, "charts", Charts(pictures=()))
    (folder / "artifact.json").write_bytes(content)
    with pytest.raises(DamagedArtifact, match="--from charts"):
        store.load(VIDEO, "charts")


def test_a_save_that_fails_half_way_leaves_the_old_artifact_whole(store: ArtifactStore) -> None:
    store.save(VIDEO, "illustrations", illustrations(store.studio, one=b"1", two=b"2"))
    broken = illustrations(store.studio, one=b"changed", two=b"2")
    broken.pictures[1].image.path.unlink()
    with pytest.raises(FileNotFoundError):
        store.save(VIDEO, "illustrations", broken)
    whole = store.load(VIDEO, "illustrations")
    assert [media.path.read_bytes() for media in whole.media()] == [b"1", b"2"]
    assert not list(store.studio.artifact_folder(VIDEO, "illustrations").glob(".*"))


def test_files_of_the_version_before_are_removed(store: ArtifactStore) -> None:
    store.save(VIDEO, "illustrations", illustrations(store.studio, one=b"1", two=b"2"))
    folder = store.save(VIDEO, "illustrations", illustrations(store.studio, one=b"1"))
    assert sorted(path.name for path in folder.iterdir()) == ["artifact.json", "one.png"]


def test_a_full_disk_is_an_error_that_says_so_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VidfactoryError, match="free some space"):
        write_atomically(tmp_path / "order.yaml", b"posts: x")
    assert list(tmp_path.iterdir()) == []


def test_artifacts_live_on_an_object_store_too(tmp_path: Path) -> None:
    studio = Studio(root=UPath("memory://studio-test"), local=tmp_path, inbox=tmp_path / "inbox")
    store = ArtifactStore(studio)
    made = illustrations(studio, one=b"1")
    store.save(VIDEO, "illustrations", made)
    loaded = store.load(VIDEO, "illustrations")
    (media,) = loaded.media()
    assert media.path.read_bytes() == b"1"
    assert media.path.is_relative_to(studio.scratch)
    media.path.write_bytes(b"2")
    with pytest.raises(DamagedArtifact, match="was altered"):
        store.load(VIDEO, "illustrations")
    assert [mended.path.read_bytes() for mended in store.load(VIDEO, "illustrations").media()] == [b"1"]


def test_an_artifact_without_one_of_its_files_is_not_there(store: ArtifactStore) -> None:
    folder = store.save(VIDEO, "illustrations", illustrations(store.studio, one=b"1"))
    assert store.exists(VIDEO, "illustrations")
    (folder / "one.png").unlink()
    assert not store.exists(VIDEO, "illustrations")
    (folder / "one.png").write_bytes(b"1")
    (folder / "artifact.json").write_bytes(b"{")
    assert not store.exists(VIDEO, "illustrations")


def test_of_many_writers_of_a_new_file_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "order.yaml"

    def write(number: int) -> bool:
        try:
            write_atomically(path, str(number).encode(), new=True)
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(write, range(32)))
    assert won.count(True) == 1
    assert path.read_text() == str(won.index(True))
    assert [left.name for left in tmp_path.iterdir()] == ["order.yaml"]


def test_discarding_removes_the_workspaces_of_one_asset(studio: Studio) -> None:
    folders = [studio.workspace(VIDEO, "finance/tweets") for _ in range(2)]
    other = studio.workspace(VIDEO, "brief")
    studio.discard(VIDEO, "finance/tweets")
    assert not any(folder.exists() for folder in folders)
    assert other.exists()
