"""Overlays: what each element shows, that it moves without fringes or jumps, and how bad input is named."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from pydantic import ValidationError

from vidfactory.errors import BadInput
from vidfactory.rendering.compositor import Layer, Placed
from vidfactory.rendering.cutout import Cutout, colour_of, grains, stacked
from vidfactory.rendering.elements import Moment, Pictured, check_times, figure_text, overlay_layers, pictured
from vidfactory.rendering.sprite import Alpha, Sprite
from vidfactory.schema.base import Box, Frames, Source
from vidfactory.schema.overlay import (
    BarOverlay,
    CounterOverlay,
    GroupOverlay,
    Lettering,
    Overlay,
    PathOverlay,
    PictureOverlay,
    Point,
    TextOverlay,
)
from vidfactory.themes.patterns import load_patterns
from vidfactory_tests.drawing.likeness import assert_like_golden
from vidfactory_tests.rendering.floor import FLOOR, HEADLINE, THEME, Pixels, drawn, placement, strip

PICTURE = "a" * 64
PLAIN = Lettering(font="headline", size_px=44)
PAPER = (246, 240, 228)


def text(*patterns: str, words: str = "BUY", lettering: Lettering = HEADLINE, **changes: Any) -> TextOverlay:
    return TextOverlay(**{**placement(*patterns), **changes}, text=words, lettering=lettering)


def bar(*patterns: str, **changes: Any) -> BarOverlay:
    return BarOverlay(**{**placement(*patterns), **changes}, colour="ink")


def picture(*patterns: str, **changes: Any) -> PictureOverlay:
    source = Source(file="illustrations/01.png", sha256=PICTURE)
    return PictureOverlay(**{**placement(*patterns), **changes}, source=source)


def line(*patterns: str, **changes: Any) -> PathOverlay:
    corners = (Point(x=0, y=1), Point(x=0.5, y=0), Point(x=1, y=1))
    return PathOverlay(**{**placement(*patterns), **changes}, points=corners, width_px=8, colour="ink")


def group(*patterns: str, children: tuple[Overlay, ...], **changes: Any) -> GroupOverlay:
    return GroupOverlay(**{**placement(*patterns), **changes}, children=children)


def layer(overlay: Overlay, sprites: Pictured | None = None, fps: int = THEME.fps) -> Layer:
    [made] = overlay_layers([overlay], THEME, fps, sprites or {})
    return made


def sprite(width: int, height: int, colour: str = "#c03020") -> Sprite:
    return Sprite.of(Image.new("RGB", (width, height), colour))


def shown(width: int = 60, height: int = 60) -> Pictured:
    """A sprite of the picture's box with something smaller in its middle."""
    box = picture().box.size
    whole = ImageOps.pad(Image.new("RGBA", (width, height), "#c03020"), (box.width, box.height), color=(0, 0, 0, 0))
    return {(PICTURE, box): Sprite.of(whole)}


def dark(pixels: Pixels) -> np.ndarray:
    return pixels.mean(axis=2) < 128


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def at_rest() -> list[Overlay]:
    nested = group(
        children=(
            bar(box=Box(left=0, top=0, width=84, height=56)),
            text(words="UP", lettering=Lettering(font="headline", size_px=44, fill="accent")),
        ),
        box=Box(left=18, top=32, width=84, height=56),
    )
    framed = nested.model_copy(
        update={
            "children": (
                nested.children[0],
                nested.children[1].model_copy(update={"box": Box(left=0, top=0, width=84, height=56)}),
            )
        }
    )
    counter = CounterOverlay(
        **{**placement(), "box": Box(left=4, top=32, width=112, height=56)},
        end_value=-12.5,
        decimals=1,
        suffix="%",
        lettering=Lettering(font="headline", size_px=44, fill="fall"),
    )
    outlined = text(
        words="HELD\nUP",
        lettering=Lettering(size_px=36, weight=800, fill="accent", outline="ink"),
        box=Box(left=4, top=4, width=112, height=112),
    )
    return [text(), outlined, counter, picture(), bar(), line(), framed]


@pytest.mark.parametrize("overlay", at_rest(), ids=["text", "outlined", "counter", "picture", "bar", "path", "group"])
def test_each_element_stands_still_without_animations(overlay: Overlay) -> None:
    made = layer(overlay, shown())
    assert made.state(0) == made.state(299) is not None
    assert made.state(300) is None
    first, second = made.draw(made.state(0)), made.draw(made.state(299))
    assert first is second, "drawn once"


def test_the_elements_look_as_they_did(request: pytest.FixtureRequest) -> None:
    pictures = [drawn([overlay], 0, shown()) for overlay in at_rest()]
    assert_like_golden(strip(pictures), "overlays", request.config, 5.0)


def test_an_overlay_is_seen_from_its_first_frame_to_its_last() -> None:
    made = layer(text(start_frame=Frames(10), end_frame=Frames(20)))
    assert [frame for frame in range(40) if made.state(frame) is not None] == list(range(10, 20))


def test_what_has_faded_away_is_not_drawn() -> None:
    made = layer(text("fade_in", "fade_out"))
    states = [made.state(frame) for frame in range(300)]
    assert states[0] is None
    assert None not in states[1:]


@pytest.mark.parametrize("pattern", list(load_patterns()))
def test_equal_states_give_equal_pictures_and_other_ones_other_pictures(pattern: str) -> None:
    overlays: dict[str, Overlay] = {
        "count_up": CounterOverlay(**placement(pattern), end_value=9, lettering=PLAIN),
        "draw_path": line(pattern),
    }
    overlay = overlays.get(pattern, text(pattern))
    one, other = layer(overlay), layer(overlay)
    assert one.identity == other.identity
    seen: dict[str, bytes] = {}
    for frame in range(0, 60, 7):
        state = one.state(frame)
        assert state == other.state(frame)
        if state is not None:
            placed, again = one.draw(state), other.draw(state)
            assert (placed.left, placed.top) == (again.left, again.top)
            content = placed.sprite.y.tobytes()
            assert content == again.sprite.y.tobytes()
            assert seen.setdefault(repr(state), content) == content
            assert (
                placed.left % 2 == placed.top % 2 == placed.sprite.size.width % 2 == placed.sprite.size.height % 2 == 0
            )


def test_a_change_of_anything_seen_changes_identity_or_state() -> None:
    def key(overlay: Overlay) -> tuple[str, str]:
        made = layer(overlay)
        return made.identity, repr(made.state(0))

    base = text(box=Box(left=0, top=20, width=120, height=80))
    changed: list[Overlay] = [
        base.model_copy(update={"text": "SELL"}),
        base.model_copy(update={"box": Box(left=0, top=20, width=118, height=80)}),
        base.model_copy(update={"reveal_from": "top"}),
        base.model_copy(update={"name": "other"}),
        *(
            base.model_copy(update={"lettering": HEADLINE.model_copy(update=change)})
            for change in ({"fill": "accent"}, {"plate": "shade"}, {"size_px": 34}, {"font": "text"}, {"align": "left"})
        ),
        bar(),
        bar().model_copy(update={"colour": "shade"}),
        line(),
        line().model_copy(update={"width_px": 10}),
        picture(),
        picture().model_copy(update={"source": Source(file="other.png", sha256="b" * 64)}),
        group(children=(base,)),
        group(children=(base, bar())),
    ]
    keys = [key(overlay) for overlay in [base, *changed]]
    assert len(set(keys)) == len(keys)


def test_when_it_is_seen_and_by_which_pattern_is_not_in_the_key() -> None:
    early, late = text("fade_in"), text("fade_in", start_frame=Frames(40))
    assert layer(early).identity == layer(late).identity
    assert layer(early).state(3) == layer(late).state(43)
    assert layer(text()).state(0) == layer(early).state(100)


def test_an_element_is_blind_to_what_it_does_not_show() -> None:
    """A text has no value to count and no line to draw."""
    states = {layer(text("count_up", "draw_path")).state(frame) for frame in range(60)}
    assert len(states) == 1


def test_a_slide_moves_by_the_box_of_what_slides() -> None:
    overlay = bar("slide_out_to_right")
    here, there = (box_of(dark(drawn([overlay], frame)))[0] for frame in (0, 293))
    moment = layer(overlay).state(293)
    assert isinstance(moment, Moment)
    assert there - here == pytest.approx(moment.transform.x * 84, abs=1)
    assert there - here > 5


def test_a_move_smaller_than_a_pixel_moves_the_picture_by_as_much() -> None:
    """The middle of the ink follows the transform from frame to frame: no shimmer, no steps."""
    overlay = text("float")
    made, rows, middles = layer(overlay), np.arange(FLOOR.height), {}
    for frame in range(0, 120, 5):
        moment = made.state(frame)
        assert isinstance(moment, Moment)
        ink = drawn([overlay], frame)[0, 0].mean() - drawn([overlay], frame).mean(axis=(1, 2))
        middles[moment.transform.y * overlay.box.height] = rows @ ink / ink.sum()
    assert len(middles) > 10
    assert all(middle - middles[0.0] == pytest.approx(shift, abs=0.06) for shift, middle in middles.items())


def test_sharpness_does_not_pulse_with_the_place_between_pixels() -> None:
    def edges(frame: int) -> float:
        return float(np.abs(np.diff(drawn([text("float")], frame).astype(int), axis=1)).sum())

    values = [edges(frame) for frame in range(0, 60, 4)]
    assert max(values) < 1.12 * min(values)


@pytest.mark.parametrize("hidden", ["#000000", "#ffffff", "#00ff00"])
@given(degrees=st.integers(1, 89), scale=st.floats(0.2, 1.5))
def test_what_hides_under_transparent_parts_never_shows(hidden: str, degrees: int, scale: float) -> None:
    """A red disc whose surroundings, all transparent, have a colour of their own."""
    planes = sprite(32, 32), Sprite.of(Image.new("RGB", (32, 32), hidden))
    rows, columns = np.mgrid[:32, :32]
    inside = (rows // 2 - 7.5) ** 2 + (columns // 2 - 7.5) ** 2 < 40
    half = inside[::2, ::2]
    red, under = planes
    disc = Sprite(
        np.where(inside, red.y, under.y),
        np.where(half, red.u, under.u),
        np.where(half, red.v, under.v),
        Alpha(*(np.where(part, 255, 0).astype(np.uint8) for part in (inside, half))),
    )
    turned = Cutout.of(Placed(disc, 0, 0)).moved((16, 16), (0.3, 0.7), scale, degrees).placed().sprite
    assert turned.alpha is not None
    for plane, of_red, coverage in (
        (turned.y, red.y, turned.alpha.luma),
        (turned.u, red.u, turned.alpha.chroma),
        (turned.v, red.v, turned.alpha.chroma),
    ):
        error = np.abs(plane.astype(float) - float(of_red[0, 0])) * (coverage / 255.0)
        assert error.max() <= 3


def test_at_rest_within_a_motion_is_the_original_picture() -> None:
    made = layer(text("fade_in"))
    state = made.state(200)
    plain = layer(text())
    assert (made.draw(state).sprite.y == plain.draw(plain.state(0)).sprite.y).all()


@given(scale=st.floats(0.05, 3), degrees=st.floats(0, 360), left=st.integers(-20, 20))
def test_a_turned_picture_keeps_its_area_times_the_scale(scale: float, degrees: float, left: int) -> None:
    turned = Cutout.of(Placed(sprite(40, 30), 2 * left, 0)).moved((2 * left + 20, 15), (0.4, -7.3), scale, degrees)
    assert turned.luma.sum() / 255 == pytest.approx(1200 * scale**2, rel=0.06, abs=4)
    assert turned.left % 2 == turned.top % 2 == turned.width % 2 == turned.height % 2 == 0


@given(share=st.floats(0, 1), side=st.sampled_from(["left", "right", "top", "bottom"]))
def test_a_reveal_shows_its_share_to_a_part_of_a_pixel(share: float, side: Any) -> None:
    seen = Cutout.of(Placed(sprite(40, 30), 0, 0)).revealed(share, side).luma / 255
    assert seen.sum() == pytest.approx(1200 * share, abs=0.1 * 40)
    first = {"left": seen[:, 0], "right": seen[:, -1], "top": seen[0], "bottom": seen[-1]}[side]
    assert share < 0.05 or (first == 1).all()


def test_a_bar_grows_from_the_side_it_stands_on() -> None:
    for side, fixed in (("bottom", 3), ("left", 0), ("top", 1), ("right", 2)):
        boxes = [box_of(dark(drawn([bar("bar_grow", reveal_from=side)], frame))) for frame in (6, 12, 100)]
        assert len({box[fixed] for box in boxes}) == 1
        sizes = [(right - left) * (bottom - top) for left, top, right, bottom in boxes]
        assert sizes == sorted(set(sizes))


def test_a_dissolve_takes_more_and_more_and_the_same_each_time() -> None:
    left = [dark(drawn([bar("dissolve")], frame)) for frame in range(282, 300, 4)]
    assert all((after <= before).all() for before, after in pairwise(left))
    assert [mask.sum() for mask in left] == sorted({mask.sum() for mask in left}, reverse=True)
    again = dark(drawn([bar("dissolve")], 290))
    assert (again == dark(drawn([bar("dissolve")], 290))).all()
    assert (again != dark(drawn([bar("dissolve", name="another")], 290))).any()


@given(height=st.integers(2, 80), width=st.integers(2, 80), seed=st.integers(0, 2**32 - 1))
def test_grains_are_evenly_spread(height: int, width: int, seed: int) -> None:
    paper = grains(2 * height, 2 * width, 4, seed)
    assert paper.shape == (2 * height, 2 * width)
    assert (paper == grains(2 * height, 2 * width, 4, seed)).all()
    if height * width > 1000:
        assert abs(float((paper < 128).mean()) - 0.5) < 0.05


def test_a_glow_is_light_of_the_accent_around_the_shape() -> None:
    lit, unlit = (drawn([bar("glow")], frame, ground="ink") for frame in (14, 200))
    around = lit[20:30, 40:80].reshape(-1, 3).mean(axis=0)
    assert unlit[20:30, 40:80].mean() < 30
    assert around[0] > around[1] > around[2] + 20, "the accent is a warm yellow"


def test_a_flash_goes_to_the_accent_and_back() -> None:
    accent = np.array([255, 198, 41])
    away = [np.abs(drawn([bar("highlight_flash")], frame)[60, 60] - accent).sum() for frame in (0, 4, 18)]
    assert away[1] < away[0] / 2
    assert away[2] == away[0]


def test_a_path_is_drawn_from_its_beginning_by_its_length() -> None:
    lengths = [dark(drawn([line("draw_path")], frame)).sum() for frame in range(1, 40, 6)]
    assert lengths == sorted(set(lengths))
    half = box_of(dark(drawn([line("draw_path")], 18)))
    assert half[0] == pytest.approx(14, abs=2)
    assert half[2] == pytest.approx(64, abs=3), "half of the way is the peak in the middle"


@given(share=st.floats(0, 1), start=st.integers(-5000, 5000), end=st.integers(-5000, 5000), decimals=st.integers(0, 3))
def test_a_counter_stays_between_its_ends(share: float, start: int, end: int, decimals: int) -> None:
    counter = CounterOverlay(
        **placement(), start_value=start, end_value=end, decimals=decimals, prefix="$", lettering=PLAIN
    )
    shown = float(figure_text(counter, share).replace("−", "-").replace("$", "").replace(",", ""))
    assert min(start, end) <= shown <= max(start, end)
    assert figure_text(counter, 1).count("−") == (end < 0)


def test_a_counter_counts_up_to_its_end() -> None:
    counter = CounterOverlay(**placement("count_up"), end_value=42, lettering=PLAIN)
    states = [layer(counter).state(frame) for frame in range(40)]
    texts = [int(state.content) for state in states if isinstance(state, Moment) and isinstance(state.content, str)]
    assert texts == sorted(texts)
    assert (texts[0], texts[-1]) == (0, 42)


def test_the_digits_of_a_counter_do_not_tremble() -> None:
    """A 1 is as wide as an 8: the figures before and after it stay where they are."""

    def edge(value: int) -> tuple[int, int]:
        counter = CounterOverlay(
            **{**placement(), "box": Box(left=0, top=20, width=120, height=60)},
            end_value=value,
            suffix="%",
            lettering=PLAIN,
        )
        shown = dark(drawn([counter], 0))
        return box_of(shown[:, :60])[0], box_of(shown)[2]

    assert edge(8118) == edge(8778) == edge(8008)


def test_text_is_set_smaller_until_it_fits_but_never_below_the_smallest_size() -> None:
    def height(words: str) -> int:
        large = Lettering(font="headline", size_px=120)
        left, top, right, bottom = box_of(dark(drawn([text(words=words, lettering=large)], 0)))
        assert left >= 18
        assert right <= 102
        return bottom - top

    assert height("A") > height("BUY") > 0
    with pytest.raises(BadInput, match=r"overlay 'it': 'a very long line of text' does not fit 84x56 px at 34 px"):
        layer(text(words="a very long line of text"))


def test_a_text_wraps_at_spaces_and_line_breaks() -> None:
    tall = Box(left=0, top=0, width=120, height=120)
    small = Lettering(font="headline", size_px=34)
    one, two = (box_of(dark(drawn([text(words=words, lettering=small, box=tall)], 0))) for words in ("ABC", "ABC\nABC"))
    wrapped = box_of(dark(drawn([text(words="ABC ABC ABC ABC", lettering=small, box=tall)], 0)))
    assert two[3] - two[1] > 1.5 * (one[3] - one[1])
    assert wrapped[3] - wrapped[1] > 1.5 * (one[3] - one[1])


def test_scripts_that_the_face_lacks_come_from_another() -> None:
    for words in ("שלום", "🚀", "مرحبا"):
        assert dark(drawn([text(words=words, lettering=Lettering(font="headline", size_px=36))], 0)).any()


def test_a_picture_is_the_sprite_of_its_file_for_its_box() -> None:
    given, other = sprite(84, 56), sprite(40, 40)
    sprites = {(PICTURE, given.size): given, (PICTURE, other.size): other, ("b" * 64, given.size): other}
    made = layer(picture(), sprites)
    assert made.draw(made.state(0)).sprite is given
    small = layer(picture(box=Box(left=0, top=0, width=40, height=40)), sprites)
    assert small.draw(small.state(0)).sprite is other


def test_a_pattern_lasts_as_long_at_any_frame_rate() -> None:
    for fps in (24, 30, 60):
        states = [layer(text("fade_in"), fps=fps).state(frame) for frame in range(fps)]
        moving = sum(isinstance(state, Moment) and state.transform.opacity < 1 for state in states)
        assert moving / fps == pytest.approx(0.4, abs=0.05)


def test_a_group_moves_as_one() -> None:
    inner = Box(left=0, top=0, width=84, height=56)
    whole = drawn([text("rotate")], 20)
    grouped = drawn([group("rotate", children=(text(box=inner),))], 20)
    nested = drawn([group("rotate", children=(group(children=(text(box=inner),), box=inner),))], 20)
    assert np.abs(whole.astype(int) - grouped).max() <= 3
    assert (grouped == nested).all()


def test_the_boxes_and_frames_of_a_group_count_from_its_own() -> None:
    child = bar(box=Box(left=10, top=20, width=30, height=40), start_frame=Frames(5), end_frame=Frames(10))
    outer = group(children=(child,), start_frame=Frames(100), box=Box(left=18, top=12, width=84, height=96))
    assert box_of(dark(drawn([outer], 105))) == (28, 32, 58, 72)
    assert [frame for frame in range(300) if layer(outer).state(frame) is not None] == list(range(105, 110))


def test_a_group_fades_as_one_and_what_it_covers_stays_covered() -> None:
    """Two bars over each other at half opacity are as dark as one."""
    inner = Box(left=0, top=0, width=84, height=56)
    once = drawn([group("fade_in", children=(bar(box=inner),))], 6)
    twice = drawn([group("fade_in", children=(bar(box=inner), bar(box=inner)))], 6)
    assert (once == twice).all()


def test_children_move_inside_a_group_that_moves() -> None:
    inner = Box(left=0, top=0, width=84, height=56)
    child = bar("breathe", box=inner)
    states = {layer(group("float", children=(child,))).state(frame) for frame in range(60)}
    assert len(states) == 60
    left, top, right, _ = box_of(dark(drawn([group("float", children=(child,))], 60)))
    assert right - left > 84
    assert top < 32 - 2


def test_pictures_of_a_stack_are_over_each_other() -> None:
    ink, accent = (
        Cutout.plain(np.full((8, 8), 255, np.uint8), colour_of(name), 0, 0) for name in ("#000000", "#ffc629")
    )
    whole = stacked([ink, accent.at(4, 2).faded(0.5)])
    assert (whole.left, whole.top, whole.width, whole.height) == (0, 0, 12, 10)
    assert whole.y[1, 1] == colour_of("#000000").y
    assert whole.y[5, 5] == pytest.approx((colour_of("#ffc629").y + colour_of("#000000").y) / 2, abs=1)
    assert isinstance(whole.placed(), Placed)
    assert whole.luma[9, 11] == 128
    assert whole.luma[0, 11] == 0


def test_an_unknown_pattern_is_named_with_those_there_are() -> None:
    with pytest.raises(
        BadInput, match=r"overlay 'it': there is no pattern 'wobble'\. The patterns are: fade_in, .*path"
    ):
        layer(text("wobble"))


def test_pictures_are_found_in_groups_too() -> None:
    inner = picture(name="inner")
    assert list(pictured([picture(), bar(), group(children=(text(), group(children=(inner,))))])) == [picture(), inner]


def test_a_character_that_no_face_has_is_named() -> None:
    with pytest.raises(BadInput, match=r"overlay 'it': no face has 'ꦗ' .*JAVANESE.* of 'ꦗ up'"):
        layer(text(words="ꦗ up"))


def test_bad_input_inside_a_group_is_named_too() -> None:
    child = text("wobble", name="the child")
    with pytest.raises(BadInput, match="overlay 'the child': there is no pattern"):
        layer(group(children=(child,)))
    with pytest.raises(BadInput, match=r"overlay 'it': it is seen up to frame 301, but the group 'all' has 300 frames"):
        layer(group(children=(text(end_frame=Frames(301)),), name="all"))


def test_a_box_outside_the_frame_is_refused_and_one_that_bleeds_is_not() -> None:
    with pytest.raises(BadInput, match="overlay 'it': its box lies outside the frame of 1080x1920 px"):
        layer(text(box=Box(left=1080, top=0, width=84, height=56)))
    assert layer(text(box=Box(left=1000, top=0, width=84, height=56)))


def test_an_overlay_outside_the_film_is_refused() -> None:
    check_times([text()], 300)
    with pytest.raises(BadInput, match=r"overlay 'it': it is seen up to frame 300, but the film has 299 frames"):
        check_times([text()], 299)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"end_frame": 0}, "is not after start_frame"),
        ({"start_frame": -1}, "start_frame"),
        ({"box": {"left": 0, "top": 0, "width": -4, "height": 4}}, "box.width"),
        ({"box": {"left": 1, "top": 0, "width": 4, "height": 4}}, "edges must be even"),
        ({"name": ""}, "name"),
        ({"text": ""}, "text"),
        ({"animations": [{"pattern": "fade_in", "length": 0}]}, "length"),
        ({"animations": [{"pattern": "fade_in", "start": -3}]}, "start"),
        ({"lettering": {"size_px": -1}}, "size_px"),
        ({"lettering": {"size_px": 40, "fill": "pink"}}, "fill"),
        ({"kind": "hologram"}, "kind"),
        ({"colour": "ink"}, "colour"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], message: str) -> None:
    right = text().model_dump(mode="json")
    TextOverlay.model_validate(right)
    with pytest.raises(ValidationError, match=message):
        TextOverlay.model_validate(right | changes)


def test_overlays_come_back_from_json_as_they_went() -> None:
    whole = group("float", children=tuple(at_rest()))
    assert GroupOverlay.model_validate_json(whole.model_dump_json()) == whole
