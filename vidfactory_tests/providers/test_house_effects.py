import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.providers.house_effects import EFFECTS, FALLBACK, PEAK_DBFS, effect_for, sound_effect
from vidfactory.rendering.audio import decibels
from vidfactory.schema.base import SAMPLE_RATE

every_effect = pytest.mark.parametrize("name", EFFECTS)


def loudness(sound: Sound) -> list[float]:
    """RMS of each quarter."""
    return [float(np.sqrt((part**2).mean())) for part in np.array_split(sound.samples, 4, axis=1)]


@given(st.sampled_from(sorted(EFFECTS)), st.floats(0.2, 4), st.integers(0, 2**32 - 1))
def test_an_effect_has_its_length_and_level_and_no_click_at_its_ends(name: str, seconds: float, seed: int) -> None:
    sound = sound_effect(name, seconds, seed)
    assert sound.samples.shape == (2, round(seconds * SAMPLE_RATE))
    assert decibels(float(np.abs(sound.samples).max())) == pytest.approx(PEAK_DBFS, abs=0.01)
    assert np.abs(sound.samples[:, [0, -1]]).max() < 0.01


@every_effect
def test_the_same_seed_gives_the_same_effect_and_another_one_another(name: str) -> None:
    first, again, other = (sound_effect(name, 1.0, seed).samples for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes() != other.tobytes()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("A heavy door slams shut", "impact"),
        ("Clock ticking", "click"),
        ("rising tension before the drop", "riser"),
        ("soft rain on a window", "rain"),
        ("a swoosh from left to right", "whoosh"),
        ("a cat purrs", FALLBACK),
        ("", FALLBACK),
    ],
)
def test_the_words_choose_the_effect(words: str, name: str) -> None:
    assert effect_for(words) == name


def test_each_effect_has_its_shape_in_time() -> None:
    levels = {name: loudness(sound_effect(name, 2.0, 3)) for name in EFFECTS}
    assert levels["click"][0] > 100 * levels["click"][1]
    assert levels["impact"] == sorted(levels["impact"], reverse=True)
    assert levels["riser"] == sorted(levels["riser"])
    assert min(levels["whoosh"][1:3]) > 3 * max(levels["whoosh"][0], levels["whoosh"][3])
    assert max(levels["rain"]) < 1.2 * min(levels["rain"])


@pytest.mark.parametrize("seconds", [0.0, 0.1, 61.0, float("nan")])
def test_a_length_out_of_bounds_is_refused(seconds: float) -> None:
    with pytest.raises(BadInput, match=r"0\.2 to 60 s"):
        sound_effect("whoosh", seconds, 1)
