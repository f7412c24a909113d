from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.errors import BadInput, Permanent, Transient
from vidfactory.ports import Sound
from vidfactory.providers import sphinx_child
from vidfactory.providers.espeak_narrator import EspeakVoice
from vidfactory.providers.pocketsphinx_aligner import FRAME, PocketsphinxAligner, without_silence
from vidfactory.rendering.audio import decode, encode_mp3
from vidfactory.rendering.treatment import treat
from vidfactory.schema.base import SAMPLE_RATE
from vidfactory_tests.providers.aligners import WORDS, accuracy, aligned, speech

VOICES = [EspeakVoice(), EspeakVoice(variant="f3", rate=150)]


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.variant)
def test_words_begin_where_the_narrator_says_that_they_do(voice: EspeakVoice) -> None:
    true = speech(voice)
    measured = accuracy(aligned(PocketsphinxAligner(), true.sound).words, true.words)
    assert measured.lost == 0
    assert measured.median <= 30
    assert measured.percentile(95) <= 100


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.variant)
def test_the_treated_voice_as_mp3_is_aligned_as_well(voice: EspeakVoice, tmp_path: Path) -> None:
    true = speech(voice)
    treated = treat(true.sound)
    encode_mp3(tmp_path / "narration.mp3", treated.sound)
    found = aligned(PocketsphinxAligner(), decode(tmp_path / "narration.mp3")).words
    measured = accuracy(found, true.words, shift_s=treated.trimmed / SAMPLE_RATE)
    assert measured.lost == 0
    assert measured.median <= 30
    assert measured.percentile(95) <= 100


def test_words_that_are_not_heard_are_left_out_and_lower_the_score() -> None:
    place = WORDS.index("held")
    longer = [*WORDS[:place], "quick", "brown foxes", *WORDS[place:]]
    made = aligned(PocketsphinxAligner(), speech().sound, longer)
    assert {place, place + 1}.isdisjoint(word.index for word in made.words)
    assert len(made.words) == len(WORDS)
    assert 0.8 < made.score < 1
    after = accuracy(made.words[place:], [word for word in speech().words if word.index >= place])
    assert after.lost == 2, "the indices count the words that were not heard"


def test_words_that_nobody_says_are_mostly_not_found() -> None:
    nonsense = ["volcanoes", "erupt", "beneath", "melting", "glaciers", "every", "thousand", "winters"] * 6
    assert aligned(PocketsphinxAligner(), speech().sound, nonsense).score < 0.5


def test_another_language_is_refused_with_the_aligner_that_knows_it() -> None:
    with pytest.raises(BadInput, match=r"no 'de-AT'.*whisperx"):
        aligned(PocketsphinxAligner(), speech().sound, language="de-AT")


def test_a_sound_shorter_than_a_word_is_no_crash() -> None:
    click = Sound(np.full((1, 100), 0.5, np.float32), 48_000)
    with pytest.raises(Permanent, match="do not fit the sound"):
        aligned(PocketsphinxAligner(), click, ["a"])


def test_a_search_that_takes_too_long_can_be_tried_again() -> None:
    with pytest.raises(Transient, match="longer than 0 s"):
        aligned(PocketsphinxAligner(timeout_s=0.01), speech().sound)


def test_a_crash_of_the_search_names_its_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crash = tmp_path / "sphinx_child.py"
    crash.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(sphinx_child, "__file__", str(crash))
    with pytest.raises(Permanent, match="SIGSEGV"):
        aligned(PocketsphinxAligner(), speech().sound)


def tone(*parts: tuple[int, float]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Frames of noise at these levels, one part behind the other."""
    noise = np.random.default_rng(0).standard_normal
    return np.concatenate([noise(frames * FRAME) * level for frames, level in parts]).astype(np.float32)


def test_a_word_found_in_a_long_silence_is_cut_back_to_its_sound() -> None:
    samples = tone((20, 0.3), (30, 0.0), (20, 0.3))
    spans = without_silence(samples, [(0, 2, 28), (1, 45, 70)])
    assert spans == {0: (0.02, 0.2), 1: (0.5, 0.7)}


def test_the_closing_of_the_lips_before_a_consonant_belongs_to_its_word() -> None:
    samples = tone((20, 0.3), (5, 0.0), (20, 0.3))
    assert without_silence(samples, [(0, 0, 20), (1, 20, 45)]) == {0: (0.0, 0.2), 1: (0.2, 0.45)}


@given(
    st.lists(st.tuples(st.integers(1, 30), st.sampled_from([0.0, 0.0001, 0.1, 0.5])), min_size=1, max_size=12),
    st.data(),
)
def test_cutting_back_leaves_every_word_a_frame_within_itself(
    parts: list[tuple[int, float]], data: st.DataObject
) -> None:
    samples = tone(*parts)
    length = samples.size // FRAME
    edges = sorted(data.draw(st.sets(st.integers(0, length), min_size=2)))
    found = [(index, first, last) for index, (first, last) in enumerate(pairwise(edges))]
    for (index, first, last), (start, end) in zip(found, without_silence(samples, found).values(), strict=True):
        assert first / 100 <= start < end <= last / 100, index
