"""ElevenLabs as a composer: music and sound effects.

Belongs here: what each mood asks for, how its API is called, and how a piece becomes a loop. Does not belong
here: how long the music plays and how it makes room for speech (`rendering/mix.py`).

The API takes no seed beside a prompt. So a seed chooses one of a few prompts of its mood: videos differ, and
a piece that any video has paid for serves all others.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np
from elevenlabs.client import AsyncElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.core.parse_error import ParsingError
from elevenlabs.core.request_options import RequestOptions
from numpy.typing import NDArray

from vidfactory.errors import BadInput
from vidfactory.ports import Answer, Call, ComposedEffect, ComposedLoop, Sound
from vidfactory.providers import elevenlabs_narrator
from vidfactory.providers.failures import unreadable
from vidfactory.providers.house_composer import LOOP_LUFS, MAX_PEAK_DBFS
from vidfactory.providers.kit import Kit
from vidfactory.providers.tariff import unit_price
from vidfactory.providers.web import HTTP_ERRORS, broken, open_client, within_time
from vidfactory.rendering.audio import amplitude, decode
from vidfactory.rendering.meter import integrated_lufs
from vidfactory.schema.base import SAMPLE_RATE, Credit

PIECE_S = 40
"""Length that is asked for; the loop is shorter by the fade and by what is quiet at its ends."""
FADE_S = 1.5
"""How long the end goes on under the beginning."""
SHORTEST_LOOP_S = 10.0
QUIET_DBFS = -45.0
SHORTEST_EFFECT_S, LONGEST_EFFECT_S = 0.5, 30.0
FORMAT = "mp3_44100_128"
"""What every subscription may have."""
_ALWAYS = (
    "Instrumental background music under a speaking voice: no vocals, no lead melody, sparse, steady from the first"
    " second to the last, without intro, build-up or ending, so that it can loop."
)
MOODS: Mapping[str, tuple[str, ...]] = {
    "calm": (
        "Calm and warm: soft electric piano and pads, 75 bpm.",
        "Calm and open: slow felt piano over a light drone, 70 bpm.",
        "Calm and thoughtful: plucked nylon guitar with soft strings, 80 bpm.",
        "Calm and clear: marimba and warm synthesizer, 84 bpm.",
    ),
    "bright": (
        "Bright and confident: muted guitar, light claps and bass, 104 bpm.",
        "Bright and curious: pizzicato strings and soft percussion, 110 bpm.",
        "Bright and modern: clean synthesizer arpeggio and a light beat, 112 bpm.",
        "Bright and friendly: electric piano, shaker and bass, 100 bpm.",
    ),
    "tense": (
        "Tense and low: pulsing bass, ticking percussion, distant strings, 90 bpm.",
        "Tense and cold: dark synthesizer pulse with sparse drums, 96 bpm.",
        "Tense and quiet: tremolo strings over a deep drone, 85 bpm.",
        "Tense and driving: muted staccato cello and a soft kick, 100 bpm.",
    ),
}
_NO_RETRIES = RequestOptions(max_retries=0)
Fetch = Callable[[AsyncElevenLabs], AsyncIterator[bytes]]
Stereo = NDArray[np.float32]


@dataclass(frozen=True)
class ElevenLabsComposer:
    """Implements `ports.Composer` with the models that the settings name for `composer` and for `effects`."""

    kit: Kit

    async def loop(self, mood: str, seed: int) -> ComposedLoop:
        """A stereo loop of about `PIECE_S` at `SAMPLE_RATE`, `LOOP_LUFS` loud. BadInput for an unknown mood."""
        if mood not in MOODS:
            raise BadInput(f"there is no mood {mood!r}", where="music", remedy=f"Use one of {', '.join(MOODS)}")
        prompt = f"{MOODS[mood][seed % len(MOODS[mood])]} {_ALWAYS}"
        price = unit_price(self.kit.name, self.kit.service, self.kit.model, "second") * PIECE_S
        request = {"prompt": prompt, "seconds": PIECE_S, "format": FORMAT}

        def fetch(sdk: AsyncElevenLabs) -> AsyncIterator[bytes]:
            return sdk.music.compose(
                prompt=prompt,
                music_length_ms=PIECE_S * 1000,
                model_id=self.kit.model,
                force_instrumental=True,
                output_format=FORMAT,
                request_options=_NO_RETRIES,
            )

        call = Call(self.kit.name, "music", self.kit.model, request, price)
        answer = await self.kit.calls.ask(call, self._sender(fetch, price, {"seconds": PIECE_S}, _loop_of))
        return ComposedLoop(await asyncio.to_thread(_loop_of, answer.body), self._credit(self.kit.model, answer.cost))

    async def effect(self, description: str, seconds: float, seed: int) -> ComposedEffect:  # noqa: ARG002 - the API takes none
        """The effect that the words describe, as long as the service makes it: 0.5 to 30 s."""
        model = replace(self.kit, port="effects").model
        price = unit_price(self.kit.name, self.kit.service, model, "effect")
        length = min(max(seconds, SHORTEST_EFFECT_S), LONGEST_EFFECT_S)
        request = {"text": description, "seconds": length, "format": FORMAT}

        def fetch(sdk: AsyncElevenLabs) -> AsyncIterator[bytes]:
            pieces: AsyncIterator[bytes] = sdk.text_to_sound_effects.convert(
                text=description,
                duration_seconds=length,
                model_id=model,
                output_format=FORMAT,
                request_options=_NO_RETRIES,
            )
            return pieces

        call = Call(self.kit.name, "effect", model, request, price)
        answer = await self.kit.calls.ask(call, self._sender(fetch, price, {"effects": 1}, _decoded))
        return ComposedEffect(await asyncio.to_thread(_decoded, answer.body), self._credit(model, answer.cost))

    def _credit(self, model: str, cost: Decimal) -> Credit:
        return Credit(provider=self.kit.name, model=model, cost_usd=cost)

    def _sender(
        self, fetch: Fetch, price: Decimal, units: Mapping[str, int], use: Callable[[bytes], Sound]
    ) -> Callable[[str], Awaitable[Answer]]:
        """What makes one request. A sound that cannot be put to its use is asked for again."""

        async def send(_: str) -> Answer:
            body = await _fetched(self.kit, fetch)
            try:
                await asyncio.to_thread(use, body)
            except BadInput as error:
                raise unreadable(self.kit, error.what) from error
            return Answer(facts={}, cost=price, body=body, media_type="audio/mpeg", units=units)

        return send


def provide(kit: Kit) -> ElevenLabsComposer:
    return ElevenLabsComposer(kit)


async def probe(kit: Kit) -> str:
    """Ask for the account's state, which is free."""
    return await elevenlabs_narrator.probe(kit)


async def _fetched(kit: Kit, fetch: Fetch) -> bytes:
    try:
        async with within_time(kit), open_client(kit) as http:
            sdk = AsyncElevenLabs(api_key=kit.key, base_url=kit.service.address or None, httpx_client=http)
            return b"".join([piece async for piece in fetch(sdk)])
    except ApiError as error:
        raise elevenlabs_narrator.typed(kit, error) from error
    except ParsingError as error:
        raise unreadable(kit, "it is not what the SDK expects") from error
    except HTTP_ERRORS as error:
        raise broken(kit, error) from error


def _decoded(body: bytes) -> Sound:
    """A sound file in memory, in stereo at `SAMPLE_RATE`; BadInput where it is none or broken off."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        path.write_bytes(body)
        sound = decode(path)
    return Sound(np.repeat(sound.samples, 2, axis=0) if sound.samples.shape[0] == 1 else sound.samples, sound.rate)


def _loop_of(body: bytes) -> Sound:
    """A piece as a loop; BadInput where it is too short or silent."""
    samples = _without_quiet_ends(_decoded(body).samples)
    if samples.shape[1] < (SHORTEST_LOOP_S + FADE_S) * SAMPLE_RATE:
        raise BadInput(f"the music lasts only {samples.shape[1] / SAMPLE_RATE:.1f} s")
    loop = looped(samples, round(FADE_S * SAMPLE_RATE))
    level = amplitude(LOOP_LUFS - integrated_lufs(Sound(loop, SAMPLE_RATE)))
    peak = float(np.abs(loop).max())
    return Sound((loop * min(level, amplitude(MAX_PEAK_DBFS) / peak)).astype(np.float32), SAMPLE_RATE)


def looped(samples: Stereo, fade: int) -> Stereo:
    """`samples` without their last `fade`, which fade out, at constant power, under the first ones.

    So the last sample is followed by the one that always followed it.
    """
    angle = np.linspace(0, np.pi / 2, fade, endpoint=False, dtype=np.float32)
    loop = samples[:, : samples.shape[1] - fade].copy()
    loop[:, :fade] = loop[:, :fade] * np.sin(angle) + samples[:, samples.shape[1] - fade :] * np.cos(angle)
    return loop


def _without_quiet_ends(samples: Stereo) -> Stereo:
    loud = np.flatnonzero(np.abs(samples).max(axis=0) > amplitude(QUIET_DBFS))
    return samples[:, loud[0] : loud[-1] + 1] if loud.size else samples[:, :0]
