"""Layers: pictures as functions of the frame number."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from vidfactory.drawing.illustration import draw_illustration
from vidfactory.rendering.compositor import Compositor
from vidfactory.rendering.layers import (
    Alternating,
    MovingPictures,
    ScrollingStrip,
    ShotState,
    Still,
    TurnState,
    ease_in_out,
    moved,
)
from vidfactory.rendering.sprite import Plane, Sprite
from vidfactory.schema.base import Box, Frames, Size, Source
from vidfactory.schema.motion import TransitionType
from vidfactory.schema.plan import AlternatorItem, Effect, MainContent, Scene, Transition
from vidfactory_tests.drawing.likeness import opened

PANEL = Box(left=0, top=0, width=100, height=60)
EFFECTS: tuple[Effect, ...] = ("zoom_in", "zoom_out", "pan_left", "pan_right", "pan_up", "pan_down")
TRANSITIONS: tuple[TransitionType, ...] = ("fade", "slide", "wipe", "zoom")


def ramp(width: int, height: int) -> Sprite:
    """Brightness rises to the right, so that a place can be read from a value."""
    row = np.linspace(0, 255, width).astype(np.uint8)
    grey = np.repeat(np.tile(row, (height, 1))[..., None], 3, axis=2)
    return Sprite.of(Image.fromarray(grey))


def source(name: str) -> Source:
    return Source(file=f"{name}.png", sha256=name)


def scene(number: int, start: int, end: int, name: str | None, frames: int = 0, kind: TransitionType = "fade") -> Scene:
    content = name and MainContent(type="illustration", source=source(name), effect="zoom_in")
    return Scene(
        scene_number=number,
        start_frame=Frames(start),
        end_frame=Frames(end),
        narration_text="",
        words=(),
        main_content=content or None,
        transition=Transition(type=kind if frames else "cut", duration_frames=Frames(frames)),
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


def by_affine_transform(plane: Plane, size: Size, step: float, left: float, top: float) -> Plane:
    """The window by OpenCV's general way, which is slower: an independent measure."""
    matrix = np.array([[step, 0, left + (step - 1) / 2], [0, step, top + (step - 1) / 2]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(plane, matrix, (size.width, size.height), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def psnr(one: Plane, other: Plane) -> float:
    error = ((one.astype(float) - other) ** 2).mean()
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


HATCHED = Sprite.of(opened(draw_illustration("bear", Size(width=472, height=332), 1)))
WINDOW = Size(width=444, height=312)


@pytest.mark.parametrize("progress", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_a_zoom_is_what_an_affine_transform_gives(progress: float) -> None:
    step = (472 / 444) / (1 + 0.06 * ease_in_out(progress))
    left, top = 236 - 222 * step, 166 - 156 * step
    half = Size(width=222, height=156)
    shown = moved(HATCHED, WINDOW, "zoom_in", progress, 0.06)
    assert psnr(shown.y, by_affine_transform(HATCHED.y, WINDOW, step, left, top)) > 45
    assert psnr(shown.u, by_affine_transform(HATCHED.u, half, step, left / 2, top / 2)) > 45


@pytest.mark.parametrize("progress", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_a_pan_is_what_an_affine_transform_gives(progress: float) -> None:
    left = 28 * ease_in_out(progress)
    half = Size(width=222, height=156)
    shown = moved(HATCHED, WINDOW, "pan_right", progress, 0.06)
    assert psnr(shown.y, by_affine_transform(HATCHED.y, WINDOW, 1.0, left, 10)) > 45
    assert psnr(shown.u, by_affine_transform(HATCHED.u, half, 1.0, left / 2, 5)) > 45


@pytest.mark.parametrize("size", [Size(width=442, height=310), Size(width=300, height=200)])
def test_a_window_of_any_even_size_shows_the_same_move(size: Size) -> None:
    step = min(472 / size.width, 332 / size.height) / 1.06
    for effect in EFFECTS:
        right, down = ({"pan_left": -1, "pan_right": 1}.get(effect, 0), {"pan_up": -1, "pan_down": 1}.get(effect, 0))
        near = min(472 / size.width, 332 / size.height) if effect == "zoom_out" else step
        if (right or down) and abs(near - 1) < 0.03:
            near = 1.0
        left, top = (472 - size.width * near) / 2 * (1 + right), (332 - size.height * near) / 2 * (1 + down)
        shown = moved(HATCHED, size, effect, 1.0, 0.06)
        assert psnr(shown.y, by_affine_transform(HATCHED.y, size, near, left, top)) > 45
        half = Size(width=size.width // 2, height=size.height // 2)
        assert psnr(shown.u, by_affine_transform(HATCHED.u, half, near, left / 2, top / 2)) > 45


def spots(width: int, height: int, *places: int) -> Sprite:
    """Soft upright bars, whose places can be measured to a fiftieth of a pixel."""
    across = np.arange(width)
    row = 16 + sum(220 * np.exp(-(((across - place) / 9) ** 2)) for place in places)
    return Sprite.of(
        Image.fromarray(np.repeat(np.tile(row.round().astype(np.uint8), (height, 1))[..., None], 3, axis=2))
    )


def place_of_bar(shown: Plane, part: slice) -> float:
    row = np.maximum(shown[:, part].astype(float).mean(axis=0) - 60, 0)
    return float((row * np.arange(row.size)).sum() / row.sum())


@pytest.mark.parametrize(
    ("effect", "furthest"), [("zoom_in", 18), ("zoom_out", 18), ("pan_right", 50), ("pan_left", 50)]
)
def test_a_move_is_smooth_between_pixels(effect: Effect, furthest: int) -> None:
    """Over a whole slow move no frame stands still and none jumps: each step is what the easing asks for."""
    picture, size = spots(944, 66, 150, 800), Size(width=888, height=60)
    progress = [at / 240 for at in range(241)]
    shown = [moved(picture, size, effect, at, 0.063).y for at in progress]
    wanted = np.array([ease_in_out(at) for at in progress])
    for part in (slice(0, 300), slice(588, 888)):
        places = np.array([place_of_bar(plane, part) for plane in shown])
        far = places[-1] - places[0]
        assert abs(far) > furthest
        assert np.abs(places - places[0] - far * wanted).max() < 0.05
        assert np.abs(np.diff(places) - far * np.diff(wanted)).max() < 0.05


@pytest.mark.parametrize("effect", ["zoom_in", "pan_right"])
def test_a_move_does_not_shimmer(effect: Effect) -> None:
    """Sharpness comes and goes no more than it must with linear sampling."""
    progress = [0.3 + at / 600 for at in range(60)]
    ours, theirs = [], []
    for at in progress:
        eased = ease_in_out(at)
        step = (472 / 444) / (1 + 0.06 * eased) if effect == "zoom_in" else 1.0
        left = 236 - 222 * step if effect == "zoom_in" else 28 * eased
        ours.append(sharpness(moved(HATCHED, WINDOW, effect, at, 0.06).y))
        theirs.append(sharpness(by_affine_transform(HATCHED.y, WINDOW, step, left, 166 - 156 * step)))
    assert np.abs(np.diff(ours)).mean() <= 1.02 * np.abs(np.diff(theirs)).mean()
    assert np.ptp(ours) <= 1.02 * np.ptp(theirs)


def sharpness(plane: Plane) -> float:
    return float(cv2.Laplacian(plane, cv2.CV_32F).var())


def test_easing_rests_at_both_ends() -> None:
    assert (ease_in_out(0), ease_in_out(0.5), ease_in_out(1)) == (0, 0.5, 1)
    assert ease_in_out(0.01) < 0.001


PICTURES = {name: ramp(106, 64) for name in "abc"}


def shots(scenes: Sequence[Scene]) -> MovingPictures:
    return MovingPictures(PANEL, scenes, PICTURES, 6.0)


def changing(layer: MovingPictures, frames: range) -> list[int]:
    states = [(frame, layer.state(frame)) for frame in frames]
    return [frame for frame, state in states if isinstance(state, ShotState) and state.change is not None]


@pytest.mark.parametrize("kind", TRANSITIONS)
def test_a_scene_comes_in_over_the_one_before_and_then_stands_alone(kind: TransitionType) -> None:
    layer = shots([scene(1, 0, 30, "a"), scene(2, 30, 60, "b", 10, kind)])
    assert changing(layer, range(60)) == list(range(30, 40))
    states = [layer.state(frame) for frame in range(60)]
    shares = [state.change.share for state in states if isinstance(state, ShotState) and state.change]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    assert len(set(states)) == 60, "every frame of a move is its own state"


def test_a_leaving_picture_goes_on_moving() -> None:
    layer = shots([scene(1, 0, 30, "a"), scene(2, 30, 60, "b", 10)])
    progress = [
        state.change.leaving.progress
        for frame in range(30, 40)
        if isinstance(state := layer.state(frame), ShotState) and state.change and state.change.leaving
    ]
    assert progress == sorted(set(progress))
    assert progress[-1] == 1.0


def test_a_transition_is_over_when_its_scene_is() -> None:
    layer = shots([scene(1, 0, 30, "a"), scene(2, 30, 34, "b", 10), scene(3, 34, 60, "c", 10)])
    assert changing(layer, range(60)) == list(range(30, 44))
    last, first = layer.state(33), layer.state(34)
    assert isinstance(last, ShotState)
    assert last.change is not None
    assert last.change.share > 0.85
    assert isinstance(first, ShotState)
    assert first.change is not None
    assert first.change.leaving is not None
    assert first.change.leaving.picture == "b"
    assert first.change.share < 0.05


def test_a_cut_has_no_transition_whatever_its_length() -> None:
    cut = scene(2, 30, 60, "b").model_copy(update={"transition": Transition(type="cut", duration_frames=Frames(9))})
    layer = shots([scene(1, 0, 30, "a"), cut])
    assert changing(layer, range(60)) == []
    last = layer.state(29)
    assert isinstance(last, ShotState)
    assert last.shot is not None
    assert last.shot.progress == 1.0, "the move ends with the scene"


def test_a_scene_without_a_picture_shows_none() -> None:
    assert shots([scene(1, 0, 30, None)]).state(3) is None


@given(
    kind=st.sampled_from(TRANSITIONS),
    names=st.lists(st.sampled_from(["a", "b", None]), min_size=2, max_size=4),
    lengths=st.lists(st.integers(1, 12), min_size=4, max_size=4),
    frames=st.integers(0, 12),
)
def test_every_frame_of_any_film_can_be_drawn(
    kind: TransitionType, names: list[str | None], lengths: list[int], frames: int
) -> None:
    edges = [0, *np.cumsum(lengths).tolist()]
    scenes = [scene(n + 1, edges[n], edges[n + 1], name, frames, kind) for n, name in enumerate(names)]
    layer = shots(scenes)
    for frame in range(scenes[-1].end_frame):
        state = layer.state(frame)
        if state is not None:
            assert layer.draw(state).sprite.size == PANEL.size
    for one in scenes:
        rested = one.start_frame + min(frames, one.end_frame - one.start_frame)
        if rested < one.end_frame and one.main_content is None:
            assert layer.state(rested) is None


def drawn(layer: MovingPictures, frame: int, ground: int) -> NDArray[np.int_]:
    """Luma of one frame of the layer over a plain ground."""
    behind = Still(PANEL, "ground", {"ground": Sprite.of(Image.new("RGB", (100, 60), (ground,) * 3))})
    compositor = Compositor(PANEL.size, [behind, layer])
    compositor.draw(frame)
    return compositor.frame.to_ndarray()[:60].astype(int)


@pytest.mark.parametrize("kind", TRANSITIONS)
def test_a_picture_comes_out_of_nothing_and_goes_into_nothing(kind: TransitionType) -> None:
    """Between a bare ground and a brighter picture it never gets darker than the ground."""
    scenes = [scene(1, 0, 30, None), scene(2, 30, 60, "a", 20, kind), scene(3, 60, 90, None, 20, kind)]
    layer = MovingPictures(PANEL, scenes, {"a": Sprite.of(Image.new("RGB", (106, 64), "silver"))}, 6.0)
    bare, whole = drawn(layer, 0, 8), drawn(layer, 55, 8)
    coming = [drawn(layer, frame, 8) for frame in (30, 35, 40, 45, 49)]
    going = [drawn(layer, frame, 8) for frame in (60, 65, 70, 75, 79)]
    brightness = [picture.mean() for picture in coming]
    assert brightness == sorted(brightness)
    assert abs(coming[0] - bare).mean() < 4
    assert abs(coming[-1] - whole).mean() < 4
    assert abs(going[0] - whole).mean() < 4
    assert abs(going[-1] - bare).mean() < 4
    assert min(picture.min() for picture in (*coming, *going)) >= bare.min() - 1


def test_a_picture_of_the_colour_of_the_ground_is_not_seen_to_come_or_go() -> None:
    scenes = [scene(1, 0, 30, None), scene(2, 30, 60, "a", 20), scene(3, 60, 90, None, 20)]
    layer = MovingPictures(PANEL, scenes, {"a": Sprite.of(Image.new("RGB", (106, 64), (200,) * 3))}, 6.0)
    frames = [drawn(layer, frame, 200) for frame in (0, 30, 40, 49, 55, 60, 70, 79, 85)]
    assert max(np.abs(frame - frames[0]).max() for frame in frames) <= 1


def test_a_film_may_begin_with_a_fade_from_the_ground() -> None:
    layer = shots([scene(1, 0, 30, "a", 10)])
    state = layer.state(0)
    assert isinstance(state, ShotState)
    assert state.change is not None
    assert state.change.leaving is None


def test_a_scene_put_in_changes_no_picture_of_the_others() -> None:
    """A state says nothing of where in the film it is: what was rendered once serves again."""
    before = shots([scene(1, 0, 30, "a"), scene(2, 30, 60, "b", 10), scene(3, 60, 90, "c", 10)])
    after = shots(
        [scene(1, 0, 30, "a"), scene(2, 30, 50, "c", 10), scene(3, 50, 80, "b", 10), scene(4, 80, 110, "c", 10)]
    )
    assert [before.state(frame) for frame in range(30)] == [after.state(frame) for frame in range(30)]
    assert [before.state(frame) for frame in range(40, 90)] == [after.state(frame) for frame in range(60, 110)]
    assert before.identity == after.identity


def test_a_state_holds_all_that_its_picture_depends_on() -> None:
    layer = shots([scene(1, 0, 30, "a"), scene(2, 30, 60, "b", 10, "wipe")])
    others = [
        shots([scene(1, 0, 30, "c"), scene(2, 30, 60, "b", 10, "wipe")]),
        shots([scene(1, 0, 30, "a"), scene(2, 30, 60, "c", 10, "wipe")]),
        shots([scene(1, 0, 30, "a"), scene(2, 30, 60, "b", 10, "slide")]),
        shots([scene(1, 0, 30, "a"), scene(2, 30, 60, "b", 11, "wipe")]),
    ]
    assert all(layer.state(35) != other.state(35) for other in others)
    assert shots([]).identity != MovingPictures(PANEL, [], PICTURES, 5.0).identity


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
        brightness.append(layer.draw(state).sprite.y.mean())
    assert len(set(brightness[:50])) == 1
    assert brightness[49:61] == sorted(set(brightness[49:61]))
    assert len(set(brightness[60:])) == 1
    assert layer.state(100) is None


def test_a_turn_after_a_gap_does_not_bring_the_one_before_back() -> None:
    turns = [("a", 0, 20), ("b", 30, 50), ("a", 50, 70)]
    items = [
        AlternatorItem(source=source(name), start_frame=Frames(start), end_frame=Frames(end))
        for name, start, end in turns
    ]
    layer = Alternating(PANEL, items, PICTURES, 10)
    states = [layer.state(frame) for frame in range(70)]
    assert states[20:30] == [None] * 10
    leaving = [state.leaving if isinstance(state, TurnState) else None for state in states]
    assert leaving[:50] == [None] * 50
    assert leaving[50:60] == ["b"] * 10


def half_seen(width: int, height: int) -> Sprite:
    """Grey on the left; on the right a green that nobody is to see."""
    image = Image.new("RGBA", (width, height), (0, 255, 0, 0))
    image.paste((180, 180, 180, 255), (0, 0, width // 2, height))
    return Sprite.of(image)


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("progress", [0.0, 0.37, 1.0])
def test_a_moving_picture_stays_transparent_where_it_is(effect: Effect, progress: float) -> None:
    ground = Sprite.of(Image.new("RGB", (100, 60), (180,) * 3))
    shown = moved(half_seen(106, 64), PANEL.size, effect, progress, 0.06)
    assert shown.alpha is not None
    assert (shown.alpha.luma[:, :40] == 255).all()
    assert (shown.alpha.luma[:, 60:] == 0).all()
    layers = [Still(PANEL, name, {name: sprite}) for name, sprite in (("ground", ground), ("picture", shown))]
    compositor = Compositor(PANEL.size, layers)
    compositor.draw(0)
    planes = compositor.frame.to_ndarray().astype(int)
    assert np.abs(planes[:60] - ground.y[0, 0]).max() <= 1
    assert np.abs(planes[60:] - 128).max() <= 1


def test_a_ticker_stays_transparent_where_it_is() -> None:
    layer = ScrollingStrip(PANEL, "strip", {"strip": half_seen(240, 60)}, 240, 4)
    alpha = layer.draw(layer.state(45)).sprite.alpha
    assert alpha is not None
    assert (alpha.luma[:, :60] == 0).all()
    assert (alpha.luma[:, 60:] == 255).all()


def strip(width: int) -> Sprite:
    noise: NDArray[np.uint8] = np.random.default_rng(3).integers(0, 255, (60, width, 3), np.uint8)
    return Sprite.of(Image.fromarray(noise))


@given(frame=st.integers(0, 5000), width=st.sampled_from([48, 96, 240]))
def test_the_ticker_moves_by_whole_pixels_and_has_no_seam(frame: int, width: int) -> None:
    layer = ScrollingStrip(PANEL, "strip", {"strip": strip(width)}, width, 4)
    now, later = (layer.draw(layer.state(at)).sprite for at in (frame, frame + 1))
    assert (now.y[:, 4:] == later.y[:, :-4]).all()
    assert (now.u[:, 2:] == later.u[:, :-2]).all()
    assert (layer.draw(layer.state(frame + width // 4)).sprite.y == now.y).all()


def test_a_still_is_one_state() -> None:
    layer = Still(PANEL, "a", PICTURES)
    assert {layer.state(frame) for frame in range(9)} == {"a"}
    assert layer.draw("a").sprite is PICTURES["a"]
