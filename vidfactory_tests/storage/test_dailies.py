"""Dailies: pieces are seen while their asset is at work on them, whole, and no longer."""

import subprocess
import sys
from pathlib import Path

import pytest
from upath import UPath

from vidfactory.storage.dailies import Dailies, at_work
from vidfactory.storage.studio import Studio

VIDEO, ASSET = "finance-a", "illustrations"


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(UPath(tmp_path / "studio"), tmp_path / "local", tmp_path / "inbox")


@pytest.fixture
def dailies(studio: Studio) -> Dailies:
    return Dailies(studio, VIDEO, ASSET)


def test_a_piece_is_taken_while_its_asset_is_at_work(studio: Studio, dailies: Dailies, tmp_path: Path) -> None:
    assert not dailies.more_may_come()
    folder = studio.workspace(VIDEO, ASSET)
    with at_work(folder):
        assert dailies.more_may_come()
        assert not dailies.take("a.png", tmp_path / "mine.png")
        (folder / "a.png").write_bytes(b"whole")
        assert dailies.take("a.png", tmp_path / "mine.png")
        assert (tmp_path / "mine.png").read_bytes() == b"whole"
    assert not dailies.more_may_come()
    assert not dailies.take("a.png", tmp_path / "again.png")
    assert sorted(path.name for path in tmp_path.glob("*.png*")) == ["mine.png"]


def test_what_a_failed_attempt_left_is_not_taken(studio: Studio, dailies: Dailies, tmp_path: Path) -> None:
    failed = studio.workspace(VIDEO, ASSET)
    with at_work(failed):
        (failed / "a.png").write_bytes(b"old")
    with at_work(studio.workspace(VIDEO, ASSET)):
        assert dailies.more_may_come()
        assert not dailies.take("a.png", tmp_path / "mine.png")


def test_another_video_and_another_asset_are_none_of_its_business(studio: Studio, dailies: Dailies) -> None:
    with at_work(studio.workspace("finance-b", ASSET)), at_work(studio.workspace(VIDEO, "charts")):
        assert not dailies.more_may_come()


def test_once_it_is_stored_and_its_workspace_gone_nothing_more_comes(studio: Studio, dailies: Dailies) -> None:
    with at_work(studio.workspace(VIDEO, ASSET)):
        studio.discard(VIDEO, ASSET)
        assert not dailies.more_may_come()
    assert not studio.workspaces(VIDEO, ASSET).exists()


WORKING = """
import sys, time
from pathlib import Path
from vidfactory.storage.dailies import at_work

with at_work(Path(sys.argv[1])):
    print("at work", flush=True)
    time.sleep(600)
"""


def test_nobody_waits_for_one_that_was_killed(studio: Studio, dailies: Dailies) -> None:
    folder = studio.workspace(VIDEO, ASSET)
    with subprocess.Popen([sys.executable, "-c", WORKING, str(folder)], stdout=subprocess.PIPE) as working:
        assert working.stdout
        working.stdout.readline()
        assert dailies.more_may_come()
        working.kill()
    assert not dailies.more_may_come()
