"""WhisperX as aligner: forced alignment of the known script with a wav2vec 2.0 model of its language.

Belongs here: loading the model, what WhisperX is asked, and how its answer becomes word times. Does not belong
here: recognising speech (the script is known, so WhisperX's recogniser never runs).

It comes with the extra `whisperx`, which brings PyTorch; models are downloaded when they are first used, unless
`options.model_dir` holds them. The whole narration is one segment, because nothing tells yet where its sentences
begin: WhisperX's table grows with seconds times letters, about 1 GB for ten minutes.
"""

import asyncio
import importlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vidfactory.errors import Permanent
from vidfactory.ports import Alignment, Sound
from vidfactory.providers.kit import Kit
from vidfactory.providers.spoken_words import RECOGNISER_RATE, Said, Span, recogniser_samples, said_words, token_times
from vidfactory.schema.base import Credit

WITHOUT_SPACES = frozenset({"ja", "zh"})
"""Languages in which WhisperX takes every character for a word."""


@dataclass(frozen=True)
class WhisperxAligner:
    """Implements `ports.Aligner`.

    model: a torchaudio pipeline or a Hugging Face model; empty for WhisperX's own choice for the language.
    model_dir: where models are kept; empty for the place that torch or Hugging Face choose. device: "cpu" or "cuda".
    """

    model: str = ""
    model_dir: str = ""
    device: str = "cpu"

    async def align(self, sound: Sound, words: Sequence[str], language: str) -> Alignment:
        """Find `words`; the score is the mean of WhisperX's own scores of the words that it found.

        Raises `BadInput` for a silent sound and `Permanent` where WhisperX is not installed, has no model for
        the language, or fails.
        """
        return await asyncio.to_thread(self._aligned, sound, words, language)

    def _aligned(self, sound: Sound, words: Sequence[str], language: str) -> Alignment:
        code = language.lower().replace("_", "-").partition("-")[0]
        samples = recogniser_samples(sound)
        said = said_words(words, by_character=code in WITHOUT_SPACES)
        script = {"start": 0.0, "end": samples.size / RECOGNISER_RATE, "text": " ".join(word.text for word in said)}
        whisperx = installed()
        try:
            model, metadata = whisperx.load_align_model(
                code, self.device, model_name=self.model or None, model_dir=self.model_dir or None
            )
            answer = whisperx.align([script], model, metadata, samples, self.device)
        except (AssertionError, ImportError, LookupError, OSError, RuntimeError, ValueError) as error:
            raise _failed(error) from error
        heard, scores = _heard(answer["word_segments"], said)
        if not heard:
            raise Permanent(
                "the words do not fit the sound",
                where="whisperx",
                remedy="Make the narration again, or use another aligner",
            )
        made_by = Credit(provider="whisperx", model=self.model or f"wav2vec 2.0 for {code}")
        return Alignment(token_times(said, heard), sum(scores) / len(scores), made_by)


def provide(kit: Kit) -> WhisperxAligner:
    """With `models.aligner`, `options.model_dir` and `options.device`; Permanent where WhisperX is not installed."""
    installed()
    options = kit.service.options
    return WhisperxAligner(
        kit.service.models.get(kit.port, ""), str(options.get("model_dir", "")), str(options.get("device", "cpu"))
    )


def installed() -> Any:
    """The package `whisperx`; Permanent naming the extra where it is not there."""
    try:
        return importlib.import_module("whisperx")
    except ImportError as error:
        raise _failed(error) from error


def _failed(error: Exception) -> Permanent:
    if isinstance(error, ImportError):
        return Permanent(
            f"WhisperX is not installed: {error}", where="whisperx", remedy='pip install "vidfactory[whisperx]"'
        )
    if isinstance(error, LookupError):
        return Permanent(
            "WhisperX needs the sentence tables of NLTK", where="whisperx", remedy="python -m nltk.downloader punkt_tab"
        )
    reason = " ".join(str(error).split())[:300]
    return Permanent(
        f"WhisperX failed: {reason}",
        where="whisperx",
        remedy="Check services.whisperx.models.aligner and options.device in vidfactory.toml",
    )


def _heard(segments: Sequence[Mapping[str, Any]], said: Sequence[Said]) -> tuple[dict[int, Span], list[float]]:
    """Seconds of the words that WhisperX found, by index, and their scores.

    It answers with every word in the script's order, or with none; a word that it did not find has no score, and
    its time is a guess.
    """
    if segments and [segment["word"] for segment in segments] != [word.text for word in said]:
        raise Permanent("WhisperX answered with other words than it was asked for", where="whisperx")
    found = [
        (index, segment)
        for index, segment in enumerate(segments)
        if all(math.isfinite(segment.get(name, math.nan)) for name in ("start", "end", "score"))
    ]
    spans = {index: (float(segment["start"]), float(segment["end"])) for index, segment in found}
    return spans, [min(1.0, max(0.0, float(segment["score"]))) for _, segment in found]
