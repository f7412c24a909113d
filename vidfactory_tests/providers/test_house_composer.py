import asyncio
from functools import cache

import numpy as np
import pytest

from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.providers.house_composer import LOOP_LUFS, MOODS, HouseComposer
from vidfactory.rendering.meter import measure
from vidfactory.schema.base import SAMPLE_RATE


@cache
def loop_of(mood: str, seed: int = 7) -> Sound:
    return asyncio.run(HouseComposer().loop(mood, seed)).sound


@pytest.fixture(params=sorted(MOODS))
def loop(request: pytest.FixtureRequest) -> Sound:
    return loop_of(request.param)


def test_a_loop_is_stereo_and_20_to_40_seconds_long(loop: Sound) -> None:
    assert loop.samples.shape[0] == 2
    assert 20 <= loop.samples.shape[1] / SAMPLE_RATE <= 40


def test_the_end_meets_the_beginning_as_smoothly_as_any_other_place(loop: Sound) -> None:
    bends = np.abs(np.diff(np.concatenate([loop.samples[:, -480:], loop.samples[:, :480]], axis=1), 2))
    usual = np.abs(np.diff(loop.samples, 2))
    assert bends[:, 470:490].max() <= np.percentile(usual, 99.9)


def test_a_loop_has_its_level_and_does_not_clip(loop: Sound) -> None:
    assert measure(loop).integrated_lufs == pytest.approx(LOOP_LUFS, abs=0.6)
    assert measure(loop).true_peak_dbtp < -1


def test_a_loop_is_wide_but_not_out_of_phase(loop: Sound) -> None:
    assert 0.1 < np.corrcoef(loop.samples)[0, 1] < 0.8


def test_a_loop_leaves_room_for_speech(loop: Sound) -> None:
    power = (np.abs(np.fft.rfft(loop.samples.mean(axis=0))) ** 2).cumsum()
    hertz = power.size / (SAMPLE_RATE / 2)
    band = power[round(4000 * hertz)] - power[round(1500 * hertz)]
    assert band < 0.05 * power[-1]


def test_a_loop_is_never_silent_for_long(loop: Sound) -> None:
    seconds = loop.samples[:, : loop.samples.shape[1] // SAMPLE_RATE * SAMPLE_RATE].reshape(2, -1, SAMPLE_RATE)
    assert np.sqrt((seconds**2).mean(axis=(0, 2))).min() > 0.02


def test_the_same_seed_gives_the_same_samples_and_another_one_others() -> None:
    again = asyncio.run(HouseComposer().loop("tense", 7)).sound
    assert again.samples.tobytes() == loop_of("tense").samples.tobytes()
    assert loop_of("tense", 8).samples.tobytes() != again.samples.tobytes()


def test_moods_differ_with_the_same_seed() -> None:
    assert len({loop_of(mood).samples.shape for mood in MOODS}) == len(MOODS)


def test_an_unknown_mood_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BadInput, match=r"'angry'.*bright, tense"):
        asyncio.run(HouseComposer().loop("angry", 1))
