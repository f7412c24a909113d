"""Easings, springs, tracks and transforms: where they begin, where they end, and that nothing jumps."""

import math
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.rendering.motion import AT_REST, Move, Transform, eased, move_of, transform_at, value_at
from vidfactory.schema.base import Frames
from vidfactory.schema.motion import REST, Animation, Channel, Easing, Keyframe, Pattern, PatternKind, Spring
from vidfactory.themes.patterns import load_patterns

EASINGS: tuple[Easing, ...] = get_args(Easing)
OVERSHOOTING = ("back", "elastic")
PATTERNS = load_patterns()
SPRINGS = st.builds(Spring, stiffness=st.floats(1, 10_000), damping=st.floats(0.5, 1_000), mass=st.floats(0.01, 100))
LENGTHS = st.integers(1, 400)
TRANSFORMS = st.builds(Transform, *(st.floats(-2, 2) for _ in REST))


def named(*kinds: PatternKind) -> list[str]:
    return [name for name, pattern in PATTERNS.items() if pattern.kind in kinds]


def move(name: str, length: int, start: int = 0) -> Move:
    return Move(PATTERNS[name], start, length)


def close(one: Transform, other: Transform) -> bool:
    return all(value == pytest.approx(vars(other)[name], abs=1e-6) for name, value in vars(one).items())


@pytest.mark.parametrize("easing", EASINGS)
def test_an_easing_goes_from_0_to_1(easing: Easing) -> None:
    assert eased(0, easing) == 0
    assert eased(1, easing) == 1
    assert eased(1e-9, easing) == pytest.approx(0, abs=1e-4)
    assert eased(1 - 1e-9, easing) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("easing", EASINGS)
@given(share=st.floats(0, 1))
def test_only_easings_that_overshoot_leave_their_range(easing: Easing, share: float) -> None:
    slack = 0.4 if easing.startswith(OVERSHOOTING) else 0
    assert -slack - 1e-12 <= eased(share, easing) <= 1 + slack + 1e-12


@pytest.mark.parametrize(
    "family", sorted({easing.rpartition("_in")[0] for easing in EASINGS if "_in" in easing} - {""})
)
@given(share=st.floats(0, 1))
def test_the_way_out_is_the_way_in_backwards(family: str, share: float) -> None:
    family = family.removesuffix("_in")
    way_in, way_out, both = (eased(share, f"{family}_{end}") for end in ("in", "out", "in_out"))  # type: ignore[arg-type]  # one of the names
    assert way_out == pytest.approx(1 - eased(1 - share, f"{family}_in"), abs=1e-9)  # type: ignore[arg-type]
    assert both == pytest.approx(1 - eased(1 - share, f"{family}_in_out"), abs=1e-9)  # type: ignore[arg-type]
    assert way_in + way_out == pytest.approx(way_in + 1 - eased(1 - share, f"{family}_in"), abs=1e-9)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("easing", "middle"),
    [
        ("linear", 0.5),
        ("quad_in", 0.25),
        ("cubic_in", 0.125),
        ("sine_in", 0.29289),
        ("circ_in", 0.13397),
        ("back_in", -0.0877),
        ("bounce_out", 0.765625),
        ("expo_in", 0.0303),
        ("elastic_out", 1.0152),
    ],
)
def test_easings_are_penners(easing: Easing, middle: float) -> None:
    assert eased(0.5, easing) == pytest.approx(middle, abs=1e-3)


@given(spring=SPRINGS)
def test_a_spring_starts_at_rest_and_has_settled_at_its_end(spring: Spring) -> None:
    assert eased(0, spring) == 0
    assert eased(1e-6, spring) == pytest.approx(0, abs=1e-3)
    assert eased(1 - 1e-9, spring) == pytest.approx(1, abs=1e-3)
    assert all(-1e-6 <= eased(n / 50, spring) <= 2 for n in range(51))


def test_a_soft_spring_overshoots_and_a_damped_one_does_not() -> None:
    def highest(damping: float) -> float:
        return max(eased(n / 200, Spring(stiffness=100, damping=damping)) for n in range(200))

    assert highest(5) > 1.3
    assert highest(20) <= 1
    assert highest(60) <= 1


def test_a_spring_obeys_its_law_of_motion() -> None:
    """By differences, in the spring's own time: m x'' = k (1 - x) - c x'."""
    for damping in (5, 18, 20, 20.0000001, 22, 45):
        spring, h = Spring(stiffness=100, damping=damping), 1e-4
        before, here, after = (eased(0.07 + n * h, spring) for n in (-1, 0, 1))
        slowest = 10 * min(1.0, (damping - max(0.0, damping**2 - 400) ** 0.5) / 20)
        stretch = 10 / slowest
        speed, pull = (after - before) / (2 * h * stretch), (after - 2 * here + before) / (h * stretch) ** 2
        assert pull == pytest.approx(100 * (1 - here) - damping * speed, abs=0.05)


@given(values=st.lists(st.floats(-5, 5), min_size=2, max_size=6), easing=st.sampled_from(EASINGS))
def test_a_track_passes_through_its_keyframes(values: list[float], easing: Easing) -> None:
    track = [Keyframe(at=n / (len(values) - 1), value=value, easing=easing) for n, value in enumerate(values)]
    for keyframe in track:
        assert value_at(track, keyframe.at) == pytest.approx(keyframe.value)


@given(TRANSFORMS, TRANSFORMS, TRANSFORMS)
def test_transforms_combine_in_any_order(one: Transform, two: Transform, three: Transform) -> None:
    assert one.with_(two) == two.with_(one)
    assert close(one.with_(two).with_(three), one.with_(two.with_(three)))
    assert one.with_(AT_REST) == one


def test_positions_add_up_and_scales_and_opacities_multiply() -> None:
    both = Transform(x=0.25, rotation=10, scale=2, opacity=0.5).with_(
        Transform(x=0.5, y=1, rotation=5, scale=3, opacity=0.5)
    )
    assert both == Transform(x=0.75, y=1, rotation=15, scale=6, opacity=0.25)


def test_the_channels_are_the_fields_of_a_transform() -> None:
    assert vars(AT_REST) == REST
    assert get_args(Channel) == tuple(REST)


@given(length=LENGTHS, start=st.integers(0, 50), after=st.integers(0, 50), name=st.sampled_from(named("enter", "data")))
def test_what_enters_and_what_counts_ends_at_rest(length: int, start: int, after: int, name: str) -> None:
    moves = [move(name, length, start)]
    assert transform_at(moves, start + length + after) == AT_REST
    assert transform_at(moves, start) != AT_REST
    assert transform_at(moves, 0) == transform_at(moves, start), "before its start it waits in its first pose"


@given(length=LENGTHS, start=st.integers(0, 50), name=st.sampled_from(named("exit")))
def test_what_leaves_begins_at_rest_and_is_gone_at_the_end(length: int, start: int, name: str) -> None:
    moves = [move(name, length, start)]
    assert transform_at(moves, 0) == transform_at(moves, start) == AT_REST
    assert not transform_at(moves, start + length).is_seen


@given(length=LENGTHS, start=st.integers(0, 50), name=st.sampled_from(named("emphasis")))
def test_emphasis_begins_and_ends_at_rest(length: int, start: int, name: str) -> None:
    moves = [move(name, length, start)]
    assert transform_at(moves, start) == transform_at(moves, start + length) == AT_REST
    assert length < 10 or any(transform_at(moves, start + frame) != AT_REST for frame in range(length))


@given(length=LENGTHS, start=st.integers(0, 50), rounds=st.integers(1, 5), name=st.sampled_from(named("loop")))
def test_a_loop_returns_to_its_beginning(length: int, start: int, rounds: int, name: str) -> None:
    moves = [move(name, length, start)]
    assert transform_at(moves, start + rounds * length) == transform_at(moves, start) == AT_REST
    assert transform_at(moves, start + rounds * length + 7) == transform_at(moves, start + 7 % length)


@pytest.mark.parametrize("name", list(PATTERNS))
def test_no_pattern_jumps(name: str) -> None:
    """At its own length and 30 frames a second, from any frame to the next and over the end of a loop."""
    length = round(PATTERNS[name].length_s * 30)
    moves = [move(name, length)]
    largest = {"rotation": 6.0}
    for before, after in pairwise(transform_at(moves, frame) for frame in range(length + 2)):
        for channel, value in vars(after).items():
            step = abs(value - vars(before)[channel])
            assert min(step, abs(step - 360)) <= largest.get(channel, 0.4), channel


@given(frame=st.integers(-10, 500), length=LENGTHS, name=st.sampled_from(list(PATTERNS)))
def test_a_transform_is_the_same_however_often_it_is_asked_for(frame: int, length: int, name: str) -> None:
    moves = [move(name, length), move("float", 40, 5)]
    here = transform_at(moves, frame)
    assert here == transform_at(moves, frame)
    assert all(value or math.copysign(1, value) > 0 for value in vars(here).values()), "equal texts too: no -0.0"
    assert 0 <= here.rotation < 360


def test_an_exit_ends_with_its_element_and_the_rest_begins_with_it() -> None:
    leaving, coming = PATTERNS["fade_out"], PATTERNS["fade_in"]
    assert (move_of(Animation(pattern="fade_out"), leaving, 100, 30).start) == 88
    assert (move_of(Animation(pattern="fade_in"), coming, 100, 30).start) == 0
    chosen = move_of(Animation(pattern="fade_out", start=Frames(5), length=Frames(20)), leaving, 100, 30)
    assert (chosen.start, chosen.length) == (5, 20)


def test_an_exit_longer_than_its_element_takes_all_of_its_time() -> None:
    short = move_of(Animation(pattern="fade_out"), PATTERNS["fade_out"], 6, 30)
    assert (short.start, short.length) == (0, 6)


def test_a_pattern_lasts_as_long_at_any_frame_rate() -> None:
    lengths = [move_of(Animation(pattern="pulse"), PATTERNS["pulse"], 500, fps).length for fps in (24, 30, 60)]
    assert lengths == [19, 24, 48]


def test_a_full_turn_is_at_rest() -> None:
    turn = {
        "kind": "emphasis",
        "length_s": 1,
        "tracks": {"rotation": [{"at": 0, "value": 0}, {"at": 1, "value": -360}]},
    }
    moves = [Move(Pattern.model_validate(turn), 0, 8)]
    assert [transform_at(moves, frame).rotation for frame in (0, 2, 8)] == [0, 270, 0]


def test_a_pattern_of_one_keyframe_pair_is_a_straight_line() -> None:
    pattern = Pattern.model_validate(
        {"kind": "data", "length_s": 1, "tracks": {"value": [{"at": 0, "value": 0}, {"at": 1, "value": 1}]}}
    )
    assert [transform_at([Move(pattern, 0, 4)], frame).value for frame in range(6)] == [0, 0.25, 0.5, 0.75, 1, 1]
