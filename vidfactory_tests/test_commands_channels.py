"""What people see of channels: all of them with how they stand now, and a file that is none with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vidfactory import terminal
from vidfactory.cli import app

FREE = "name: Free\nbudget: 0\nhours: {zone: Europe/Berlin}\n"
BUSY = """name: "[Busy]"
theme: night-desk
voice: calm-educator
videos_per_day: 2
hours: {begin: 00:00, end: 24:00}
sources: {queries: [a, b], feeds: [https://example.com/feed]}
budget: {video_usd: 1.5, day_usd: 4}
review: always
publisher: [library, youtube]
"""
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of channels, which the commands read."""
    channels = tmp_path / "channels"
    channels.mkdir()
    monkeypatch.setenv("VIDFACTORY_CHANNEL_FILES", str(channels))
    monkeypatch.setenv("VIDFACTORY_LOCAL", str(tmp_path / "studio"))
    return channels


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command and returns its exit code and all that it printed."""
    for console in (terminal.out, terminal.err):
        monkeypatch.setattr(console, "_width", 100)

    def ran(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, list(words))
        return result.exit_code, result.output

    return ran


def test_a_channel_is_shown_with_what_it_may_do(folder: Path, run: Run) -> None:
    (folder / "free.yaml").write_text(FREE, encoding="utf-8")
    (folder / "busy.yaml").write_text(BUSY, encoding="utf-8")
    code, said = run("channels")
    assert code == 0
    for part in ("[Busy]", "look night-desk", "2 videos a day", "at any hour", "from 2 queries, 1 feed", "to library,"):
        assert part in said
    for part in ("$1.50 a video", "$4.00 a day", "review: always", "open now"):
        assert part in said
    for part in ("nothing: it makes only", "Europe/Berlin", "what is ordered", "1 video a day"):
        assert part in said


def test_a_refused_file_is_told_and_the_others_are_shown(folder: Path, run: Run) -> None:
    (folder / "free.yaml").write_text(FREE, encoding="utf-8")
    (folder / "bad.yaml").write_text("name: x\nvideo_per_day: 3\n", encoding="utf-8")
    code, said = run("channels")
    assert code == 2
    assert "Free" in said
    assert "bad.yaml, line 2, video_per_day: there is no field" in said


def test_no_channels_says_where_to_put_one(folder: Path, run: Run) -> None:
    assert run("channels") == (0, f"No channels yet. Add one: {folder / 'ID.yaml'}\n")


def test_a_paused_channel_is_not_open(folder: Path, run: Run) -> None:
    (folder / "rest.yaml").write_text("videos_per_day: 0\n", encoding="utf-8")
    _, said = run("channels")
    assert "paused" in said
    assert "open now" not in said


def test_a_file_can_be_checked_before_it_lies_with_the_others(tmp_path: Path, folder: Path, run: Run) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(FREE, encoding="utf-8")
    code, said = run("channels", "check", str(path))
    assert code == 0
    assert "mine" in said
    assert f"once it lies in {folder}" in said
    path.write_text("theme: pink\n", encoding="utf-8")
    code, said = run("channels", "check", str(path))
    assert code == 2
    assert "line 1, theme: there is no theme 'pink'" in said


def test_the_doctor_names_channels_and_refused_files(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from vidfactory.doctor import _channels  # noqa: PLC0415 - the whole examination speaks and looks for a browser
    from vidfactory.settings import read_settings  # noqa: PLC0415 - with this folder

    (folder / "free.yaml").write_text(FREE, encoding="utf-8")
    finding = _channels(read_settings())
    assert finding.good
    assert "free" in finding.uses
    (folder / "bad.yaml").write_text("[", encoding="utf-8")
    finding = _channels(read_settings())
    assert not finding.good
    assert "bad.yaml, line 1" in finding.remedy
