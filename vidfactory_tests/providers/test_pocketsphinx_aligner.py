import asyncio
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.desks.spoken import tokens_of
from vidfactory.errors import BadInput, Permanent, Transient
from vidfactory.ports import Sound
from vidfactory.providers import sphinx_child
from vidfactory.providers.espeak_narrator import EspeakNarrator, EspeakVoice
from vidfactory.providers.pocketsphinx_aligner import FRAME, PocketsphinxAligner, with_floor, without_silence
from vidfactory.providers.spoken_words import said_words
from vidfactory.rendering.audio import decode, encode_mp3, resample
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
    assert aligned(PocketsphinxAligner(), speech().sound, nonsense).score < 0.6


def test_another_language_is_refused_with_the_aligner_that_knows_it() -> None:
    with pytest.raises(BadInput, match=r"no 'de-AT'.*whisperx"):
        aligned(PocketsphinxAligner(), speech().sound, language="de-AT")


def test_in_a_sound_that_is_no_speech_no_word_is_found() -> None:
    click = Sound(np.full((1, 100), 0.5, np.float32), 48_000)
    made = aligned(PocketsphinxAligner(), click, ["a"])
    assert (made.words, made.score) == ((), 0)
    noise = Sound(np.random.default_rng(0).normal(0, 0.1, (1, 160_000)).astype(np.float32), 16_000)
    assert aligned(PocketsphinxAligner(), noise).score == 0


@pytest.mark.parametrize("half", [0, 1])
def test_of_half_a_recording_half_the_words_are_found_where_they_are(half: int) -> None:
    true, middle = speech(), speech().sound.samples.shape[1] // 2
    sound = Sound(true.sound.samples[:, half * middle : (half + 1) * middle], true.sound.rate)
    made = aligned(PocketsphinxAligner(), sound)
    length_s = middle / sound.rate
    whole = [w for w in true.words if half * length_s <= w.start_s and w.end_s <= (half + 1) * length_s]
    measured = accuracy(made.words, whole, shift_s=half * length_s)
    assert measured.lost <= 1
    assert measured.median <= 30
    assert len(made.words) <= len(whole) + 1


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.variant)
def test_a_voice_from_a_telephone_loses_no_word(voice: EspeakVoice) -> None:
    true = speech(voice)
    measured = accuracy(aligned(PocketsphinxAligner(), resample(true.sound, 8_000)).words, true.words)
    assert measured.lost == 0
    assert measured.median <= 30


def test_every_sound_gets_a_little_noise_and_that_of_a_telephone_a_little_more() -> None:
    full = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    low = resample(resample(Sound(full[np.newaxis], 16_000), 8_000), 16_000).samples[0]
    floors = [np.std(with_floor(samples) - samples) / np.std(samples) for samples in (full, low)]
    assert floors == pytest.approx([0.01, 0.0316], rel=0.05)
    assert np.array_equal(with_floor(full), with_floor(full))


ODD = (
    "Google 🚀🚀 closed at https://x.io/a?b=c#d with $3,141.59 — Łódź, São Paulo, 你好 and Xiaomi’s naïve C++ "
    "@handle fell ½% in A/B-tests. #ToTheMoon"
)


def test_a_script_with_emoji_addresses_and_foreign_names_loses_no_word_that_is_said() -> None:
    tokens = tuple(token.spoken for token in tokens_of(ODD))
    true = asyncio.run(EspeakNarrator().speak((tokens,), "en"))
    made = aligned(PocketsphinxAligner(), true.sound, tokens)
    starts = [word.start_s for word in made.words]
    assert starts == sorted(starts)
    said = {word.index for word in made.words}
    assert {token for token in range(len(tokens)) if said_words([tokens[token]])} - said <= {
        index for index, token in enumerate(tokens) if not token.isascii()
    }
    assert accuracy(made.words, true.words).median <= 30


@pytest.mark.parametrize(
    "odd", [["pneumono" * 50], ["x" * 400], ["🚀", "—", "你好", "\x07", "a'b'c"]], ids=["word", "letters", "signs"]
)
def test_what_nobody_says_costs_no_other_word_its_time(odd: list[str]) -> None:
    place = WORDS.index("held")
    made = aligned(PocketsphinxAligner(), speech().sound, [*WORDS[:place], *odd, *WORDS[place:]])
    before = [word for word in made.words if word.index < place]
    behind = [replace(word, index=word.index - len(odd)) for word in made.words if word.index >= place + len(odd)]
    measured = accuracy([*before, *behind], speech().words)
    assert measured.lost == 0
    assert measured.percentile(95) <= 100


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


def test_the_end_of_a_word_before_a_long_silence_is_not_the_next_words_begin() -> None:
    samples = tone((20, 0.3), (30, 0.0), (20, 0.3))
    assert without_silence(samples, [(0, 2, 16), (1, 16, 70)]) == {0: (0.02, 0.16), 1: (0.5, 0.7)}


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
