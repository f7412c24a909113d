"""Real speech for the fakes, by the house narrator, in the formats that services offer.

Belongs here: text to sound with the times of words and characters, and sound to bytes. Does not belong here: how
a service names its formats.
"""

import asyncio
import html
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from typing import Any
from xml.etree import ElementTree as ET

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from vidfactory.ports import Speech
from vidfactory.providers.espeak_narrator import EspeakNarrator, EspeakVoice

_PAUSE = re.compile(r"<break\b(?![^>]*\btime=[\"'][0-4]?\d?\dms)[^>]*/?>|</p>|\n\s*\n")
"""Breaks below half a second are left to the reader, who pauses between sentences by himself."""
_TAG = re.compile(r"<[^>]*>")
_MARK = re.compile(r"<mark\s+name=[\"']([^\"']*)[\"']\s*/>")
_RATE = re.compile(r"<prosody\b[^>]*\brate=[\"']([+-]?\d+(?:\.\d+)?)(%?)[\"']")
WORDS_A_MINUTE = 175


@dataclass(frozen=True)
class Spoken:
    """Mono samples in [-1, 1] at `rate` Hz; `words` are (first character, end, start in s, end in s)."""

    samples: NDArray[np.float32]
    rate: int
    words: tuple[tuple[int, int, float, float], ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


@lru_cache(maxsize=64)
def say(text: str, language: str = "en", speed: float = 1.0, voice: str = "", *, ssml: bool = False) -> Spoken:
    """Speak `text`; a `<break/>` or an empty line is a pause. Another `voice` sounds different.

    In SSML all tags are silent and entities are read. Raises ValueError for SSML that is not well-formed.
    """
    if ssml:
        speed *= _checked_rate(text)
    silent = (_TAG if ssml else _PAUSE).sub(lambda found: " " * len(found[0]), text)
    pauses = [found.end() for found in _PAUSE.finditer(text)]
    spans = [found.span() for found in re.finditer(r"\S+", silent)]
    paragraphs = [
        [span for span in spans if low <= span[0] < high]
        for low, high in zip([0, *pauses], [*pauses, len(text)], strict=True)
    ]
    read: Callable[[str], str] = html.unescape if ssml else str
    told = tuple(tuple(read(silent[low:high]) for low, high in part) for part in paragraphs if part)
    if not told:
        return Spoken(np.zeros(2205, np.float32), 22050, ())
    speech = _speak(told, language.partition("-")[0], speed, voice)
    samples = speech.sound.samples[0]
    times = {word.index: (word.start_s, word.end_s) for word in speech.words}
    return Spoken(samples, speech.sound.rate, _timed(spans, times, len(samples) / speech.sound.rate))


def _speak(paragraphs: tuple[tuple[str, ...], ...], language: str, speed: float, voice: str) -> Speech:
    manner = EspeakVoice(rate=round(WORDS_A_MINUTE * speed), pitch=35 + sum(voice.encode()) % 30)
    return asyncio.run(EspeakNarrator(manner).speak(paragraphs, language))


def _checked_rate(ssml: str) -> float:
    """How much faster than usual SSML is to be read: of its first prosody element with a figure."""
    try:
        root = ET.fromstring(ssml)  # noqa: S314 - from our own tests
    except ET.ParseError as error:
        raise ValueError(f"not well-formed: {error}") from error
    if root.tag.rpartition("}")[2] != "speak":
        raise ValueError("the root is not <speak>")
    found = _RATE.search(ssml)
    if not found:
        return 1.0
    figure = float(found[1])
    if not found[2]:
        return figure
    return 1 + figure / 100 if found[1][0] in "+-" else figure / 100


def mark_times(ssml: str, spoken: Spoken) -> list[tuple[str, float]]:
    """When each `<mark/>` is passed: at the start of the word behind it, or at the end."""
    return [
        (found[1], next((start for low, _, start, _ in spoken.words if low >= found.end()), spoken.seconds))
        for found in _MARK.finditer(ssml)
    ]


def _timed(
    spans: list[tuple[int, int]], times: dict[int, tuple[float, float]], seconds: float
) -> tuple[tuple[int, int, float, float], ...]:
    """Words with times; those without one share the gap between their neighbours."""
    words: list[tuple[int, int, float, float]] = []
    for index, (low, high) in enumerate(spans):
        if index in times:
            start, end = times[index]
        else:
            after = next((times[other][0] for other in range(index, len(spans)) if other in times), seconds)
            start = words[-1][3] if words else 0.0
            missing = next((n for n in range(1, len(spans) - index) if index + n in times), len(spans) - index)
            end = start + max(0.0, after - start) / missing
        start = max(start, words[-1][3] if words else 0.0)
        words.append((low, high, start, max(start, end)))
    return tuple(words)


def character_times(text: str, spoken: Spoken) -> tuple[list[float], list[float]]:
    """When each character begins and ends: a word's characters share its time, what lies between fills the gap."""
    starts, ends = [0.0] * len(text), [0.0] * len(text)
    place, time = 0, 0.0
    for low, high, start, end in (*spoken.words, (len(text), len(text), spoken.seconds, spoken.seconds)):
        _share(starts, ends, (place, low), (time, max(time, start)))
        _share(starts, ends, (low, high), (max(time, start), end))
        place, time = high, end
    return [round(each, 3) for each in starts], [round(each, 3) for each in ends]


def _share(starts: list[float], ends: list[float], span: tuple[int, int], times: tuple[float, float]) -> None:
    count = span[1] - span[0]
    for number in range(count):
        starts[span[0] + number] = times[0] + (times[1] - times[0]) * number / count
        ends[span[0] + number] = times[0] + (times[1] - times[0]) * (number + 1) / count


def at_rate(samples: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    if rate == wanted:
        return samples
    shared = gcd(rate, wanted)
    return np.asarray(resample_poly(samples, wanted // shared, rate // shared), np.float32)


def pcm(samples: NDArray[np.float32], rate: int, wanted: int) -> bytes:
    """Signed 16-bit little-endian samples at the wanted rate, without a header."""
    return (np.clip(at_rate(samples, rate, wanted), -1, 1) * 32767).astype("<i2").tobytes()


def encoded(samples: NDArray[np.float32], rate: int, kind: str, wanted: int, bit_rate: int = 128_000) -> bytes:
    """A file of `kind`: mp3, wav, opus (in Ogg), vorbis (in Ogg), flac or aac, at the wanted rate."""
    container_format, codec, options = {
        "mp3": ("mp3", "libmp3lame", {}),
        "wav": ("wav", "pcm_s16le", {}),
        "opus": ("ogg", "libopus", {}),
        "vorbis": ("ogg", "vorbis", {"strict": "-2"}),
        "flac": ("flac", "flac", {}),
        "aac": ("adts", "aac", {}),
    }[kind]
    file = io.BytesIO()
    data = np.frombuffer(pcm(samples, rate, wanted), "<i2")[np.newaxis]
    with av.open(file, "w", format=container_format) as container:
        stream: Any = container.add_stream(codec, rate=wanted, options=options)
        stream.layout = "stereo" if kind == "vorbis" else "mono"
        if kind not in {"wav", "flac"}:
            stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data), format="s16", layout="mono")
        frame.sample_rate = wanted
        resampler = av.AudioResampler(
            format=stream.format, layout=stream.layout, rate=wanted, frame_size=stream.codec_context.frame_size or None
        )
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(piece))
        container.mux(stream.encode())
    return file.getvalue()
