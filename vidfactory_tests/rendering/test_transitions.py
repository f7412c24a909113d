"""Transitions: from one picture to the other without a jump, in every direction."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from vidfactory.drawing.type import font
from vidfactory.drawing.typesetting import png_bytes
from vidfactory.rendering.layers import ease_in_out
from vidfactory.rendering.sprite import Sprite
from vidfactory.rendering.transitions import changed, nothing_like
from vidfactory.schema.motion import Direction, TransitionType
from vidfactory.schema.plan import Transition
from vidfactory_tests.drawing.likeness import assert_like_golden

DIRECTIONS: tuple[Direction, ...] = ("left", "right", "up", "down")
KINDS: tuple[TransitionType, ...] = ("fade", "slide", "wipe", "zoom")
WIDTH, HEIGHT = 120, 84


def lettered(text: str, ground: str, ink: str) -> Sprite:
    """A hatched card with one large letter."""
    image = Image.new("RGB", (WIDTH, HEIGHT), ground)
    pen = ImageDraw.Draw(image)
    for at in range(0, WIDTH + HEIGHT, 8):
        pen.line((at, 0, at - HEIGHT, HEIGHT), fill=ink, width=1)
    pen.text(
        (WIDTH / 2, HEIGHT / 2), text, font=font("anton", 64), fill=ink, anchor="mm", stroke_width=6, stroke_fill=ground
    )
    return Sprite.of(image)


A, B = lettered("A", "#f6f0e4", "#14110f"), lettered("B", "#14110f", "#ffc629")


def difference(one: Sprite, other: Sprite) -> float:
    planes = zip((one.y, one.u, one.v), (other.y, other.u, other.v), strict=True)
    return max(float(np.abs(a.astype(float) - b).mean()) for a, b in planes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_transition_begins_at_the_one_and_ends_at_the_other(kind: TransitionType, direction: Direction) -> None:
    assert difference(changed(A, B, kind, direction, 0.0), A) == 0
    assert difference(changed(A, B, kind, direction, 1.0), B) == 0


def shaded(*, rises: bool) -> Sprite:
    """Brightness runs evenly from corner to corner, so that a small move is a small difference."""
    across, down = np.meshgrid(np.linspace(0, 127, WIDTH), np.linspace(0, 127, HEIGHT))
    grey = across + down if rises else 255 - across - down
    return Sprite.of(Image.fromarray(np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)))


DAWN, DUSK = shaded(rises=True), shaded(rises=False)


@pytest.mark.parametrize("kind", KINDS)
@given(direction=st.sampled_from(DIRECTIONS), frames=st.integers(1, 90), data=st.data())
def test_no_transition_jumps(kind: TransitionType, direction: Direction, frames: int, data: st.DataObject) -> None:
    """From the last frame of the one to the first of the other no step is larger than its share of the way.

    Two pixels are allowed on top, because edges stand on even ones.
    """
    at = data.draw(st.sampled_from([0, frames]) | st.integers(0, frames))
    earlier, later = (ease_in_out(step / (frames + 1)) for step in (at, at + 1))
    change = difference(*(changed(DAWN, DUSK, kind, direction, share) for share in (earlier, later)))
    assert change <= 255 * (2 * (later - earlier) + 2 / HEIGHT) + 1


@pytest.mark.parametrize("kind", ["slide", "wipe"])
@given(direction=st.sampled_from(DIRECTIONS), share=st.floats(0, 1))
def test_luma_and_chroma_part_in_one_place(kind: TransitionType, direction: Direction, share: float) -> None:
    red, green = (Sprite.of(Image.new("RGB", (WIDTH, HEIGHT), colour)) for colour in ("#e00000", "#00a000"))
    shown = changed(red, green, kind, direction, share)
    luma = shown.y[::2, ::2] == green.y[0, 0]
    assert (luma == (shown.y[1::2, 1::2] == green.y[0, 0])).all()
    assert (luma == (shown.v == green.v[0, 0])).all()
    assert abs(luma.mean() - share) < 0.03


@pytest.mark.parametrize(
    ("direction", "bright"),
    [("left", np.s_[:, -20:]), ("right", np.s_[:, :20]), ("up", np.s_[-20:]), ("down", np.s_[:20])],
)
@pytest.mark.parametrize("kind", ["slide", "wipe"])
def test_the_entering_picture_comes_from_where_it_moves_away(
    kind: TransitionType, direction: Direction, bright: tuple[slice, ...]
) -> None:
    black, white = (Sprite.of(Image.new("RGB", (WIDTH, HEIGHT), colour)) for colour in ("black", "white"))
    shown = changed(black, white, kind, direction, 0.3).y
    assert shown[bright].min() == white.y[0, 0]
    assert 0.25 < (shown == white.y[0, 0]).mean() < 0.35


def test_a_slide_moves_both_pictures_and_a_wipe_neither() -> None:
    slid, wiped = (changed(A, B, kind, "left", 0.5) for kind in ("slide", "wipe"))
    assert (slid.y[:, :60] == A.y[:, 60:]).all()
    assert (slid.y[:, 60:] == B.y[:, :60]).all()
    assert (wiped.y[:, :60] == A.y[:, :60]).all()
    assert (wiped.y[:, 60:] == B.y[:, 60:]).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_nothing_is_transparent_on_its_side_of_a_transition(kind: TransitionType, direction: Direction) -> None:
    coming = changed(nothing_like(B), B, kind, direction, 0.5)
    assert coming.alpha is not None
    share = {"zoom": 0.25}.get(kind, 0.5)
    assert abs(coming.alpha.luma.mean() / 255 - share) < 0.05
    assert abs(coming.alpha.chroma.mean() / 255 - share) < 0.05
    before = changed(nothing_like(B), B, kind, direction, 0.0)
    assert before.alpha is not None
    assert before.alpha.luma.max() == 0


def test_transitions_of_older_plans_load() -> None:
    for kind in ("cut", "fade"):
        loaded = Transition.model_validate({"type": kind, "duration_frames": 15})
        assert (loaded.type, loaded.direction) == (kind, "left")


def sheet(rows: Sequence[Sequence[Sprite]]) -> bytes:
    """Pictures side by side, in grey."""
    lines = [np.hstack([np.pad(shown.y, 6, constant_values=128) for shown in row]) for row in rows]
    return png_bytes(Image.fromarray(np.vstack(lines)))


@pytest.mark.parametrize("kind", ["fade", "zoom"])
def test_a_transition_looks_as_it_did(kind: TransitionType, request: pytest.FixtureRequest) -> None:
    moments = [changed(A, B, kind, "left", share) for share in (0.25, 0.5, 0.75)]
    assert_like_golden(sheet([moments]), f"transition_{kind}", request.config)


@pytest.mark.parametrize("kind", ["slide", "wipe"])
def test_a_transition_looks_as_it_did_in_every_direction(kind: TransitionType, request: pytest.FixtureRequest) -> None:
    halves = [changed(A, B, kind, direction, 0.4) for direction in DIRECTIONS]
    assert_like_golden(sheet([halves[:2], halves[2:]]), f"transition_{kind}", request.config)
