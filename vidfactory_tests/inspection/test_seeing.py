"""Stillness is only wrong where the plan moves, blur only where there is something to be sharp."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.inspection.limits import Limits
from vidfactory.inspection.looks import Look
from vidfactory.inspection.seeing import black, blurred, brightness, flat, frozen, spread
from vidfactory.inspection.sound import ROUGH_RATE, offsets, stretches

FPS, LIMITS = 30, Limits()


def moves(_: int, __: int) -> bool:
    """What a plan says that changes all the time."""
    return True


def rests(_: int, __: int) -> bool:
    return False


def look(frame: int, shade: int = 120, sharpness: float | None = 900.0, deviation: float = 40.0) -> Look:
    return Look(frame, float(shade), deviation, np.full((8, 8), shade, np.uint8), sharpness, None, None)


def film(shades: Sequence[int]) -> list[Look]:
    return [look(4 * number, shade) for number, shade in enumerate(shades)]


def test_a_film_that_stands_still_where_the_plan_has_changes_is_frozen() -> None:
    moving = [10 + 9 * (number % 5) for number in range(10)]
    looks = film([*moving, *[100] * 12, *moving])
    found = frozen(looks, moves, LIMITS, FPS)
    assert (found.level, found.figures["frozen_stretches"]) == ("issue", 1)
    assert 40 <= found.moments[0] <= 88


def test_a_film_that_stands_still_as_planned_is_good() -> None:
    assert frozen(film([100] * 30), rests, LIMITS, FPS).level == "good"


def test_a_short_stillness_is_good() -> None:
    assert frozen(film([10, 60, *[100] * 7, 10, 60]), moves, LIMITS, FPS).level == "good"


def test_black_and_flat_frames_are_not_called_blurred() -> None:
    looks = [look(0, 3, sharpness=0), look(30, 120, sharpness=0, deviation=1), look(60)]
    assert blurred(looks, LIMITS, FPS).level == "good"
    assert blurred([*looks, look(90, sharpness=50)], LIMITS, FPS).level == "issue"


@pytest.mark.parametrize(("shade", "level"), [(30, "warning"), (120, "good"), (230, "warning")])
def test_the_brightness_of_the_whole_film_is_judged(shade: int, level: str) -> None:
    assert brightness(film([shade] * 4), LIMITS).level == level


def test_of_a_film_of_which_nothing_could_be_seen_nothing_breaks() -> None:
    for found in (
        black([], LIMITS, FPS),
        flat([], LIMITS, FPS),
        blurred([], LIMITS, FPS),
        frozen([], moves, LIMITS, FPS),
    ):
        assert found.level == "good"
    assert brightness([], LIMITS).level == "warning"


@given(frames=st.lists(st.integers(0, 10_000), unique=True).map(sorted))
def test_a_few_frames_are_shown_from_the_whole_range(frames: list[int]) -> None:
    shown = spread(frames)
    assert len(shown) <= 4
    assert set(shown) <= set(frames)
    if frames:
        assert (shown[0], shown[-1]) == (frames[0], frames[-1])


@given(values=st.lists(st.booleans()))
def test_stretches_hold_all_that_is_true_and_nothing_else(values: list[bool]) -> None:
    inside = {index for first, last in stretches(values) for index in range(first, last)}
    assert inside == {index for index, value in enumerate(values) if value}


@given(late_ms=st.integers(-900, 900))
def test_a_voice_is_found_to_the_millisecond_under_music(late_ms: int) -> None:
    random = np.random.default_rng(1)
    voice = np.convolve(random.normal(size=6 * ROUGH_RATE), np.ones(6) / 6, "same").astype(np.float32)
    music = 0.3 * np.sin(np.arange(10 * ROUGH_RATE) * 0.11)
    film_sound = music.astype(np.float32)
    begin = round((1.5 + late_ms / 1000) * ROUGH_RATE)
    film_sound[begin : begin + voice.size] += voice
    (found,) = offsets(film_sound, voice, 1.5)
    assert found.late_s * 1000 == pytest.approx(late_ms, abs=0.2)
    assert found.likeness > LIMITS.heard
