"""Layers: pictures as functions of the frame number."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from vidfactory.rendering.layers import (
    Alternating,
    Captions,
    MovingPictures,
    ScrollingStrip,
    ShotState,
    ease_in_out,
    moved,
)
from vidfactory.rendering.sprite import Sprite
from vidfactory.schema.base import Box, Frames, Size
from vidfactory.schema.plan import (
    AlternatorItem,
    CaptionPage,
    Effect,
    MainContent,
    Scene,
    Source,
    Transition,
)

PANEL = Box(left=0, top=0, width=100, height=60)
EFFECTS: tuple[Effect, ...] = ("zoom_in", "zoom_out", "pan_left", "pan_right", "pan_up", "pan_down")


def ramp(width: int, height: int) -> Sprite:
    """Brightness rises to the right, so that a place can be read from a value."""
    row = np.linspace(0, 255, width).astype(np.uint8)
    grey = np.repeat(np.tile(row, (height, 1))[..., None], 3, axis=2)
    return Sprite.of(Image.fromarray(grey))


def source(name: str) -> Source:
    return Source(file=name, sha256="0" * 64)


def scene(number: int, start: int, end: int, name: str | None, fade: int = 0) -> Scene:
    content = name and MainContent(type="illustration", source=source(name), effect="zoom_in")
    return Scene(
        scene_number=number,
        start_frame=Frames(start),
        end_frame=Frames(end),
        narration_text="",
        words=(),
        main_content=content or None,
        transition=Transition(type="fade" if fade else "cut", duration_frames=Frames(fade)),
    )


@pytest.mark.parametrize("effect", EFFECTS)
@given(progress=st.floats(0, 1))
def test_a_move_keeps_the_size_and_never_leaves_the_picture(effect: Effect, progress: float) -> None:
    picture = ramp(106, 64)
    shown = moved(picture, PANEL.size, effect, progress, 0.06)
    assert shown.size == PANEL.size
    assert shown.y.min() >= picture.y.min()
    assert shown.y.max() <= picture.y.max()


def test_a_zoom_in_begins_with_the_whole_picture_and_ends_near() -> None:
    picture = ramp(106, 64)
    first, last = (moved(picture, PANEL.size, "zoom_in", at, 0.06) for at in (0.0, 1.0))
    assert int(first.y[30, 0]) < int(last.y[30, 0])
    assert int(first.y[30, -1]) > int(last.y[30, -1])
    assert abs(int(first.y[30, 0]) - int(picture.y[0, 0])) <= 2


def test_a_zoom_out_is_a_zoom_in_backwards() -> None:
    picture = ramp(106, 64)
    there = moved(picture, PANEL.size, "zoom_in", 0.25, 0.06)
    back = moved(picture, PANEL.size, "zoom_out", 0.75, 0.06)
    assert (there.y == back.y).all()


def test_a_pan_right_moves_the_window_right() -> None:
    picture = ramp(106, 64)
    first, last = (moved(picture, PANEL.size, "pan_right", at, 0.06) for at in (0.0, 1.0))
    assert int(last.y[30, 50]) > int(first.y[30, 50])


def test_a_move_is_smooth_between_pixels() -> None:
    """No frame stands still and none jumps: a pan slower than a pixel changes each frame by about the same."""
    waves = (127 + 120 * np.sin(np.arange(1060) / 6)).astype(np.uint8)
    picture = Sprite.of(Image.fromarray(np.repeat(np.tile(waves, (64, 1))[..., None], 3, axis=2)))
    size = Size(width=1000, height=60)
    shown = [moved(picture, size, "pan_right", at / 300, 0.06).y.astype(int) for at in range(140, 160)]
    changes = [np.abs(after - before).mean() for before, after in pairwise(shown)]
    assert min(changes) > 1
    assert max(changes) < 1.3 * min(changes)


def test_easing_rests_at_both_ends() -> None:
    assert (ease_in_out(0), ease_in_out(0.5), ease_in_out(1)) == (0, 0.5, 1)
    assert ease_in_out(0.01) < 0.001


def test_a_scene_fades_in_over_the_one_before_and_then_stands_alone() -> None:
    pictures = {"a": ramp(106, 64), "b": ramp(106, 64)}
    layer = MovingPictures(PANEL, [scene(1, 0, 30, "a"), scene(2, 30, 60, "b", fade=10)], pictures, 6.0)
    states = [layer.state(frame) for frame in range(60)]
    fading = [state for state in states if isinstance(state, ShotState) and state.leaving is not None]
    assert len(fading) == 10
    shares = [state.share for state in fading]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    assert len(set(states)) == 60, "every frame of a move is its own state"


def test_a_leaving_picture_goes_on_moving() -> None:
    layer = MovingPictures(PANEL, [scene(1, 0, 30, "a"), scene(2, 30, 60, "b", fade=10)], {}, 6.0)
    progress = [
        state.leaving.progress
        for frame in range(30, 40)
        if isinstance(state := layer.state(frame), ShotState) and state.leaving
    ]
    assert progress == sorted(set(progress))
    assert progress[-1] == 1.0


def test_a_scene_without_a_picture_shows_none() -> None:
    assert MovingPictures(PANEL, [scene(1, 0, 30, None)], {}, 6.0).state(3) is None


def test_the_alternator_fades_at_the_start_of_each_turn() -> None:
    items = [
        AlternatorItem(source=source("card"), start_frame=Frames(0), end_frame=Frames(50)),
        AlternatorItem(source=source("chart"), start_frame=Frames(50), end_frame=Frames(100)),
    ]
    sprites = {"card": Sprite.of(Image.new("RGB", (100, 60))), "chart": Sprite.of(Image.new("RGB", (100, 60), "white"))}
    layer = Alternating(PANEL, items, sprites, 10)
    brightness = []
    for frame in range(100):
        state = layer.state(frame)
        assert state is not None
        brightness.append(layer.draw(state).y.mean())
    assert len(set(brightness[:50])) == 1
    assert brightness[49:61] == sorted(set(brightness[49:61]))
    assert len(set(brightness[60:])) == 1
    assert layer.state(100) is None


def strip(width: int) -> Sprite:
    noise: NDArray[np.uint8] = np.random.default_rng(3).integers(0, 255, (60, width, 3), np.uint8)
    return Sprite.of(Image.fromarray(noise))


@given(frame=st.integers(0, 5000), width=st.sampled_from([48, 96, 240]))
def test_the_ticker_moves_by_whole_pixels_and_has_no_seam(frame: int, width: int) -> None:
    layer = ScrollingStrip(PANEL, strip(width), 4)
    now, later = (layer.draw(layer.state(at)) for at in (frame, frame + 1))
    assert (now.y[:, 4:] == later.y[:, :-4]).all()
    assert (now.u[:, 2:] == later.u[:, :-2]).all()
    assert (layer.draw(layer.state(frame + width // 4)).y == now.y).all()


def test_captions_show_each_page_in_its_frames_only() -> None:
    pages = [
        CaptionPage(text="ONE", start_frame=Frames(2), end_frame=Frames(4)),
        CaptionPage(text="TWO", start_frame=Frames(5), end_frame=Frames(6)),
    ]
    layer = Captions(PANEL, pages, {})
    assert [layer.state(frame) for frame in range(7)] == [None, None, "ONE", "ONE", None, "TWO", None]
