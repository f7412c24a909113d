"""Google Cloud's voices over REST, with the times of words from marks in SSML.

Belongs here: what is asked of the service, and what its answer means. Does not belong here: SSML (`ssml`),
passages (`narration`).

Only v1beta1 tells the times of marks. The key is one of Google Cloud, of a project whose Text-to-Speech is on.
The kind of voice is the model: neural2 in "en-US-Neural2-D". It takes no idempotency key.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from vidfactory.errors import BadInput
from vidfactory.ports import Answer, Call, Speech
from vidfactory.providers.failures import unreadable
from vidfactory.providers.kit import Kit
from vidfactory.providers.narration import (
    WAVE,
    Paragraphs,
    Passage,
    Recital,
    Unreadable,
    passages,
    sound_of,
    speech_of,
    together,
    whole_sound,
)
from vidfactory.providers.ssml import Dialect, mark_times, marked_up
from vidfactory.providers.tariff import unit_price
from vidfactory.providers.voices import VoiceProfile, own_voice, spoken_language, voice_profile
from vidfactory.providers.web import Rest

HOME = "https://texttospeech.googleapis.com"
LIMIT = 5000
"""Bytes of the SSML of one request."""
_MARK = re.compile(r"<mark\b[^>]*>")


class _Timepoint(BaseModel):
    mark: str = Field(alias="markName")
    seconds: float = Field(alias="timeSeconds")


class _Synthesis(BaseModel):
    audio: str = Field(alias="audioContent", min_length=1)
    timepoints: tuple[_Timepoint, ...] = ()


@dataclass(frozen=True)
class GoogleNarrator:
    """Implements `ports.Narrator`."""

    kit: Kit
    profile: VoiceProfile
    voices: Mapping[str, str]

    async def speak(self, paragraphs: tuple[tuple[str, ...], ...], language: str) -> Speech:
        """Speak `paragraphs`; raises `BadInput` for a language that it has no voice for, else `ProviderError`."""
        tag = spoken_language(language, self.voices, self.kit.name)
        voice = self.voices[tag]
        _check_kind(self.kit, voice)
        dialect = _dialect(self.kit.model, self.profile.rate)
        parts = passages(paragraphs, LIMIT, lambda part: len(_document(part, dialect).encode()))
        answers = await together(self._ask(part, dialect, tag, voice) for part in parts)
        recitals = [_recital(part, answer) for part, answer in zip(parts, answers, strict=True)]
        return speech_of(self.kit, voice, recitals, answers)

    async def _ask(self, part: Passage, dialect: Dialect, tag: str, voice: str) -> Answer:
        ssml = _document(part.paragraphs, dialect)
        request = {
            "input": {"ssml": ssml},
            "voice": {"languageCode": tag, "name": voice},
            "audioConfig": {"audioEncoding": "LINEAR16"},
            "enableTimePointing": ["SSML_MARK"] if dialect.marks else [],
        }
        characters = len(_MARK.sub("", ssml))  # marks are free, all other tags are not
        price = unit_price(self.kit.name, self.kit.service, self.kit.model, "character") * characters
        call = Call(self.kit.name, "speech", self.kit.model, request, price)

        async def send(_: str) -> Answer:
            said = await _rest(self.kit).order("/v1beta1/text:synthesize", request)
            facts, body = self._read(said, part)
            return Answer(facts, price, body, WAVE, {"characters": characters})

        return await self.kit.calls.ask(call, send)

    def _read(self, said: Any, part: Passage) -> tuple[Mapping[str, Any], bytes]:
        """The times of the marks and the sound, decoded once to see that it is whole."""
        try:
            synthesis = _Synthesis.model_validate(said)
            body = base64.b64decode(synthesis.audio, validate=True)
            whole_sound(body, WAVE, part.text, self.profile.rate)
        except (ValidationError, binascii.Error, Unreadable) as error:
            raise unreadable(self.kit, str(error)) from error
        return {"marks": {point.mark: point.seconds for point in synthesis.timepoints}}, body


def provide(kit: Kit) -> GoogleNarrator:
    """The voices of the kit's profile, or `options.voice`."""
    profile = voice_profile(kit.voice)
    return GoogleNarrator(kit, profile, own_voice(str(kit.service.options.get("voice", "")), profile.google))


async def probe(kit: Kit) -> str:
    """Ask for the list of English voices, which is free."""
    listed = await _rest(kit).ask("/v1/voices?languageCode=en-US")
    return f"{len(listed.get('voices', ()))} voices for en-US"


def _rest(kit: Kit) -> Rest:
    return Rest(kit, HOME, {"X-Goog-Api-Key": kit.key})


def _check_kind(kit: Kit, voice: str) -> None:
    """The model sets the price, so the voice must be of its kind."""
    kind = voice.split("-", 2)[-1].rpartition("-")[0].lower()
    if kind != kit.model:
        raise BadInput(
            f"the voice {voice!r} is {kind or 'of no known kind'}, not {kit.model}",
            where=f"services.{kit.name}.models.narrator",
            remedy=f"Set it to {kind!r}" if kind else "Choose a voice such as en-US-Neural2-D",
        )


def _dialect(kind: str, rate: float) -> Dialect:
    if kind.startswith("chirp"):
        return Dialect(stresses=False)
    return Dialect(rate="" if rate == 1 else f"{rate:.0%}", marks=True)


def _document(paragraphs: Paragraphs, dialect: Dialect) -> str:
    return f"<speak>{marked_up(paragraphs, dialect)}</speak>"


def _recital(part: Passage, answer: Answer) -> Recital:
    sound = sound_of(answer.body, answer.media_type)
    seconds = sound.samples.shape[1] / sound.rate
    return Recital(part, sound, mark_times(part.paragraphs, answer.facts["marks"], seconds))
