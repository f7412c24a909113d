"""What every aligner keeps to, the embedded one and WhisperX."""

from itertools import pairwise

import numpy as np
import pytest

from vidfactory.errors import BadInput, VidfactoryError
from vidfactory.ports import Sound
from vidfactory.providers import pocketsphinx_aligner, whisperx_aligner
from vidfactory.providers.kit import Kit
from vidfactory.settings import Service
from vidfactory_tests.providers.aligners import WORDS, aligned, speech
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.whisperx_stand_in import StandIn, whisperx

__all__ = ["whisperx"]
ALIGNERS = {"pocketsphinx": pocketsphinx_aligner, "whisperx": whisperx_aligner}
every_aligner = pytest.mark.parametrize("name", ALIGNERS)
pytestmark = pytest.mark.usefixtures("whisperx")


def hired(name: str) -> pocketsphinx_aligner.PocketsphinxAligner | whisperx_aligner.WhisperxAligner:
    made: pocketsphinx_aligner.PocketsphinxAligner | whisperx_aligner.WhisperxAligner = ALIGNERS[name].provide(
        Kit(name, "aligner", Service(), Direct())
    )
    return made


@every_aligner
def test_every_word_has_a_time_inside_the_sound_and_times_rise(name: str) -> None:
    sound = speech().sound
    words = aligned(hired(name), sound).words
    assert [word.index for word in words] == list(range(len(WORDS)))
    assert all(word.start_s < word.end_s for word in words)
    assert all(a.end_s <= b.start_s + 0.001 for a, b in pairwise(words))
    assert words[0].start_s >= 0
    assert words[-1].end_s <= sound.samples.shape[1] / sound.rate + 0.01


@every_aligner
def test_the_score_is_a_share_and_the_credit_names_who_found_the_times_for_nothing(name: str) -> None:
    made = aligned(hired(name), speech().sound)
    assert 0 < made.score <= 1
    assert made.made_by.provider == name
    assert made.made_by.model
    assert made.made_by.cost_usd == 0


@every_aligner
def test_the_same_sound_and_words_give_the_same_times(name: str) -> None:
    assert aligned(hired(name), speech().sound) == aligned(hired(name), speech().sound)


@every_aligner
def test_stereo_at_another_rate_and_level_is_understood(name: str) -> None:
    quiet = np.repeat(speech().sound.samples * np.float32(0.02), 2, axis=0)
    words = aligned(hired(name), Sound(quiet, speech().sound.rate)).words
    assert [word.index for word in words] == list(range(len(WORDS)))


@every_aligner
@pytest.mark.parametrize("samples", [0, 48_000])
def test_a_silent_sound_is_refused(name: str, samples: int) -> None:
    with pytest.raises(BadInput, match="no sound"):
        aligned(hired(name), Sound(np.zeros((1, samples), np.float32), 48_000))


@every_aligner
def test_a_script_that_says_nothing_is_refused(name: str) -> None:
    with pytest.raises(VidfactoryError, match=r"do not fit the sound|can be pronounced"):
        aligned(hired(name), speech().sound, ["—", "…"])


@every_aligner
def test_a_language_that_it_does_not_know_is_refused(name: str, whisperx: StandIn) -> None:
    with pytest.raises(VidfactoryError, match=name if name == "pocketsphinx" else "tlh"):
        aligned(hired(name), speech().sound, language="tlh")
