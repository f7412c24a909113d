"""Sprites and the compositor: right colours, and the same picture however little is redrawn."""

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from vidfactory.errors import BadInput
from vidfactory.rendering.compositor import Compositor, Placed
from vidfactory.rendering.sprite import Sprite, crossfade, image_size, open_image
from vidfactory.schema.base import Size

FRAME = Size(width=32, height=24)


def plain(colour: tuple[int, ...], width: int = 8, height: int = 8) -> Sprite:
    return Sprite.of(Image.new("RGBA", (width, height), colour))


@dataclass(frozen=True, eq=False)
class Slides:
    """A layer that shows one sprite after another, each at its own place; `drawn` notes what was drawn."""

    left: int
    top: int
    sprites: list[Sprite | None]
    drawn: list[int]
    step: int = 0
    identity: str = "slides"

    def state(self, frame: int) -> Hashable | None:
        index = frame % len(self.sprites)
        return None if self.sprites[index] is None else index

    def draw(self, state: Hashable) -> Placed:
        assert isinstance(state, int)
        self.drawn.append(state)
        sprite = self.sprites[state]
        assert sprite is not None
        return Placed(sprite, self.left + state * self.step, self.top)


def slides(left: int, top: int, *sprites: Sprite | None, step: int = 0) -> Slides:
    return Slides(left, top, list(sprites), [], step)


def ground() -> Slides:
    return slides(0, 0, plain((200, 180, 160, 255), FRAME.width, FRAME.height))


def shown(compositor: Compositor) -> NDArray[np.uint8]:
    return np.asarray(compositor.frame.to_ndarray(), dtype=np.uint8)


@pytest.mark.parametrize(
    ("colour", "yuv"),
    [
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
def test_colours_are_bt709_in_limited_range(colour: tuple[int, ...], yuv: tuple[int, ...]) -> None:
    sprite = plain((*colour, 255))
    assert np.allclose([plane.mean() for plane in (sprite.y, sprite.u, sprite.v)], yuv, atol=1)


def test_an_opaque_picture_has_no_alpha_and_odd_edges_become_even() -> None:
    assert plain((1, 2, 3, 255)).alpha is None
    assert plain((1, 2, 3, 255), 7, 5).size == Size(width=8, height=6)


def test_half_transparent_pixels_are_half_of_each() -> None:
    compositor = Compositor(FRAME, [ground(), slides(0, 0, plain((0, 0, 0, 128)))])
    compositor.draw(0)
    bare = Compositor(FRAME, [ground()])
    bare.draw(0)
    assert shown(compositor)[0, 0] == pytest.approx((shown(bare)[0, 0] + 16) / 2, abs=1)
    assert (shown(compositor)[8:24] == shown(bare)[8:24]).all()


def test_nothing_is_drawn_again_while_no_state_changes() -> None:
    layer = slides(0, 0, plain((9, 9, 9, 255)))
    compositor = Compositor(FRAME, [ground(), layer])
    for frame in range(5):
        compositor.draw(frame)
    assert layer.drawn == [0]


def test_what_a_layer_covered_comes_back_when_it_goes() -> None:
    bare = Compositor(FRAME, [ground()])
    bare.draw(0)
    compositor = Compositor(FRAME, [ground(), slides(8, 8, plain((0, 0, 0, 255)), None)])
    compositor.draw(0)
    assert (shown(compositor) != shown(bare)).any()
    compositor.draw(1)
    assert (shown(compositor) == shown(bare)).all()


@given(
    places=st.lists(st.tuples(st.integers(-5, 17), st.integers(-5, 13), st.integers(-3, 3)), min_size=1, max_size=4),
    alphas=st.lists(st.sampled_from([0, 100, 255]), min_size=3, max_size=3),
    frames=st.lists(st.integers(0, 3), min_size=1, max_size=6),
    grounded=st.booleans(),
)
def test_redrawing_what_changed_gives_the_same_as_drawing_all(
    *, places: list[tuple[int, int, int]], alphas: list[int], frames: list[int], grounded: bool
) -> None:
    def layers() -> list[Slides]:
        sprites = [plain((40 * n, 90, 10, alpha)) for n, alpha in enumerate(alphas)]
        moving = (slides(2 * left, 2 * top, *sprites, None, step=2 * step) for left, top, step in places)
        return [*([ground()] if grounded else []), *moving]

    kept = Compositor(FRAME, layers())
    for frame in frames:
        kept.draw(frame)
    fresh = Compositor(FRAME, layers())
    fresh.draw(frames[-1])
    assert (shown(kept) == shown(fresh)).all()


def test_a_layer_that_moves_leaves_no_trace() -> None:
    bare = Compositor(FRAME, [ground()])
    bare.draw(0)
    compositor = Compositor(FRAME, [ground(), slides(0, 0, *[plain((0, 0, 0, 255))] * 3, step=6)])
    for frame in range(3):
        compositor.draw(frame)
    assert (shown(compositor)[:8, :12] == shown(bare)[:8, :12]).all()
    assert (shown(compositor)[:8, 12:20] == 16).all()


def test_what_lies_outside_the_frame_is_not_drawn() -> None:
    compositor = Compositor(
        FRAME, [ground(), slides(-4, 20, plain((0, 0, 0, 255))), slides(40, 2, plain((0, 0, 0, 9)))]
    )
    compositor.draw(0)
    assert (shown(compositor)[20:24, :4] == 16).all()
    assert (shown(compositor)[:20] != 16).all()


def test_where_nothing_is_the_frame_is_black() -> None:
    compositor = Compositor(FRAME, [slides(0, 0, plain((200, 9, 9, 128)), None)])
    compositor.draw(0)
    assert shown(compositor)[20, 20] == 16
    compositor.draw(1)
    assert (shown(compositor)[:24] == 16).all()
    assert (shown(compositor)[24:] == 128).all()


def test_an_odd_frame_is_refused() -> None:
    with pytest.raises(BadInput, match="31x24 has an odd side"):
        Compositor(Size(width=31, height=24), [])


def test_a_cross_fade_goes_from_one_to_the_other() -> None:
    black, white = plain((0, 0, 0, 255)), plain((255, 255, 255, 255))
    half = crossfade(black, white, 0.5)
    assert half.alpha is None
    assert half.y.mean() == pytest.approx((16 + 235) / 2, abs=1)
    assert (crossfade(black, white, 0.0).y == black.y).all()


@given(hidden=st.tuples(*[st.integers(0, 255)] * 3), share=st.floats(0, 1))
def test_what_hides_under_a_transparent_picture_never_shows_in_a_cross_fade(
    hidden: tuple[int, int, int], share: float
) -> None:
    """A picture of the colour of the ground goes into nothing without being seen to."""
    seen, unseen = plain((200, 180, 160, 255)), plain((*hidden, 0))
    bare = Compositor(FRAME, [ground()])
    bare.draw(0)
    for below, above in ((seen, unseen), (unseen, seen)):
        faded = Compositor(FRAME, [ground(), slides(0, 0, crossfade(below, above, share))])
        faded.draw(0)
        assert np.abs(shown(faded).astype(int) - shown(bare)).max() <= 2


@pytest.mark.parametrize("hidden", [(0, 0, 0), (0, 255, 0), (255, 255, 255)])
def test_what_hides_under_transparent_pixels_takes_no_colour_from_an_edge(hidden: tuple[int, int, int]) -> None:
    whole = plain((200, 30, 30, 255), 16, 16)
    cut = Image.new("RGBA", (16, 16), (*hidden, 0))
    cut.paste((200, 30, 30, 255), (5, 3, 16, 16))
    sprite = Sprite.of(cut)
    assert sprite.alpha is not None
    seen = sprite.alpha.chroma > 0
    for plane, expected in ((sprite.u, whole.u), (sprite.v, whole.v)):
        assert np.abs(plane.astype(int) - expected)[seen].max() <= 1


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_an_image_that_is_none_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"scene 3: the image .*broken\.png cannot be read"):
        open_image(_write(tmp_path / "broken.png", b"no image"), "scene 3")
    with pytest.raises(BadInput, match=r"scene 3: the image .*gone\.png is missing"):
        open_image(tmp_path / "gone.png", "scene 3")


def test_a_truncated_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "whole.png"
    noise: NDArray[np.uint8] = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path)
    with pytest.raises(BadInput, match="cannot be read"):
        open_image(_write(tmp_path / "cut.png", path.read_bytes()[:2000]), "scene 1")


def test_a_huge_image_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    Image.new("1", (9000, 9000)).save(path)
    with pytest.raises(BadInput, match="9000x9000"):
        open_image(path, "scene 1")


@pytest.mark.parametrize("name", ["deep.png", "deep.tif", "deep.pgm"])
def test_grey_of_16_bits_keeps_its_brightness(name: str, tmp_path: Path) -> None:
    levels = np.linspace(0, 65_535, 256).round().astype(np.uint16)
    Image.fromarray(np.tile(levels, (4, 1))).save(tmp_path / name)
    grey = np.asarray(open_image(tmp_path / name, "scene 1"))[0]
    assert (grey[:, :3] == np.arange(256)[:, None]).all()
    assert (grey[:, 3] == 255).all()


def test_a_picture_of_fractions_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "fractions.tif"
    Image.fromarray(np.ones((4, 4), np.float32)).save(path)
    with pytest.raises(BadInput, match=r"scene 1: the image .*fractions\.tif holds fractions.*8 or 16 bits"):
        image_size(path, "scene 1")


@pytest.mark.parametrize("content", [b"P6 4 x 255 ", b"P3 2 2 255 1 2 3 4 5 900 7 8 9 1 2 3"])
def test_a_picture_whose_numbers_are_none_is_named_with_its_place(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"scene 1: the image .*broken\.ppm cannot be read"):
        open_image(_write(tmp_path / "broken.ppm", content), "scene 1")
