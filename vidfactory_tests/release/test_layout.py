"""The folder that people see: the right names, and never half of it."""

import json
import threading
from pathlib import Path

import pytest

from vidfactory.errors import BadInput
from vidfactory.release.layout import edition_in, lay_out
from vidfactory.schema.base import Artifact
from vidfactory.schema.release import Package
from vidfactory_tests.release.finished import packed, screenplay

FILES = {
    *("video.mp4", "thumbnail.png", "thumbnail_vertical.png", "thumbnails/b.png", "captions.srt", "captions.vtt"),
    *("words.json", "title.txt", "description.txt", "tags.txt", "chapters.txt", "manifest.json", "timeline.otio"),
    *(f"media/illustrations-0{number}_{name}.png" for number, name in ((1, "hook"), (2, "post"), (3, "close"))),
    *("media/backdrop-backdrop.png", "media/cards-post.png", "media/charts-chart_goog.png", "media/ticker-ticker.png"),
    *("media/narration-narration.mp3", "media/soundtrack-music.flac"),
}


@pytest.fixture
def later(made: dict[str, Artifact], tmp_path: Path) -> Package:
    """A later edition with another title."""
    return packed(tmp_path, {**made, "screenplay": screenplay("Another title")}, name="later")


def test_every_file_has_a_name_that_people_understand(package: Package, tmp_path: Path) -> None:
    folder = lay_out(package, tmp_path / "library" / "finance-small")
    assert names(folder) == FILES
    assert (folder / "chapters.txt").read_text(encoding="utf-8").splitlines()[0] == "0:00 The hook"
    assert (folder / "title.txt").read_text(encoding="utf-8") == "Google lost half\n"
    assert (folder / "tags.txt").read_text(encoding="utf-8") == "Google, stock market\n"
    assert (folder / "video.mp4").read_bytes() == package.video.path.read_bytes()
    assert [path.name for path in folder.parent.iterdir()] == ["finance-small"]


def test_an_older_edition_is_replaced_whole(package: Package, later: Package, tmp_path: Path) -> None:
    folder = lay_out(package, tmp_path / "out")
    (folder / "thumbnails" / "b.png").rename(folder / "thumbnails" / "of_old.png")
    assert edition_in(folder) == package.edition
    lay_out(later, folder)
    assert edition_in(folder) == later.edition != package.edition
    assert names(folder) == FILES
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_a_person_keeps_in_a_folder_is_not_lost(package: Package, tmp_path: Path) -> None:
    theirs = tmp_path / "documents" / "letter.txt"
    theirs.parent.mkdir()
    theirs.write_text("dear")
    with pytest.raises(BadInput, match=r"letter\.txt"):
        lay_out(package, theirs.parent)
    exported = lay_out(package, tmp_path / "out")
    (exported / "my edit.kdenlive").write_text("hours of work")
    with pytest.raises(BadInput, match="my edit"):
        lay_out(package, exported)
    assert theirs.exists()
    assert (exported / "my edit.kdenlive").exists()


def test_a_file_in_the_way_is_named(package: Package, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(BadInput, match="it is a file"):
        lay_out(package, tmp_path / "out")


def test_an_empty_folder_and_one_behind_a_link_are_filled(package: Package, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    assert lay_out(package, tmp_path / "link") == tmp_path / "empty"
    assert names(tmp_path / "empty") == FILES
    assert (tmp_path / "link").is_symlink()


def test_a_failure_in_the_middle_leaves_the_old_edition(package: Package, later: Package, tmp_path: Path) -> None:
    folder = lay_out(package, tmp_path / "out")
    gone = later.timeline_media[-1].model_copy(update={"path": tmp_path / "gone.flac"})
    broken = later.model_copy(update={"timeline_media": (*later.timeline_media[:-1], gone)})
    with pytest.raises(FileNotFoundError):
        lay_out(broken, folder)
    assert edition_in(folder) == package.edition
    assert names(folder) == FILES
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_of_many_that_write_at_once_one_edition_is_left_whole(package: Package, later: Package, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    threads = [threading.Thread(target=lay_out, args=(each, folder)) for each in (package, later) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(folder) == FILES
    title = json.loads((folder / "manifest.json").read_bytes())["title"]
    assert (folder / "title.txt").read_text(encoding="utf-8").strip() == title
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
