"""The voice department: who says when words are heard."""

import asyncio

import pytest

from vidfactory.assets.voice import found_times
from vidfactory.planning.timing import timed_words
from vidfactory.ports import Alignment, Sound, SpokenWord
from vidfactory.providers.pocketsphinx_aligner import PocketsphinxAligner
from vidfactory.rendering.audio import encode_mp3
from vidfactory.rendering.treatment import treat
from vidfactory.schema.base import SAMPLE_RATE, Credit, Media, Samples
from vidfactory.schema.screenplay import Beat, Screenplay, Token
from vidfactory.schema.speech import Narration
from vidfactory_tests.providers.aligners import PARAGRAPHS, WORDS, accuracy, speech

SCREENPLAY = Screenplay(
    video="finance-test",
    title="Test",
    headline="Test",
    description="Test",
    language="en",
    theme="finance",
    beats=tuple(
        Beat(name=f"beat_{number}", tokens=tuple(Token(shown=word, spoken=word) for word in words))
        for number, words in enumerate(PARAGRAPHS)
    ),
)


class Deaf:
    """Hears the first `count` words only; `asked` counts how often it was asked."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked = 0

    async def align(self, sound: Sound, words: tuple[str, ...], language: str) -> Alignment:
        self.asked += 1
        heard = tuple(SpokenWord(index, index / 10, index / 10 + 0.1) for index in range(self.count))
        return Alignment(heard, self.count / len(words), Credit(provider="deaf", model="ear"))


@pytest.fixture(scope="module")
def trimmed_s() -> float:
    return treat(speech().sound).trimmed / SAMPLE_RATE


@pytest.fixture(scope="module")
def silent_about_words(tmp_path_factory: pytest.TempPathFactory) -> Narration:
    """A narration whose narrator knows no times."""
    treated = treat(speech().sound)
    path = tmp_path_factory.mktemp("voice") / "narration.mp3"
    encode_mp3(path, treated.sound)
    return Narration(
        audio=Media.of(path, "audio/mpeg"),
        duration=Samples(treated.sound.samples.shape[1]),
        integrated_lufs=-16.0,
        voice="nobody",
        words=(),
        made_by=Credit(provider="openai", model="tts"),
    )


def knowing(narration: Narration, count: int) -> Narration:
    """The narration of a narrator that knows the times of its first `count` words."""
    words = timed_words(SCREENPLAY.beats, speech().words[:count], Samples(0), narration.duration)
    return narration.model_copy(update={"words": words})


def test_a_narrator_that_knows_its_words_needs_no_aligner(silent_about_words: Narration) -> None:
    narration, aligner = knowing(silent_about_words, len(WORDS)), Deaf(0)
    made = asyncio.run(found_times(SCREENPLAY, narration, aligner))
    assert made.words == narration.words
    assert (made.aligner, made.score, aligner.asked) == ("openai's own word times", None, 0)


def test_a_narrator_that_knows_half_its_words_is_not_relied_on(silent_about_words: Narration) -> None:
    aligner = Deaf(len(WORDS))
    made = asyncio.run(found_times(SCREENPLAY, knowing(silent_about_words, len(WORDS) // 2), aligner))
    assert (made.aligner, made.score, aligner.asked) == ("deaf, ear", 1.0, 1)


def test_words_are_found_in_the_narration_where_nobody_knows_their_times(
    silent_about_words: Narration, trimmed_s: float
) -> None:
    made = asyncio.run(found_times(SCREENPLAY, silent_about_words, PocketsphinxAligner()))
    assert made.aligner.startswith("pocketsphinx, en-us")
    assert made.score == 1.0
    assert all(word.timing == "exact" for word in made.words)
    found = [
        SpokenWord(index, word.start / SAMPLE_RATE, word.end / SAMPLE_RATE) for index, word in enumerate(made.words)
    ]
    measured = accuracy(found, speech().words, shift_s=trimmed_s)
    assert measured.median <= 30
    assert len(made.pauses) >= len(PARAGRAPHS) - 1


def test_words_that_the_aligner_missed_are_interpolated_and_marked(silent_about_words: Narration) -> None:
    missed = len(WORDS) // 4
    made = asyncio.run(found_times(SCREENPLAY, silent_about_words, Deaf(len(WORDS) - missed)))
    assert [word.timing for word in made.words].count("interpolated") == missed


def test_a_narration_in_which_few_words_are_heard_has_times_and_a_low_score(silent_about_words: Narration) -> None:
    made = asyncio.run(found_times(SCREENPLAY, silent_about_words, Deaf(3)))
    assert len(made.words) == len(WORDS)
    assert made.score == pytest.approx(3 / len(WORDS), abs=0.001)
