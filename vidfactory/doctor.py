"""What each part of the studio would use on this machine, and what is missing."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import av.codec

from vidfactory.drawing.type import FALLBACK_FACES, font_path
from vidfactory.errors import VidfactoryError
from vidfactory.providers.chromium import HOW_TO_GET_ONE, find_chromium
from vidfactory.providers.espeak_narrator import EspeakNarrator
from vidfactory.rendering.quality import card_serves
from vidfactory.settings import Settings

NEEDED_BYTES = 500_000_000
"""Free space below which a render may not finish."""
FACES = ("anton", *FALLBACK_FACES)


@dataclass(frozen=True)
class Finding:
    """One part: what it would use and why; `remedy` says what to do where it is not good."""

    part: str
    uses: str
    good: bool = True
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at every port, the encoders, the fonts and the disk. Makes no call and changes nothing."""
    why = f"profile {settings.profile}"
    return [
        Finding("writer", f"house writer ({why}: no key, no network)"),
        _narrator(why),
        Finding("aligner", "the narrator's own word times"),
        Finding("illustrator", f"house illustrator ({why})"),
        Finding("market", f"bundled prices ({why}), or the order's CSV"),
        Finding("trends", f"a file of posts ({why})"),
        Finding("composer", f"house composer ({why})"),
        _browser(settings),
        _encoders(),
        _fonts(),
        _disk(settings.local_folder),
    ]


def _narrator(why: str) -> Finding:
    try:
        speech = EspeakNarrator().speak((("Ready.",),), "en")
    except VidfactoryError as error:
        return Finding("narrator", "espeak-ng", good=False, remedy=str(error))
    return Finding("narrator", f"{speech.made_by.provider}, voice {speech.voice} ({why})")


def _browser(settings: Settings) -> Finding:
    found = find_chromium(settings.chromium)
    return Finding("browser", str(found or "none"), good=found is not None, remedy=HOW_TO_GET_ONE)


def _encoders() -> Finding:
    card = "h264_nvenc where the quality allows it" if card_serves() else "no graphics card encodes here"
    missing = [name for name in ("libx264", "aac") if name not in av.codec.codecs_available]
    return Finding(
        "encoders",
        f"libx264 and aac of PyAV {av.__version__}; {card}",
        good=not missing,
        remedy=f"PyAV here has no {', '.join(missing)}: install its wheel with `make setup`",
    )


def _fonts() -> Finding:
    missing = [face for face in FACES if not font_path(face).exists()]
    return Finding(
        "fonts", ", ".join(FACES), good=not missing, remedy=f"{', '.join(missing)} are missing: run `make setup`"
    )


def _disk(folder: Path) -> Finding:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    uses = f"{folder}, {free / 1e9:.1f} GB free"
    if not os.access(existing, os.W_OK):
        return Finding("studio", uses, good=False, remedy="Make it writable, or set VIDFACTORY_LOCAL to another folder")
    return Finding("studio", uses, good=free > NEEDED_BYTES, remedy="Free some space: a render needs 500 MB")
