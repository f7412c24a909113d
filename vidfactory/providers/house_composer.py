"""The composer that needs no key and no network: quiet background music, synthesised from a seed and a mood.

Belongs here: harmony, patterns, instruments and the mix of one loop. Does not belong here: sound effects
(`house_effects`), how long the music plays and how it makes room for speech (`rendering/mix.py`).

Everything is circular: a note that rings past the end goes on at the beginning, and reverb and equaliser
work on the spectrum of one whole turn. So the end meets the beginning without a seam.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft, rfftfreq

from vidfactory.errors import BadInput
from vidfactory.ports import ComposedEffect, ComposedLoop, Sound
from vidfactory.providers.house_effects import sound_effect
from vidfactory.providers.kit import Kit
from vidfactory.rendering.audio import amplitude
from vidfactory.rendering.meter import integrated_lufs
from vidfactory.schema.base import SAMPLE_RATE, Credit

Wave = NDArray[np.float64]
Chord = tuple[int, ...]
"""Semitones over the key note, the root first."""

CREDIT = Credit(provider="house", model="house composer 1")
LOOP_LUFS = -14.0
MAX_PEAK_DBFS = -1.5
STEPS = 16
"""Sixteenths in a bar."""

MINOR_7, MAJOR_7, MAJOR_9, SUSPENDED = (0, 3, 7, 10), (0, 4, 7, 11), (0, 4, 7, 14), (0, 5, 7, 10)


@dataclass(frozen=True)
class Mood:
    """`step` is a sixteenth in samples; levels are of one instrument against the others, in dB."""

    step: int
    bars: int
    progressions: tuple[tuple[tuple[int, Chord], ...], ...]
    """Roots over the key note, with their chords; one a bar."""
    arpeggios: tuple[str, ...]
    """One character a sixteenth: which chord note is plucked (`0` the lowest), or `.` for none."""
    bass: str
    kick: str
    shaker: str
    pluck_db: float
    percussion_db: float


MOODS: Mapping[str, Mood] = {
    "calm": Mood(
        step=9600,
        bars=8,
        progressions=(
            ((0, MAJOR_7), (9, MINOR_7), (5, MAJOR_7), (7, SUSPENDED)),
            ((5, MAJOR_7), (4, MINOR_7), (2, MINOR_7), (0, MAJOR_9)),
        ),
        arpeggios=("0...2...3...1...", "0.....2...3...1.", "0...1...2.....3."),
        bass="x.........x.....",
        kick="x...............",
        shaker="....x.......x...",
        pluck_db=-5.0,
        percussion_db=-17.0,
    ),
    "bright": Mood(
        step=7500,
        bars=12,
        progressions=(
            ((0, MAJOR_9), (7, SUSPENDED), (9, MINOR_7), (5, MAJOR_7)),
            ((0, MAJOR_7), (4, MINOR_7), (5, MAJOR_9), (7, SUSPENDED)),
        ),
        arpeggios=("0.2.3.1.2.3.1.2.", "0..2..3.1..2..3.", "3.2.1.0.3.2.1.2."),
        bass="x.....x...x.....",
        kick="x.......x.......",
        shaker="..x...x...x...x.",
        pluck_db=-3.0,
        percussion_db=-12.0,
    ),
    "tense": Mood(
        step=8400,
        bars=8,
        progressions=(
            ((0, MINOR_7), (8, MAJOR_7), (5, MINOR_7), (7, SUSPENDED)),
            ((0, MINOR_7), (3, MAJOR_7), (8, MAJOR_7), (10, SUSPENDED)),
        ),
        arpeggios=("0.0.2.0.1.0.2.0.", "0.1.0.2.0.1.0.3.", "0..0..1..0..2.1."),
        bass="x..x......x..x..",
        kick="x..x............",
        shaker="x.x.x.x.x.x.x.x.",
        pluck_db=-6.0,
        percussion_db=-13.0,
    ),
}


@dataclass(frozen=True)
class HouseComposer:
    """Implements `ports.Composer`. The same mood and seed give the same samples."""

    async def loop(self, mood: str, seed: int) -> ComposedLoop:
        """A stereo loop of 20 to 40 s at `SAMPLE_RATE`, `LOOP_LUFS` loud. Raises `BadInput` for an unknown mood."""
        if mood not in MOODS:
            raise BadInput(f"there is no mood {mood!r}", where="music", remedy=f"Use one of {', '.join(MOODS)}")
        samples = await asyncio.to_thread(_composed, MOODS[mood], np.random.default_rng(seed))
        return ComposedLoop(Sound(samples, SAMPLE_RATE), CREDIT)

    async def effect(self, description: str, seconds: float, seed: int) -> ComposedEffect:
        """The nearest of the house's effects; see `house_effects.sound_effect`."""
        return ComposedEffect(await asyncio.to_thread(sound_effect, description, seconds, seed), CREDIT)


def provide(_: Kit) -> HouseComposer:
    return HouseComposer()


def _composed(mood: Mood, dice: np.random.Generator) -> NDArray[np.float32]:
    key = 48 + int(dice.integers(-3, 5))
    progression = mood.progressions[dice.integers(len(mood.progressions))]
    chords = [progression[bar % len(progression)] for bar in range(mood.bars)]
    length = mood.step * STEPS * mood.bars
    pad, pluck, bass, drums = (np.zeros((2, length)) for _ in range(4))
    _play_pad(pad, mood, key, chords)
    _play_pluck(pluck, mood, key, chords, dice)
    _play_bass(bass, mood, key, chords, dice)
    _play_drums(drums, mood, dice)
    layers = ((pad, -8.0, 0.5), (pluck, mood.pluck_db, 0.6), (bass, -7.0, 0.05), (drums, mood.percussion_db, 0.25))
    dry = sum((_levelled(layer) * amplitude(db) for layer, db, _ in layers), np.zeros((2, length)))
    sent = sum((_levelled(layer) * amplitude(db) * send for layer, db, send in layers), np.zeros((2, length)))
    return _finished(_spectrally(dry, sent, dice))


# --- players -------------------------------------------------------------------------------------


def _play_pad(track: Wave, mood: Mood, key: int, chords: Sequence[tuple[int, Chord]]) -> None:
    """Long soft chords; three copies of each note, a little out of tune, stand left, centre and right."""
    bar = mood.step * STEPS
    envelope = _swell(bar, round(0.45 * bar), round(0.55 * bar))
    for chord in dict.fromkeys(chords):
        for cents, pan in ((-7, -0.8), (0, 0.0), (6, 0.8)):
            pitches = [_hertz(note) * 2 ** (cents / 1200) for note in _voiced(key + 7, chord)]
            tones = sum((_table_tone(_SOFT_SAW, hertz, envelope.size) for hertz in pitches), np.zeros(envelope.size))
            for number in (number for number, other in enumerate(chords) if other == chord):
                _add(track, number * bar, tones * envelope, pan)


def _play_pluck(
    track: Wave, mood: Mood, key: int, chords: Sequence[tuple[int, Chord]], dice: np.random.Generator
) -> None:
    """Broken chords on an electric piano; every other turn of the progression has another pattern."""
    first, second = dice.permutation(len(mood.arpeggios))[:2]
    for number, chord in enumerate(chords):
        pattern = mood.arpeggios[first if number % 8 < 4 else second]
        notes = _voiced(key + 19, chord)
        for step, mark in _hits(pattern):
            loudness = (1.0 if step % 4 == 0 else 0.75) * dice.uniform(0.8, 1.0)
            late = int(dice.integers(0, 300))
            _add(
                track,
                (number * STEPS + step) * mood.step + late,
                loudness * _electric_piano(_hertz(notes[int(mark)])),
                0.45 * (-1) ** (step // 2),
            )


def _play_bass(
    track: Wave, mood: Mood, key: int, chords: Sequence[tuple[int, Chord]], dice: np.random.Generator
) -> None:
    for number, (root, _) in enumerate(chords):
        note = key - 12 + root - (12 if root > 6 else 0)
        for step, _ in _hits(mood.bass):
            loudness = (1.0 if step == 0 else 0.7) * dice.uniform(0.9, 1.0)
            _add(track, (number * STEPS + step) * mood.step, loudness * _bass_note(_hertz(note)), 0.0)


def _play_drums(track: Wave, mood: Mood, dice: np.random.Generator) -> None:
    shakes = [_shake(dice) for _ in range(4)]
    for number in range(mood.bars):
        start = number * STEPS * mood.step
        for step, _ in _hits(mood.kick):
            _add(track, start + step * mood.step, _kick() * (1.0 if step == 0 else 0.6), 0.0)
        for step, _ in _hits(mood.shaker):
            late = int(dice.integers(0, 400))
            shake = shakes[dice.integers(len(shakes))] * dice.uniform(0.25, 0.4)
            _add(track, start + step * mood.step + late, shake, 0.5 * (-1) ** (step // 2))


def _hits(pattern: str) -> Iterator[tuple[int, str]]:
    return ((step, mark) for step, mark in enumerate(pattern) if mark != ".")


def _voiced(centre: int, chord: tuple[int, Chord]) -> list[int]:
    """The chord's notes, each in the octave around `centre`, lowest first: chords follow each other in small steps."""
    root, tones = chord
    return sorted(centre - 6 + (root + tone + 6) % 12 for tone in tones)


# --- instruments ---------------------------------------------------------------------------------

_TABLE_SIZE = 8192


def _cycle(harmonics: int, slope: float) -> Wave:
    """One cycle of a tone whose harmonic h is `h ** -slope` strong."""
    phase = 2 * np.pi * np.arange(_TABLE_SIZE) / _TABLE_SIZE
    numbers = np.arange(1, harmonics + 1)
    wave: Wave = (np.sin(np.outer(numbers, phase)) * (numbers[:, np.newaxis] ** -slope)).sum(axis=0)
    return wave


_SOFT_SAW = _cycle(9, 1.4)


def _table_tone(table: Wave, hertz: float, length: int) -> Wave:
    phase = np.arange(length) * (hertz / SAMPLE_RATE * _TABLE_SIZE)
    return table[phase.astype(np.int64) % _TABLE_SIZE]


@cache
def _electric_piano(hertz: float) -> Wave:
    """Frequency modulation 1:1 with a falling index, and a short tine high above."""
    time = np.arange(round(1.8 * SAMPLE_RATE)) / SAMPLE_RATE
    angle = 2 * np.pi * hertz * time
    body = np.sin(angle + 1.2 * np.exp(-4 * time) * np.sin(angle)) * np.exp(-2.4 * time)
    tine = 0.06 * np.sin(7 * angle) * np.exp(-18 * time)
    return (body + tine) * _edges(time.size, 0.004, 0.3)


def _bass_note(hertz: float) -> Wave:
    time = np.arange(round(0.9 * SAMPLE_RATE)) / SAMPLE_RATE
    angle = 2 * np.pi * hertz * time
    return (np.sin(angle) + 0.25 * np.sin(2 * angle)) * np.exp(-2.2 * time) * _edges(time.size, 0.012, 0.25)


def _kick() -> Wave:
    time = np.arange(round(0.35 * SAMPLE_RATE)) / SAMPLE_RATE
    sweep = 2 * np.pi * (48 * time + 55 / 30 * (1 - np.exp(-30 * time)))
    return np.sin(sweep) * np.exp(-11 * time) * _edges(time.size, 0.003, 0.1)


def _shake(dice: np.random.Generator) -> Wave:
    noise = dice.standard_normal(round(0.09 * SAMPLE_RATE))
    time = np.arange(noise.size - 2) / SAMPLE_RATE
    return np.diff(noise, 2) * np.exp(-55 * time) * _edges(time.size, 0.006, 0.02)


def _edges(length: int, attack_s: float, release_s: float) -> Wave:
    """One, but rising from zero at the beginning and falling to zero at the end."""
    place = np.arange(length)
    rise = place / (attack_s * SAMPLE_RATE)
    fall = (length - 1 - place) / (release_s * SAMPLE_RATE)
    return np.clip(np.minimum(rise, fall), 0, 1)


def _swell(hold: int, attack: int, release: int) -> Wave:
    """Rises and falls along half cosines; `hold` runs from the beginning to where the fall begins."""
    place = np.arange(hold + release)
    shape = np.clip(np.minimum(place / attack, (hold + release - place) / release), 0, 1)
    return (1 - np.cos(np.pi * shape)) / 2


# --- the loop ------------------------------------------------------------------------------------


def _hertz(note: int) -> float:
    """Frequency of a MIDI note number, A4 = 69 = 440 Hz."""
    return float(440 * 2 ** ((note - 69) / 12))


def _add(track: Wave, start: int, tone: Wave, pan: float) -> None:
    """Add a tone at constant power between left (-1) and right (1); what rings past the end goes round."""
    angle = (pan + 1) * np.pi / 4
    start %= track.shape[1]
    room = track.shape[1] - start
    for channel, gain in enumerate((np.cos(angle), np.sin(angle))):
        track[channel, start : start + tone.size] += gain * tone[:room]
        track[channel, : max(0, tone.size - room)] += gain * tone[room:]


def _levelled(track: Wave) -> Wave:
    level: Wave = track / np.sqrt((track**2).mean())
    return level


def _spectrally(dry: Wave, sent: Wave, dice: np.random.Generator) -> Wave:
    """Dry sound and its reverb, equalised, by one multiplication of spectra: circular, so without a seam."""
    length = dry.shape[1]
    spectrum = rfft(dry) + rfft(sent) * rfft(_reverb(length, dice))
    tuned: Wave = irfft(spectrum * _equaliser(length), length)
    return tuned


def _reverb(length: int, dice: np.random.Generator) -> Wave:
    """Impulse response of a hall: noise that falls by 60 dB in 2.2 s, different on both sides, no deep bass."""
    time = np.arange(length) / SAMPLE_RATE
    tail = np.zeros((2, length))
    audible = round(2.2 * SAMPLE_RATE)
    tail[:, :audible] = dice.standard_normal((2, audible)) * 10 ** (-3 * time[:audible] / 2.2)
    tail[:, : round(0.015 * SAMPLE_RATE)] = 0
    frequency = rfftfreq(length, 1 / SAMPLE_RATE)
    coloured: Wave = irfft(rfft(tail) / np.hypot(1, frequency / 2500) * (frequency > 120), length)
    coloured /= np.sqrt((coloured**2).sum(axis=1, keepdims=True))
    return coloured


def _equaliser(length: int) -> NDArray[np.float64]:
    """Room for speech: 5 dB less around 2 kHz, a soft roof over 7 kHz, nothing below 30 Hz."""
    frequency = rfftfreq(length, 1 / SAMPLE_RATE)
    octaves = np.log2(np.maximum(frequency, 1.0) / 2000)
    dip = 10 ** (-5 / 20 * np.exp(-((octaves / 1.1) ** 2)))
    roof = 1 / np.hypot(1, (frequency / 7000) ** 2)
    floor = 1 / np.hypot(1, (30 / np.maximum(frequency, 1e-3)) ** 2)
    curve: NDArray[np.float64] = dip * roof * floor
    return curve


def _finished(loop: Wave) -> NDArray[np.float32]:
    """At `LOOP_LUFS`, peaks rounded off sample by sample, which no seam can hear."""
    ceiling = amplitude(MAX_PEAK_DBFS)
    level = LOOP_LUFS - integrated_lufs(Sound(loop.astype(np.float32), SAMPLE_RATE))
    return (ceiling * np.tanh(loop * amplitude(level) / ceiling)).astype(np.float32)
