"""How near to the truth an aligner finds the words of a script, clean and in all the states that recordings are in.

The truth are espeak-ng's own events. Belongs here: the speech, what is done to it, how far off its words are found.
Does not belong here: finding words (`providers/pocketsphinx_aligner.py`).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from benchmarks.report import Figure, Section, at_most
from vidfactory.desks.spoken import tokens_of
from vidfactory.ports import Sound, Speech, SpokenWord
from vidfactory.providers.espeak_narrator import EspeakNarrator, EspeakVoice
from vidfactory.providers.house_composer import HouseComposer
from vidfactory.providers.pocketsphinx_aligner import PocketsphinxAligner
from vidfactory.rendering.audio import amplitude, decode, encode_mp3, resample
from vidfactory.rendering.meter import integrated_lufs
from vidfactory.rendering.treatment import treat
from vidfactory.schema.base import SAMPLE_RATE

SCRIPT = """
Google's stock closed at $332.00 on October 10th, 2008. It lost 9.1% in a single week, and 36% since May.
A post went round that evening: "$GOOG is on sale, and nobody wants to buy." Forty thousand people saw it.
What had happened? The S&P 500 fell for eight sessions in a row. Banks stopped lending to each other, and money left
everything that could be sold. Microsoft lost 21%, IBM 15%, Amazon 19.5%.
Look at the trend. The stock stands 44% below its high, and 18% below its average of 200 days. Its swings are three
times as wide as they were in summer. The volume was 2.4 times as large as usual.
So watch two things: whether the low of $310 holds, and what the company says on October 16th. None of this is advice.
"""
"""A paragraph a line or two; spoken in about a minute."""
VOICES = (
    EspeakVoice(),
    EspeakVoice(variant="f3", rate=150),
    EspeakVoice(variant="m3", rate=200),
    EspeakVoice(variant="f5", rate=130),
    EspeakVoice(variant="Alex", rate=175),
)
CLEAN = "clean"
NOISE_DB, MUSIC_DB = 20.0, 22.0
RATES = (8_000, 16_000, 22_050, 44_100)
MEDIAN_MS, PERCENTILE_95_MS = 30, 100
HEADS = ("speech", "words", "median, ms", "95 %, ms", "worst, ms", "lost")
NOTES = (
    (
        "Words on time: a finance script of about a minute in five espeak-ng voices of 130 to 200 words a minute, "
        "aligned with pocketsphinx. A word is off by the time between where it is found to begin and espeak-ng's own "
        "event; it is lost where the aligner gives it no time. Noise is white, music the house's, under the voice by "
        'RMS and by LUFS. The worst figures are of short words behind a pause ("A post") that are found to begin in it.'
    ),
)

Said = Callable[[str], None]
Paragraphs = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Found:
    """How far off word starts are in milliseconds, of how many words that have a time in truth."""

    off_ms: tuple[float, ...]
    words: int

    @property
    def lost(self) -> int:
        return self.words - len(self.off_ms)

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.off_ms, share))

    @property
    def cells(self) -> Sequence[str]:
        figures = (self.percentile(50), self.percentile(95), max(self.off_ms))
        return str(self.words), *(f"{figure:.0f}" for figure in figures), str(self.lost)


def with_words(folder: Path, said: Said) -> tuple[list[Figure], Section]:
    """Align everything and tell the figures; takes about four minutes of one core."""
    paragraphs = tuple(tuple(t.spoken for t in tokens_of(line)) for line in SCRIPT.strip().splitlines())
    speeches = {voice: asyncio.run(EspeakNarrator(voice).speak(paragraphs, "en")) for voice in VOICES}
    states = _states(folder)
    found: dict[str, list[Found]] = {}
    for name, change in states.items():
        said(f"aligning: {name}")
        found[name] = [_found(speech, *change(speech.sound), paragraphs) for speech in speeches.values()]
    voices = [
        (f"{CLEAN}, {voice.variant} at {voice.rate} words a minute", *each.cells)
        for voice, each in zip(VOICES, found[CLEAN], strict=True)
    ]
    together = {name: _together(each) for name, each in found.items()}
    rows = [*voices, *((f"{name}, all voices", *each.cells) for name, each in together.items())]
    clean = together[CLEAN]
    figures = [
        at_most("word starts of clean read speech off, median, ms", clean.percentile(50), MEDIAN_MS, "{:.0f}"),
        at_most("word starts of clean read speech off, 95 %, ms", clean.percentile(95), PERCENTILE_95_MS, "{:.0f}"),
        at_most("words of clean read speech lost", clean.lost, 0, "{:.0f}"),
    ]
    return figures, Section("Words on time", HEADS, rows, "How far from the truth words are found.", "")


def _states(folder: Path) -> Mapping[str, Callable[[Sound], tuple[Sound, float]]]:
    """What is done to speech before it is aligned: the sound, and how many seconds later it begins."""

    def as_mp3(sound: Sound) -> Sound:
        encode_mp3(folder / "speech.mp3", sound)
        return decode(folder / "speech.mp3")

    def as_recording(sound: Sound, rate: int) -> Sound:
        at_rate = resample(sound, rate)
        wavfile.write(folder / "speech.wav", rate, (at_rate.samples.T * 32767).round().astype(np.int16))
        return decode(folder / "speech.wav")

    def as_narration(sound: Sound) -> tuple[Sound, float]:
        treated = treat(sound)
        return as_mp3(treated.sound), treated.trimmed / SAMPLE_RATE

    return {
        CLEAN: lambda sound: (sound, 0.0),
        "treated, as MP3": as_narration,
        "as MP3, twice": lambda sound: (as_mp3(as_mp3(sound)), 0.0),
        **{f"at {rate / 1000:g} kHz": lambda sound, rate=rate: (as_recording(sound, rate), 0.0) for rate in RATES},
        "at 8 kHz, treated, as MP3": lambda sound: as_narration(as_recording(sound, RATES[0])),
        f"with noise {NOISE_DB:g} dB under": lambda sound: (_with_noise(sound), 0.0),
        f"with music {MUSIC_DB:g} dB under": lambda sound: (_with_music(sound), 0.0),
    }


def _with_noise(sound: Sound) -> Sound:
    level = np.sqrt(np.mean(np.square(sound.samples))) * amplitude(-NOISE_DB)
    noise = np.random.default_rng(0).standard_normal(sound.samples.shape) * level
    return Sound((sound.samples + noise).astype(np.float32), sound.rate)


def _with_music(sound: Sound) -> Sound:
    voice = resample(sound, SAMPLE_RATE)
    loop = asyncio.run(HouseComposer().loop("tense", 1)).sound
    under_db = integrated_lufs(voice) - MUSIC_DB - integrated_lufs(loop)
    length = voice.samples.shape[1]
    music = np.resize(loop.samples.mean(axis=0), length) * amplitude(under_db)
    return Sound((voice.samples + music).astype(np.float32), SAMPLE_RATE)


def _found(speech: Speech, sound: Sound, later_s: float, paragraphs: Paragraphs) -> Found:
    words = list(chain.from_iterable(paragraphs))
    made = asyncio.run(PocketsphinxAligner().align(sound, words, "en"))
    return compared(made.words, speech.words, later_s)


def compared(found: Sequence[SpokenWord], true: Sequence[SpokenWord], later_s: float) -> Found:
    """`later_s`: how many seconds later the sound begins in which the words were found."""
    starts = {word.index: word.start_s + later_s for word in found}
    off = [abs(starts[word.index] - word.start_s) * 1000 for word in true if word.index in starts]
    return Found(tuple(off), len(true))


def _together(found: Sequence[Found]) -> Found:
    return Found(tuple(chain.from_iterable(each.off_ms for each in found)), sum(each.words for each in found))
