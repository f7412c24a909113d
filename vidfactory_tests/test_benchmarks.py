"""The benchmark's own measures: a race is worth what its clock and its scales are."""

import ast
import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.alignment import compared
from benchmarks.contestant import batches, one_encoder
from benchmarks.likeness import different_settings, likenesses, moments, ssim, x264_settings
from benchmarks.race import ROOT, tree_bytes
from benchmarks.reference import STRIP_PX, reference
from benchmarks.report import Clocked, Figure, Report, Section, Stretch, at_least, at_most, markdown
from benchmarks.stored import Reference
from benchmarks.storyboard import storyboard
from vidfactory.ports import SpokenWord
from vidfactory.rendering.encode import Encoder, encode_frames
from vidfactory.rendering.plan_check import check_plan
from vidfactory.schema.base import Size
from vidfactory.schema.theme import Theme
from vidfactory.themes import load_theme

THEME = load_theme("finance")
SIDE = Size(width=256, height=256)
MIB = 2**20


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return reference(THEME, 20.0, 3, tmp_path_factory.mktemp("reference"))


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (SIDE.height, SIDE.width), np.uint8)


def grey_film(path: Path, encoder: Encoder, frames: int = 3) -> Path:
    picture = np.full((SIDE.height * 3 // 2, SIDE.width), 128, np.uint8)
    pictures = [av.VideoFrame.from_ndarray(picture, format="yuv420p") for _ in range(frames)]
    encode_frames(path, SIDE, 30, encoder, pictures)
    return path


def test_a_picture_is_wholly_like_itself_and_not_at_all_like_noise() -> None:
    assert ssim(noise(1), noise(1)) == pytest.approx(1)
    assert abs(ssim(noise(1), noise(2))) < 0.1


def test_likeness_falls_with_the_noise_that_is_added() -> None:
    picture = np.tile(np.linspace(0, 255, SIDE.width, dtype=np.uint8), (SIDE.height, 1))
    values = [ssim(picture, (picture // 2 + noise(1) // share).astype(np.uint8)) for share in (32, 8, 4)]
    assert values == sorted(values, reverse=True)


def test_films_are_compared_frame_by_frame_as_far_as_both_go(tmp_path: Path) -> None:
    one, longer = (grey_film(tmp_path / f"{n}.mp4", Encoder(), n) for n in (3, 4))
    assert likenesses(one, one, [0, 2]) == pytest.approx([1, 1])
    with pytest.raises(ValueError, match="ends before frame 99"):
        likenesses(one, longer, [99])


def test_encoder_settings_are_read_back_from_the_film(tmp_path: Path) -> None:
    film = grey_film(tmp_path / "film.mp4", Encoder(preset="veryfast", quality=21, key_frame_s=2.0))
    assert x264_settings(film)["crf"] == "21.0"
    assert x264_settings(film)["keyint"] == "60"


def test_a_word_is_off_by_its_start_and_lost_without_a_time() -> None:
    true = [SpokenWord(0, 1.0, 1.5), SpokenWord(1, 2.0, 2.5), SpokenWord(2, 3.0, 3.5)]
    found = compared([SpokenWord(0, 0.91, 1.0), SpokenWord(2, 2.88, 3.0)], true, later_s=0.1)
    assert found.off_ms == pytest.approx([10, 20])
    assert (found.words, found.lost) == (3, 1)


def test_threads_are_no_different_setting_but_quality_is(tmp_path: Path) -> None:
    one, threads, better = (
        grey_film(tmp_path / f"{n}.mp4", encoder)
        for n, encoder in enumerate((Encoder(), one_encoder(Encoder(), 2), Encoder(quality=10)))
    )
    assert different_settings(one, threads) == {}
    assert different_settings(one, better) == {"crf": ("18.0", "10.0")}


def test_moments_lie_in_the_film_and_in_the_middle_of_every_fade(short: Reference) -> None:
    found = moments(short.plan, short.plan.video_metadata.duration_frames)
    assert len(found) >= 24
    assert found == sorted(set(found))
    assert 0 <= found[0] <= found[-1] < short.plan.video_metadata.duration_frames
    assert {scene.start_frame + scene.transition.duration_frames // 2 for scene in short.plan.scenes} <= set(found)


def test_the_reference_is_a_sound_plan_with_all_its_files(short: Reference) -> None:
    check_plan(short.plan, THEME)
    assert all(path.exists() for path in short.files.values())
    assert len(short.plan.captions) == 50
    assert short.plan.ticker is not None
    assert _width(short.files[short.plan.ticker.source.sha256]) == STRIP_PX


def test_the_reference_comes_back_as_it_was_stored(short: Reference, tmp_path: Path) -> None:
    short.save(tmp_path / "film.json")
    assert Reference.load(tmp_path / "film.json") == short


def test_the_storyboard_covers_the_film_without_a_gap(short: Reference, tmp_path: Path) -> None:
    board = storyboard(short, THEME, Encoder(), 2, tmp_path)
    length_s = short.plan.video_metadata.duration_seconds
    for spans in (board["panel"]["shots"], board["alternator"]["turns"], board["captions"]["pages"]):
        assert spans[0]["start_s"] == 0
        assert spans[-1]["end_s"] == pytest.approx(length_s)
        assert all(before["end_s"] >= after["start_s"] for before, after in pairwise(spans))
        assert all(Path(span["file"]).exists() for span in spans)


def test_a_zoom_of_the_storyboard_always_fills_the_panel(short: Reference, tmp_path: Path) -> None:
    shots = storyboard(short, THEME, Encoder(), 2, tmp_path)["panel"]["shots"]
    inner = THEME.panel.width - 2 * THEME.panel_frame_px
    assert all(_width(Path(shot["file"])) * min(shot["zoom_from"], shot["zoom_to"]) >= inner for shot in shots)
    assert all(_zoomed_by(shot) == pytest.approx(1 + _share(THEME)) for shot in shots)


def test_moviepys_side_knows_nothing_of_vidfactory() -> None:
    tree = ast.parse((ROOT / "benchmarks" / "moviepy_film.py").read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert "moviepy" in imported
    assert not imported & {"vidfactory", "benchmarks"}


@given(frames=st.integers(1, 5000), at_once=st.integers(1, 700))
def test_batches_hold_every_frame_once_and_in_order(frames: int, at_once: int) -> None:
    parts = batches(frames, at_once)
    assert [number for part in parts for number in part] == list(range(frames))
    assert max(map(len, parts)) <= at_once


def test_memory_that_is_held_is_weighed() -> None:
    before = tree_bytes(os.getpid())
    held = np.ones(64 * MIB, np.uint8)
    assert tree_bytes(os.getpid()) - before >= 0.9 * held.nbytes


def test_a_process_that_is_gone_weighs_nothing() -> None:
    assert tree_bytes(2**22 + 1) == 0


def test_a_bar_is_reached_at_the_very_value() -> None:
    assert at_least("speed", 10.0, 10.0).passed
    assert at_most("time", 1.1, 1.1).passed
    assert not at_least("speed", 9.99, 10.0).passed
    assert not at_most("time", 1.11, 1.1).passed


def test_a_report_passes_only_with_every_bar_and_says_which_is_missed() -> None:
    good, bad = at_least("speed", 11.0, 10.0), at_most("time", 1.2, 1.1)
    assert report_of(good, Figure("size", "1 MB")).passed
    assert not report_of(good, bad).passed
    page = markdown(report_of(good, bad))
    assert "| speed | 11.00 | at least 10.00 | pass |" in page
    assert "| time | 1.20 | at most 1.10 | FAIL |" in page
    assert "| us | 2.0 | 1.0 to 6.0 | 50 |" in page
    assert "| 10 | 30.0 | 3.0 | 64 |" in page


def test_a_section_stands_in_the_page_with_its_text_its_table_and_its_picture() -> None:
    section = Section("Where it went", ("step", "s"), [("film", "41.0")], "In all 95 s.", "film  ####")
    page = markdown(replace(report_of(), clocked=(), sections=(section,)))
    assert (
        "## Where it went\n\nIn all 95 s.\n\n| step | s |\n| --- | --- |\n| film | 41.0 |\n\n```\nfilm  ####\n```"
        in page
    )
    assert "Wall times" not in page


def report_of(*figures: Figure) -> Report:
    clocked = Clocked("us", 100, (6.0, 1.0, 2.0))
    return Report(("a machine",), figures, (clocked,), (Stretch(10, 30.0, 64 * MIB),), ("a note",))


def _width(picture: Path) -> int:
    with av.open(picture) as container:
        return container.streams.video[0].width


def _zoomed_by(shot: dict[str, float]) -> float:
    return max(shot["zoom_from"], shot["zoom_to"]) / min(shot["zoom_from"], shot["zoom_to"])


def _share(theme: Theme) -> float:
    return theme.motion.zoom_percent / 100
