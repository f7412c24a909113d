"""Whether a narration is a reading of its script, judged by the words that an aligner found in it.

Belongs here: the figures and their limits. Does not belong here: finding words in sound (aligners), and what
becomes of a narration that is something else (the check on `timestamps`).

All of it is a heuristic, because an aligner looks for the words that it was told and finds some in any speech.
Measured with pocketsphinx and espeak-ng's voices, treated and as MP3, scripts of 27 to 123 words:

| The narration is | words heard | sound explained | letters a second |
|---|---|---|---|
| the script: three voices, 90 to 260 words a minute, by telephone, noise 20 dB under | 1.00 | 0.90-1.00 | 7.3-19.7 |
| the same with noise 10 dB under | 0.95-1.00 | 0.86-0.90 | 12-14 |
| another English text | 0.29-0.59 | 0.12-0.70 | |
| German, French, Chinese | 0.00-0.52 | 0.00-0.68 | |
| the script without one of its paragraphs | 0.76-0.81 | 0.93 | |
| half of the script, then another text | 0.63-0.75 | 0.54-0.64 | |
| half of the script | 0.48-0.52 | 0.99 | 24-28 |
| the script twice, or another text behind it | 1.00 | 0.49-0.50 | 6.7-6.9 |
| noise | 0.00 | 0.00 | |
"""

import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidfactory.ports import Sound
from vidfactory.schema.base import SAMPLE_RATE, Samples, samples_to_seconds
from vidfactory.schema.speech import TimedWord, Timestamps

HEARD_ENOUGH = 0.85
"""The share of the script's words that must be found."""
SURE_ENOUGH = 0.5
"""The score that the aligner must have. Not measured for WhisperX, whose score is not a share of words."""
EXPLAINED_ENOUGH = 0.7
"""The share of the sound that must be words of the script; the rest may be breath and noise."""
SLOWEST, USUAL, FASTEST = 7.0, 13.0, 22.0
"""Letters a second, pauses included: half as fast as voices that read news, as fast, and faster than anybody can."""
LETTERS_OF_A_WIDE_SIGN = 3
"""A sign of Chinese, Japanese or Korean script is a syllable."""
LONGEST_PAUSE = Samples(5 * SAMPLE_RATE)
SOMETHING_ELSE = "it is another text or another language, or words are left out"
FRAME = SAMPLE_RATE // 100
SOUND_DB = 20.0
"""What is less than this below loud speech is sound that words should explain, and no room or music under it."""


@dataclass(frozen=True)
class Reading:
    """What speaks for and against a narration.

    words, heard: how many the script has, and how many of them were found. score: the aligner's own. seconds: its
    length. usual_s: in what time the script is usually read. explained: the share of its sound that lies inside
    words that were found. pause: its longest silence between two words in samples, and the word before it.
    """

    words: int
    heard: int
    score: float
    seconds: float
    usual_s: float
    explained: float
    pause: tuple[int, str]

    @property
    def letters_a_second(self) -> float:
        return self.usual_s * USUAL / self.seconds

    @property
    def faults(self) -> tuple[str, ...]:
        """Why it is no reading of the script, each with its figure; empty where it is one."""
        share, pace = self.heard / self.words, self.letters_a_second
        if not self.heard:
            return ("no word of the script is heard: it is silence, noise or something else",)
        found = (
            (
                share < HEARD_ENOUGH,
                f"only {self.heard} of {self.words} words are heard ({share:.0%}): {SOMETHING_ELSE}",
            ),
            (self.score < SURE_ENOUGH, f"the aligner is only {self.score:.0%} sure"),
            (
                self.explained < EXPLAINED_ENOUGH,
                f"{1 - self.explained:.0%} of its sound is no word of the script: more is said, or it is read twice",
            ),
            (
                not SLOWEST <= pace <= FASTEST,
                f"it takes {self.seconds:.0f} s for what is usually read in {self.usual_s:.0f} s",
            ),
            (
                self.pause[0] > LONGEST_PAUSE,
                f"it is silent for {samples_to_seconds(self.pause[0]):.1f} s after {self.pause[1]!r}",
            ),
        )
        return tuple(said for is_so, said in found if is_so)


def reading_of(timestamps: Timestamps, score: float, sound: Sound) -> Reading:
    """The figures of a narration with this sound, in which an aligner that is so sure found these times."""
    words = timestamps.words
    found = [word for word in words if word.timing == "exact"]
    longest = max(timestamps.pauses, key=lambda pause: pause.end - pause.start, default=None)
    return Reading(
        words=len(words),
        heard=len(found),
        score=score,
        seconds=samples_to_seconds(timestamps.duration),
        usual_s=sum(_letters(word.spoken) for word in words) / USUAL,
        explained=_explained(found, sound),
        pause=(longest.end - longest.start, words[longest.after].shown) if longest else (0, ""),
    )


def _letters(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return sum(char.isalpha() for char in text) + (LETTERS_OF_A_WIDE_SIGN - 1) * wide


def _explained(found: list[TimedWord], sound: Sound) -> float:
    loud = _loud_frames(sound)
    inside = np.zeros(loud.size, bool)
    for word in found:
        inside[word.start // FRAME : -(-word.end // FRAME)] = True
    return float((loud & inside).sum() / max(1, loud.sum()))


def _loud_frames(sound: Sound) -> NDArray[np.bool_]:
    voice = sound.samples.mean(axis=0, dtype=np.float64)
    power = np.square(voice[: voice.size // FRAME * FRAME]).reshape(-1, FRAME).mean(axis=1)
    loud: NDArray[np.bool_] = power > np.percentile(power, 90) * 10 ** (-SOUND_DB / 10)
    return loud
