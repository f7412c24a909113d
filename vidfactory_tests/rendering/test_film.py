"""The renderer as a whole: the same bytes however it is run, nothing done twice, nothing lost."""

import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

import av
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from vidfactory.errors import BadInput, VidfactoryError
from vidfactory.rendering import pool, quality
from vidfactory.rendering.audio import decode
from vidfactory.rendering.encode import Encoder, EncoderFailed
from vidfactory.rendering.film import Film, Renderer, sound_name
from vidfactory.rendering.frames import frames_at
from vidfactory.rendering.pool import Progress
from vidfactory.rendering.quality import Encoding
from vidfactory.rendering.segment_cache import SegmentCache
from vidfactory.schema.base import SAMPLE_RATE
from vidfactory.schema.plan import ProductionPlan
from vidfactory_tests.rendering.tiny import FPS, THEME, TinyStudio

COLOURS = ["#600000", "#006000", "#000060", "#606000"]
LENGTHS = [40, 30, 130, 25]
FADE = 10


class Room:
    """A tiny plan, and a renderer with a cache of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tiny = TinyStudio(folder / "tiny")
        self.plan = self.tiny.plan(COLOURS, LENGTHS, FADE)
        self.cache = SegmentCache(folder / "cache", limit_bytes=10**9)
        self.reports: list[Progress] = []

    def render(
        self, plan: ProductionPlan | None = None, *, workers: int = 1, cache: SegmentCache | None = None
    ) -> Film:
        workspace = self.folder / f"work{len(list(self.folder.iterdir()))}"
        workspace.mkdir()
        renderer = Renderer(cache or self.cache, workers)
        return renderer.render(plan or self.plan, THEME, self.tiny.files, workspace, self.reports.append)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_a_plan_becomes_a_film_of_its_length_and_nothing_else(room: Room) -> None:
    film = room.render()
    assert film.frames == sum(LENGTHS)
    assert [path.name for path in film.path.parent.iterdir()] == ["video.mp4"]
    with av.open(film.path) as container:
        assert container.streams.video[0].frames == film.frames
        assert container.streams.audio[0].rate == SAMPLE_RATE
    assert room.reports[-1].done == room.reports[-1].total == film.frames
    assert room.reports[-1].left_s == 0
    assert film.tally.peak_bytes > 2**20
    assert (film.tally.kept, film.refused) == (0, ())


def test_the_bytes_are_the_same_with_one_process_or_several(room: Room, tmp_path: Path) -> None:
    films = [room.render(workers=n, cache=SegmentCache(tmp_path / f"cache{n}", 10**9)) for n in (1, 3)]
    assert films[0].path.read_bytes() == films[1].path.read_bytes()


def test_a_film_that_did_not_change_is_only_joined(room: Room) -> None:
    first = room.render()
    again = room.render()
    assert again.tally.kept == again.tally.segments
    assert again.path.read_bytes() == first.path.read_bytes()
    assert again.loudness == first.loudness


def test_after_one_picture_changed_only_its_segments_are_rendered(room: Room) -> None:
    first = room.render()
    scene = room.plan.scenes[1]
    assert scene.main_content is not None
    other = room.tiny.picture("other", "#ffffff", THEME.illustration_size)
    content = scene.main_content.model_copy(update={"source": other})
    scenes = list(room.plan.scenes)
    scenes[1] = scene.model_copy(update={"main_content": content})
    film = room.render(room.plan.model_copy(update={"scenes": tuple(scenes)}))
    assert film.tally.segments - film.tally.kept == 3
    before, after = (frames_at(path, [20, 60, 150]) for path in (first.path, film.path))
    unchanged = [bool(np.array_equal(a, b)) for a, b in zip(before, after, strict=True)]
    assert unchanged == [True, False, True]


def test_a_segment_that_was_damaged_in_the_cache_is_rendered_again(room: Room) -> None:
    first = room.render()
    damaged = max(room.cache.folder.glob("*.mp4"), key=lambda path: path.stat().st_size)
    damaged.write_bytes(damaged.read_bytes()[:300])
    again = room.render()
    assert again.tally.kept == again.tally.segments - 1
    assert again.path.read_bytes() == first.path.read_bytes()


def test_what_was_rendered_ahead_is_found_by_the_whole_film(room: Room, tmp_path: Path) -> None:
    content = room.plan.scenes[1].main_content
    assert content is not None
    kept = ahead(room, content.source.sha256)
    assert kept == sum(LENGTHS) - LENGTHS[1] - FADE
    [sound] = room.cache.folder.glob("*.m4a")
    mixed = sound.stat().st_ino
    film = room.render()
    assert film.tally.segments - film.tally.kept == 3
    assert sound.stat().st_ino == mixed, "the sound was made once more"
    alone = room.render(cache=SegmentCache(tmp_path / "another cache", 10**9))
    assert film.path.read_bytes() == alone.path.read_bytes()


def test_who_renders_ahead_begins_nothing_when_the_cores_are_wanted_elsewhere(room: Room) -> None:
    seen: list[int] = []

    def wanted_elsewhere() -> bool:
        seen.append(len(list(room.cache.folder.glob("*.mp4"))))
        return seen[-1] >= 1

    ahead(room, "0" * 64, wanted_elsewhere)
    segments = len(list(room.cache.folder.glob("*.mp4")))
    assert 1 <= segments <= 3, "those that had begun are finished"
    assert room.render().tally.kept == segments


def ahead(room: Room, unknown: str, wanted_elsewhere: Callable[[], bool] = bool) -> int:
    folder = room.folder / "ahead"
    folder.mkdir()
    frames = Renderer(room.cache, 2).render_ahead(room.plan, THEME, room.tiny.files, folder, unknown, wanted_elsewhere)
    assert list(folder.iterdir()) == []
    return frames


@pytest.mark.parametrize("kind", ["m4a", "json"])
def test_a_sound_that_was_damaged_in_the_cache_is_made_again(room: Room, kind: str) -> None:
    first = room.render()
    [kept] = room.cache.folder.glob(f"*.{kind}")
    kept.write_bytes(kept.read_bytes()[:20])
    again = room.render()
    assert again.path.read_bytes() == first.path.read_bytes()
    assert again.loudness == first.loudness


@pytest.mark.parametrize(
    "change",
    [
        {"audio": {"narration": {"volume": 0.5}}},
        {"audio": {"narration": {"start": 480}}},
        {"audio": {"narration": {"source": {"sha256": "b" * 64}}}},
        {"audio": {"music": {"source": {"file": "m", "sha256": "c" * 64}}}},
        {"video_metadata": {"duration_frames": 226}},
        {"scenes": [{"words": [{"shown": "a", "spoken": "a", "beat": 0, "start": 1, "end": 9, "timing": "exact"}]}]},
    ],
    ids=["volume", "start", "narration", "music", "length", "words"],
)
def test_all_that_is_heard_is_in_the_sounds_name(room: Room, change: dict[str, Any]) -> None:
    other = ProductionPlan.model_validate(_merged(room.plan.model_dump(), change))
    assert sound_name(other, THEME.mix, 192_000) != sound_name(room.plan, THEME.mix, 192_000)


def test_levels_and_bit_rate_are_in_the_sounds_name_and_what_is_only_seen_is_not(room: Room) -> None:
    base = sound_name(room.plan, THEME.mix, 192_000)
    for name in ("duck_db", "target_lufs", "max_true_peak_dbtp"):
        assert sound_name(room.plan, THEME.mix.model_copy(update={name: -20.0}), 192_000) != base
    assert sound_name(room.plan, THEME.mix, 128_000) != base
    assert sound_name(room.plan.model_copy(update={"captions": ()}), THEME.mix, 192_000) == base


def _merged(value: Any, change: Any) -> Any:
    """`value` with what `change` says in the same places."""
    if isinstance(change, dict) and isinstance(value, dict):
        return {**value, **{name: _merged(value.get(name), part) for name, part in change.items()}}
    if isinstance(change, list) and isinstance(value, list | tuple) and value:
        return [*(_merged(one, part) for one, part in zip(value, change, strict=False)), *value[len(change) :]]
    return change


def test_the_cache_stays_under_its_limit(room: Room) -> None:
    cache = replace(room.cache, limit_bytes=20_000)
    room.render(cache=cache)
    assert sum(path.stat().st_size for path in cache.folder.iterdir()) <= 20_000
    content = room.plan.scenes[3].main_content
    assert content is not None
    room.tiny.files[content.source.sha256].write_bytes(b"no image")
    with pytest.raises(BadInput):
        room.render(cache=cache)
    assert sum(path.stat().st_size for path in cache.folder.iterdir()) <= 20_000


def test_a_narration_that_cannot_be_used_ends_the_render_before_all_is_drawn(tmp_path: Path) -> None:
    room = long_room(tmp_path)
    room.tiny.files[room.plan.audio.narration.source.sha256].write_bytes(b"no sound")
    with pytest.raises(BadInput, match=r"narration: .*narration\.flac"):
        room.render()
    assert finished_segments(room.folder) < 10


def test_times_that_cannot_be_true_are_refused_before_anything_is_rendered(room: Room) -> None:
    scenes = (room.plan.scenes[0], *room.plan.scenes[2:])
    with pytest.raises(BadInput, match="scene 3: frames 40 to 70 before it have no scene"):
        room.render(room.plan.model_copy(update={"scenes": scenes}))
    assert not room.cache.folder.exists()


def test_a_picture_that_breaks_off_is_named_and_finished_segments_are_kept(room: Room) -> None:
    content = room.plan.scenes[2].main_content
    assert content is not None
    path = room.tiny.files[content.source.sha256]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match=r"scene 3: the image .* cannot be read") as caught:
        room.render(workers=1)
    assert caught.value.where == "scene 3"
    assert not list(room.folder.glob("work*/video*"))
    path.write_bytes(whole)
    assert room.render().path.exists()


def test_the_encoding_that_served_is_recorded_and_why_the_first_did_not(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = Encoding(Encoder(preset="impossible"), 192_000)
    plan = room.plan.model_copy(update={"quality": "broadcast"})
    monkeypatch.setitem(quality.WANTED, "broadcast", (refusing, quality.WANTED["broadcast"][1]))
    film = room.render(plan)
    assert film.encoding == "libx264 medium crf 23, aac 128 kbit/s"
    assert len(film.refused) == 1
    assert "libx264 impossible crf 18 failed" in film.refused[0]
    monkeypatch.setitem(quality.WANTED, "broadcast", (refusing,))
    with pytest.raises(EncoderFailed, match="impossible"):
        room.render(plan)


def test_a_render_process_that_is_killed_is_an_error_that_says_what_to_do(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "REPORT_EVERY_S", 0.1)

    killed: list[psutil.Process] = []

    def kill_one(at: Progress) -> None:
        if not killed:
            killed.extend(child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline()))
            killed[0].kill()

    long = room.tiny.plan(COLOURS, [600] * len(COLOURS))
    workspace = room.folder / "work"
    workspace.mkdir()
    with pytest.raises(VidfactoryError, match=r"a render process ended without a word.*Run it again"):
        Renderer(room.cache, 2).render(long, THEME, room.tiny.files, workspace, kill_one)


def long_room(folder: Path) -> Room:
    """Of a film of sixteen scenes, which takes a few seconds."""
    room = Room(folder)
    room.plan = room.tiny.plan([f"#0000{n:02x}" for n in range(10, 26)], [75] * 16, FADE)
    return room


def in_a_process(script: str, *arguments: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", script, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    return subprocess.Popen(command, env=environment, start_new_session=True)


RENDERING = """
import signal, sys
from pathlib import Path
from vidfactory_tests.rendering.test_film import long_room

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored
long_room(Path(sys.argv[1])).render(workers=2)
"""


def finished_segments(folder: Path) -> int:
    return len(list((folder / "cache").glob("*.mp4")))


@pytest.mark.parametrize("finished", [1, 5, 11, 19])
def test_killed_at_any_moment_it_goes_on_where_it_stopped(tmp_path: Path, finished: int) -> None:
    killed = tmp_path / "killed"
    rendering = in_a_process(RENDERING, killed)
    while finished_segments(killed) < finished:
        assert rendering.poll() is None, "it ended before it could be killed"
        time.sleep(0.005)
    time.sleep(Random(finished).uniform(0, 0.1))
    helpers = psutil.Process(rendering.pid).children(recursive=True)
    rendering.kill()
    rendering.wait()
    _, alive = psutil.wait_procs(helpers, timeout=60)
    assert alive == [], "a render process outlived its parent"
    assert not list(killed.glob("work*/video.mp4"))
    room = long_room(killed)
    kept = finished_segments(killed)
    film = room.render()
    assert kept >= finished
    assert film.tally.kept == kept < film.tally.segments
    assert film.path.read_bytes() == whole_film().read_bytes()


def test_ctrl_c_ends_it_at_once_and_leaves_nobody_behind(tmp_path: Path) -> None:
    """As in a terminal, where the whole group of processes is interrupted, by somebody in a hurry twice."""
    rendering = in_a_process(RENDERING, tmp_path)
    while finished_segments(tmp_path) < 1:
        assert rendering.poll() is None
        time.sleep(0.005)
    helpers = psutil.Process(rendering.pid).children(recursive=True)
    for _ in range(2):
        os.killpg(rendering.pid, signal.SIGINT)
        time.sleep(0.1)
    assert rendering.wait(timeout=60) != 0
    _, alive = psutil.wait_procs(helpers, timeout=10)
    assert alive == []
    film = long_room(tmp_path).render()
    assert 0 < film.tally.kept < film.tally.segments


@cache
def whole_film() -> Path:
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder)
    return long_room(folder).render().path


FULL_DISK = """
import resource, sys
from pathlib import Path
from vidfactory.errors import VidfactoryError
from vidfactory_tests.rendering.test_film import Room

room = Room(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    room.render(workers=1)
except VidfactoryError as error:
    sys.exit(str(error))
"""


def test_a_disk_that_takes_no_more_in_mid_segment_is_named_with_the_scene(tmp_path: Path) -> None:
    """The kernel refuses any file to grow over a limit that the film's longest segment passes."""
    sizes = sorted(path.stat().st_size for path in _cached(tmp_path / "whole"))
    limit = (sizes[-1] + sizes[-2]) // 2
    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path / "small", str(limit)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"scene \d: .*it cannot be written: File too large.*raise the limit", ended.stderr), ended.stderr
    assert not list((tmp_path / "small").glob("work*/*"))


def _cached(folder: Path) -> list[Path]:
    room = Room(folder)
    room.render()
    return list(room.cache.folder.glob("*.mp4"))


MINUTES = 10
CLAPS = range(30, MINUTES * 60 - 5, 95)
"""Seconds."""
FLASH = 4
"""Frames."""


def test_picture_and_sound_are_together_after_ten_minutes(tmp_path: Path) -> None:
    """A white flash and a clap at the same moments, measured on the finished film."""
    colours, lengths = ["#000000"], [CLAPS[0] * FPS]
    for clap in CLAPS:
        until = clap + CLAPS.step if clap + CLAPS.step in CLAPS else MINUTES * 60
        colours += ["#ffffff", "#000000"]
        lengths += [FLASH, (until - clap) * FPS - FLASH]
    samples = np.zeros(MINUTES * 60 * SAMPLE_RATE, np.float32)
    for clap in CLAPS:
        samples[clap * SAMPLE_RATE : clap * SAMPLE_RATE + 480] = 0.5 * np.sin(np.arange(480))
    room = Room(tmp_path)
    plan = room.tiny.plan(colours, lengths, samples=samples)
    film = room.render(plan.model_copy(update={"captions": (), "alternator": None, "ticker": None}), workers=2)
    assert film.frames == MINUTES * 60 * FPS
    sound = np.abs(decode(film.path).samples[0])
    for clap in CLAPS:
        flash = first_bright(film.path, clap * FPS - 8)
        heard = _first_loud(sound, (clap - 1) * SAMPLE_RATE)
        assert abs(flash / FPS - heard / SAMPLE_RATE) <= 1 / FPS
        assert flash == clap * FPS


def first_bright(path: Path, first: int) -> int:
    """The first frame from `first` on whose panel is bright."""
    panel = THEME.panel
    for number, frame in enumerate(frames_at(path, list(range(first, first + 16))), start=first):
        if frame[panel.top + panel.height // 2, panel.left + panel.width // 2].mean() > 128:
            return number
    raise AssertionError(f"no flash near frame {first}")


def _first_loud(sound: NDArray[np.float32], first: int) -> int:
    window = sound[first : first + 2 * SAMPLE_RATE]
    return first + int(np.argmax(window > window.max() / 3))
