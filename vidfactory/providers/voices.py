"""Voices by name: how somebody speaks, and who that is at each provider.

Belongs here: the profiles of `voices.toml`, and which of a provider's voices speaks a language. Does not belong
here: how a provider is asked (`*_narrator.py`).
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from vidfactory.errors import BadInput

HOUSE = "house"
VOICES_FILE = Path(__file__).with_name("voices.toml")


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DirectedVoice(_Row):
    """A voice that is told in words how to speak."""

    voice: str
    instructions: str


class EspeakManner(_Row):
    """A variant of espeak-ng's voices; `rate` in words a minute, `pitch` and `range` 0-99."""

    variant: str
    rate: int = Field(ge=80, le=450)
    pitch: int = Field(ge=0, le=99)
    range: int = Field(ge=0, le=99)


class VoiceProfile(_Row):
    """How somebody speaks. `stability`, `similarity` and `style` as ElevenLabs means them; `rate` 1 is unchanged.

    `google`, `azure`, `polly` and `piper` name a voice for each language.
    """

    says: str
    rate: float = Field(ge=0.7, le=1.2)
    stability: float = Field(ge=0, le=1)
    similarity: float = Field(ge=0, le=1)
    style: float = Field(ge=0, le=1)
    azure_style: str
    elevenlabs: str
    openai: DirectedVoice
    espeak: EspeakManner
    google: Mapping[str, str]
    azure: Mapping[str, str]
    polly: Mapping[str, str]
    piper: Mapping[str, str]


class SpeechModel(_Row):
    """What a model of ElevenLabs takes.

    limit: characters of one request. stitches: whether it hears the text before and after. takes_language: whether
    the language may be named. credits: what it takes for a character. settings: which voice settings it knows.
    stability_step: what stability is a multiple of, 0 for any. languages: what it speaks; empty where nobody has said.
    """

    limit: int = Field(2_500, gt=0)
    stitches: bool = False
    takes_language: bool = False
    credits: float = Field(1.0, gt=0)
    settings: tuple[str, ...] = ()
    stability_step: float = Field(0, ge=0)
    languages: tuple[str, ...] = ()


class Multilingual(_Row):
    languages: tuple[str, ...]


class _Voices(_Row):
    profile: Mapping[str, VoiceProfile]
    elevenlabs: Mapping[str, SpeechModel]
    openai: Multilingual


@cache
def _voices() -> _Voices:
    with VOICES_FILE.open("rb") as stream:
        return _Voices.model_validate(tomllib.load(stream))


def profiles() -> Mapping[str, VoiceProfile]:
    """All voice profiles by name."""
    return _voices().profile


def voice_profile(name: str) -> VoiceProfile:
    """The profile of that name, that of the house for an empty one; BadInput naming those that there are."""
    found = profiles().get(name or HOUSE)
    if found is None:
        raise BadInput(f"there is no voice {name!r}", where="voice", remedy=f"Choose one of {', '.join(profiles())}")
    return found


def elevenlabs_model(model: str) -> SpeechModel:
    """What a model of ElevenLabs takes; the least that any takes for one that is not known."""
    return _voices().elevenlabs.get(model, SpeechModel())


def openai_languages() -> tuple[str, ...]:
    """The languages that OpenAI's voices speak."""
    return _voices().openai.languages


def spoken_language(language: str, spoken: Iterable[str], who: str) -> str:
    """The one of `spoken` that is `language`, else the first of the same tongue; BadInput where there is none.

    Languages are BCP 47 tags such as "en" or "de-AT", their case and `_` for `-` not minded.
    """
    known = tuple(spoken)
    wanted = _tag(language)
    exact = [tag for tag in known if _tag(tag) == wanted]
    same = [tag for tag in known if _tag(tag).partition("-")[0] == wanted.partition("-")[0]]
    found = next(iter(exact or same), None)
    if found is None:
        raise BadInput(f"{who} does not speak {language!r}", where="language", remedy=f"It speaks {', '.join(known)}")
    return found


def own_voice(name: str, voices: Mapping[str, str]) -> Mapping[str, str]:
    """The voice `name`, under the language that it begins with ("en-GB-..."); `voices` where it is empty.

    Raises `BadInput` for a name without a language.
    """
    if not name:
        return voices
    match = re.match(r"[a-z]{2,3}[-_][A-Z]{2}(?=-)", name)
    if not match:
        raise BadInput(
            f"the voice {name!r} does not tell its language", where="voice", remedy="Give a name such as en-GB-..."
        )
    return {match[0].replace("_", "-"): name}


def _tag(language: str) -> str:
    return language.lower().replace("_", "-")
