"""A package `whisperx` for tests, where the real one (PyTorch and its models) is too large to install.

Belongs here: the two functions that the aligner calls, with the signatures of whisperx 3.8.6, and answers of the
same shape. What they say about when words are heard is made up: letters are spread evenly over the segment.
"""

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

SIGNATURES = {
    "load_align_model": [
        ("language_code", ...),
        ("device", ...),
        ("model_name", None),
        ("model_dir", None),
        ("model_cache_only", False),
    ],
    "align": [
        ("transcript", ...),
        ("model", ...),
        ("align_model_metadata", ...),
        ("audio", ...),
        ("device", ...),
        ("interpolate_method", "nearest"),
        ("return_char_alignments", False),
        ("print_progress", False),
        ("combined_progress", False),
        ("progress_callback", None),
    ],
}
"""Parameters and their defaults (`...` for none) in whisperx 3.8.6, whisperx/alignment.py."""
LETTERS = "abcdefghijklmnopqrstuvwxyz'"
LANGUAGES = {"en": "WAV2VEC2_ASR_BASE_960H", "de": "VOXPOPULI_ASR_BASE_10K_DE", "zh": "a model for Chinese"}
LANGUAGES_WITHOUT_SPACES = ["ja", "zh"]


class StandIn(ModuleType):
    """`loaded` and `aligned` hold what the two functions were given."""

    def __init__(self) -> None:
        super().__init__("whisperx")
        self.loaded: list[dict[str, Any]] = []
        self.aligned: list[dict[str, Any]] = []

    def load_align_model(
        self,
        language_code: str,
        device: str,
        model_name: str | None = None,
        model_dir: str | None = None,
        model_cache_only: bool = False,  # noqa: FBT001, FBT002 - whisperx's signatures, here and below
    ) -> tuple[object, dict[str, Any]]:
        self.loaded.append({"language": language_code, "device": device, "model": model_name, "folder": model_dir})
        if model_name is None and language_code not in LANGUAGES:
            raise ValueError(f"No default align-model for language: {language_code}")
        if device == "cuda":
            raise AssertionError("Torch not compiled with CUDA enabled")
        dictionary = {letter: code for code, letter in enumerate("-|" + LETTERS)}
        return object(), {"language": language_code, "dictionary": dictionary, "type": "torchaudio"}

    def align(  # noqa: PLR0917
        self,
        transcript: Iterable[dict[str, Any]],
        model: object,
        align_model_metadata: dict[str, Any],
        audio: Any,
        device: str,
        interpolate_method: str = "nearest",
        return_char_alignments: bool = False,  # noqa: FBT001, FBT002
        print_progress: bool = False,  # noqa: FBT001, FBT002
        combined_progress: bool = False,  # noqa: FBT001, FBT002
        progress_callback: Any = None,
    ) -> dict[str, Any]:
        segments = list(transcript)
        self.aligned.append({"segments": segments, "audio": audio, "device": device})
        words = [word for segment in segments for word in _words(segment, align_model_metadata["language"])]
        return {"segments": [{**segment, "words": words} for segment in segments], "word_segments": words}


def _words(segment: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """Every word of a segment in its order; none where nothing in it has a sound in the model."""
    text = segment["text"]
    parts = list(text.replace(" ", "")) if language in LANGUAGES_WITHOUT_SPACES else text.split()
    step = (segment["end"] - segment["start"]) / max(1, len(text))
    if not any(letter in LETTERS for letter in text) and language not in LANGUAGES_WITHOUT_SPACES:
        return []
    words, place = [], 0
    for part in parts:
        place = text.index(part, place)
        start, end = segment["start"] + place * step, segment["start"] + (place + len(part)) * step
        place += len(part)
        words.append({"word": part, "start": np.float64(round(start, 3)), "end": np.float64(round(end, 3))})
        if part != "xyzzy":
            words[-1]["score"] = np.float64(0.8)
    return words


@pytest.fixture
def whisperx(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The stand-in, where `import whisperx` finds it."""
    package = StandIn()
    monkeypatch.setitem(sys.modules, "whisperx", package)
    return package
