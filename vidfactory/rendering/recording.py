"""Recordings that a person brings: whether there is a voice's worth of sound in a file, and that sound.

Belongs here: what a file is by its content, its length and level, the channel that is taken. Does not belong
here: whether the script is what is read in it (the check on `timestamps`), and making it pleasant (`treatment`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.rendering.audio import decibels, decode, decoded
from vidfactory.schema.base import Media, samples_to_seconds

KINDS: Mapping[str, tuple[str, str]] = {
    "aac": (".aac", "audio/aac"),
    "aiff": (".aiff", "audio/aiff"),
    "amr": (".amr", "audio/amr"),
    "asf": (".wma", "audio/x-ms-wma"),
    "au": (".au", "audio/basic"),
    "caf": (".caf", "audio/x-caf"),
    "flac": (".flac", "audio/flac"),
    "matroska": (".mka", "audio/x-matroska"),
    "mov": (".m4a", "audio/mp4"),
    "mp3": (".mp3", "audio/mpeg"),
    "ogg": (".ogg", "audio/ogg"),
    "w64": (".w64", "audio/x-w64"),
    "wav": (".wav", "audio/wav"),
}
"""FFmpeg's names for the files that are taken, the ending that each is stored with, and its media type."""
SHORTEST_S, LONGEST_S = 2.0, 1800.0
QUIETEST_DBFS = -60.0
"""A recording whose loudest sample lies below is taken for a microphone that was off."""
_REMEDY = "Give a recording of the script, for example as WAV, MP3 or M4A"


@dataclass(frozen=True)
class Kind:
    """What a file is: the ending that says so, and its media type."""

    ending: str
    media_type: str


def kind_of(path: Path) -> Kind:
    """What a file is by its content: its name says nothing. BadInput where it is no sound that is known."""
    try:
        # Playlists and the like, which FFmpeg knows too, would open other files.
        with av.open(path, options={"format_whitelist": ",".join(KINDS)}) as container:
            name = container.format.name.partition(",")[0]
    except (av.FFmpegError, ValueError) as error:
        reason = error.strerror if isinstance(error, av.FFmpegError) else error
        what = f"it is no sound file that is known here ({reason})" if path.is_file() else "there is no such file"
        raise BadInput(what, where=str(path), remedy=_REMEDY) from error
    return Kind(*KINDS[name])


def inspect_recording(path: Path) -> None:
    """Read a recording to its end, as far as `LONGEST_S`.

    Raises `BadInput` that names the file where it is not there, is no sound that is known, cannot be decoded,
    breaks off, is silent, or is shorter or longer than a narration can be.
    """
    kind_of(path)
    where = str(path)
    samples, peak = 0, 0.0
    for block in decoded(path, where):
        if not np.isfinite(block).all():
            raise BadInput("it holds samples that are no numbers", where=where, remedy=_REMEDY)
        samples += block.shape[1]
        peak = max(peak, float(np.abs(block).max()))
        if samples_to_seconds(samples) > LONGEST_S:
            raise BadInput(f"it is longer than {LONGEST_S / 60:.0f} minutes", where=where, remedy=_REMEDY)
    if samples_to_seconds(samples) < SHORTEST_S:
        raise BadInput(f"it is only {samples_to_seconds(samples):.1f} s long", where=where, remedy=_REMEDY)
    if decibels(peak) < QUIETEST_DBFS:
        raise BadInput(
            f"it is silent: its loudest moment has {decibels(peak):.0f} dBFS", where=where, remedy="Record it again"
        )


def recorded(audio: Media) -> Sound:
    """The sound of a recording, mono: of two channels the one with more sound in it.

    The mean of both would lose a voice that is on one of them, or on both the other way round.
    """
    sound = decode(audio.path)
    powers = np.mean(np.square(sound.samples, dtype=np.float64), axis=1)
    louder = int(powers.argmax())
    return Sound(sound.samples[louder : louder + 1], sound.rate)
