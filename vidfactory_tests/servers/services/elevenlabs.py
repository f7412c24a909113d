"""ElevenLabs: speech with character times, music, effects, voices and the account's own state."""

import base64
import json
import re

import numpy as np
from numpy.typing import NDArray

from vidfactory_tests.servers import sounds, speech
from vidfactory_tests.servers.prices import CALLS, CHARACTERS, SECONDS, character_cost
from vidfactory_tests.servers.wire import Answer, Request, Route, Service, json_answer

VOICES = {"JBFqnCBsd6RMkjVDRZzb": "George", "21m00Tcm4TlvDq8ikWAM": "Rachel", "EXAVITQu4vr4xnSDxMaL": "Sarah"}
_VOICE = re.compile(r"[A-Za-z0-9]{20}")
"""Any name of this form is a voice; those of the list are what the list shows."""
LEAST_MUSIC_MS, MOST_MUSIC_MS, DEFAULT_MUSIC_MS = 3000, 600_000, 30_000
DEFAULT_MODEL = "eleven_multilingual_v2"
DEFAULT_FORMAT = "mp3_44100_128"
MAX_CHARACTERS = {"eleven_v3": 5000, "eleven_v4": 10000, "eleven_multilingual_v2": 10000}
MAX_CHARACTERS_FAST = 40000
_STATES = {400: "bad_request", 401: "unauthorized", 404: "not_found", 429: "too_many_concurrent_requests"}


def service() -> Service:
    return Service(
        name="elevenlabs",
        routes=(
            Route(
                "POST",
                "/v1/text-to-speech/{voice}/with-timestamps",
                "speech",
                answer=_with_times,
                refuse=_refuse,
                model=_model,
            ),
            Route("POST", "/v1/text-to-speech/{voice}", "speech", answer=_plain, refuse=_refuse, model=_model),
            Route(
                "POST",
                "/v1/music",
                "music",
                answer=_music,
                refuse=_refuse,
                model=lambda request: str(request.json.get("model_id") or "music_v1"),
            ),
            Route("POST", "/v1/sound-generation", "sound", answer=_sound, refuse=_refuse, model=lambda _: "sound"),
            Route("GET", "/v1/voices", "voices", answer=_voices),
            Route("GET", "/v2/voices", "voices", answer=_voices),
            Route("GET", "/v1/models", "models", answer=_models),
            Route("GET", "/v1/user/subscription", "subscription", answer=_subscription),
        ),
        is_authorised=lambda request: request.headers.get("xi-api-key") == request.key,
        wrong_key=lambda _: _failure(401, "invalid_api_key", "Invalid API key"),
        failure=_failure,
    )


def _failure(status: int, state: str = "", message: str = "") -> Answer:
    state = state or _STATES.get(status, "internal_server_error")
    return json_answer({"detail": {"status": state, "message": message or state.replace("_", " ")}}, status)


def _refuse(_: Request) -> Answer:
    return _failure(400, "content_policy_violation", "The text violates the terms of use.")


def _model(request: Request) -> str:
    return str(request.json.get("model_id") or DEFAULT_MODEL)


def _with_times(request: Request) -> Answer:
    checked = _checked(request)
    if isinstance(checked, Answer):
        return checked
    spoken, body = checked
    text = request.json["text"]
    starts, ends = speech.character_times(text, spoken)
    alignment = {
        "characters": list(text),
        "character_start_times_seconds": starts,
        "character_end_times_seconds": ends,
    }
    content = {
        "audio_base64": base64.b64encode(body).decode(),
        "alignment": alignment,
        "normalized_alignment": alignment,
    }
    return _paid(request, json.dumps(content).encode(), "application/json")


def _plain(request: Request) -> Answer:
    checked = _checked(request)
    if isinstance(checked, Answer):
        return checked
    return _paid(request, checked[1], _media(request))


def _paid(request: Request, body: bytes, kind: str) -> Answer:
    """Characters of `text` are billed, half of them for the fast models; those of previous and next text are not."""
    characters, model = len(request.json["text"]), _model(request)
    charged = characters // 2 if CHARACTERS[f"elevenlabs:{model}"] < CHARACTERS["elevenlabs:eleven_v3"] else characters
    cost = character_cost(f"elevenlabs:{model}", characters)
    headers = {
        "request-id": request.digest[:20],
        "character-cost": str(charged),
        "history-item-id": request.digest[:16],
    }
    return Answer(200, body, kind, headers, cost)


def _checked(request: Request) -> tuple[speech.Spoken, bytes] | Answer:
    """The speech and its bytes in the wanted format, or what is wrong with the request."""
    wanted, model, voice = request.json, _model(request), request.captured["voice"]
    if not _VOICE.fullmatch(voice):
        return _failure(404, "voice_not_found", f"A voice with voice_id '{voice}' was not found.")
    if f"elevenlabs:{model}" not in CHARACTERS:
        return _failure(400, "model_not_found", f"A model with model ID {model} does not exist.")
    if len(wanted["text"]) > MAX_CHARACTERS.get(model, MAX_CHARACTERS_FAST):
        return _failure(400, "max_character_limit_exceeded", "The text is too long for this model.")
    if model == "eleven_v3" and ({"previous_text", "next_text"} & wanted.keys()):
        return _failure(400, "unsupported_model", "Providing previous_text or next_text is not supported by eleven_v3.")
    speed = float((wanted.get("voice_settings") or {}).get("speed") or 1.0)
    spoken = speech.say(wanted["text"], wanted.get("language_code") or "en", speed, f"{voice}/{wanted.get('seed', 0)}")
    body = _encoded(spoken.samples, spoken.rate, _format(request))
    return _failure(422, "invalid_output_format") if body is None else (spoken, body)


def _encoded(samples: NDArray[np.float32], rate: int, form: str) -> bytes | None:
    """Sound as `mp3_44100_128`, `pcm_44100`, `wav_44100` or `opus_48000_64`; None for other formats."""
    match = re.fullmatch(r"(mp3|pcm|wav|opus)_(\d+)(?:_(\d+))?", form)
    if not match:
        return None
    if match[1] == "pcm":
        return speech.pcm(samples, rate, int(match[2]))
    return speech.encoded(samples, rate, match[1], int(match[2]), int(match[3] or 128) * 1000)


def _media(request: Request) -> str:
    form = _format(request).partition("_")[0]
    return {"pcm": "audio/pcm", "wav": "audio/wav", "opus": "audio/opus"}.get(form, "audio/mpeg")


def _music(request: Request) -> Answer:
    wanted = request.json
    plan = wanted.get("composition_plan") or {}
    parts = [*plan.get("sections", ()), *plan.get("chunks", ())]
    if bool(wanted.get("prompt")) == bool(parts):
        return _failure(422, "invalid_parameters", "Give either a prompt or a composition plan.")
    length_ms = wanted.get("music_length_ms") or sum(part["duration_ms"] for part in parts) or DEFAULT_MUSIC_MS
    if not LEAST_MUSIC_MS <= length_ms <= MOST_MUSIC_MS:
        return _failure(422, "invalid_music_length")
    body = _encoded(sounds.music(length_ms / 1000, _seed(request)), sounds.RATE, _format(request))
    if body is None:
        return _failure(422, "invalid_output_format")
    cost = SECONDS["elevenlabs:music"] * length_ms / 1000
    headers = {"request-id": request.digest[:20], "song-id": request.digest[:16]}
    return Answer(200, body, _media(request), headers, cost)


def _sound(request: Request) -> Answer:
    seconds = float(request.json.get("duration_seconds") or 2.0)
    body = _encoded(sounds.noise(seconds, _seed(request)), sounds.RATE, _format(request))
    if body is None:
        return _failure(422, "invalid_output_format")
    return Answer(200, body, _media(request), {"request-id": request.digest[:20]}, CALLS["elevenlabs:sound"])


def _seed(request: Request) -> int:
    return int(request.digest[:8], 16)


def _format(request: Request) -> str:
    return request.query.get("output_format", DEFAULT_FORMAT)


def _voices(_: Request) -> Answer:
    listed = [{"voice_id": key, "name": name, "category": "premade", "labels": {}} for key, name in VOICES.items()]
    return json_answer({"voices": listed, "has_more": False, "total_count": len(listed), "next_page_token": None})


def _models(_: Request) -> Answer:
    names = [kind.removeprefix("elevenlabs:") for kind in CHARACTERS if kind.startswith("elevenlabs:")]
    return json_answer([{"model_id": name, "name": name, "can_do_text_to_speech": True} for name in names])


def _subscription(_: Request) -> Answer:
    content = {
        "tier": "creator",
        "character_count": 12_345,
        "character_limit": 131_000,
        "max_character_limit_extension": 100_000,
        "can_extend_character_limit": True,
        "allowed_to_extend_character_limit": True,
        "next_character_count_reset_unix": 1_797_000_000,
        "voice_slots_used": 1,
        "professional_voice_slots_used": 0,
        "voice_limit": 30,
        "voice_add_edit_counter": 0,
        "professional_voice_limit": 1,
        "can_extend_voice_limit": True,
        "can_use_instant_voice_cloning": True,
        "can_use_professional_voice_cloning": True,
        "currency": "usd",
        "status": "active",
        "billing_period": "monthly_period",
        "character_refresh_period": "monthly_period",
        "next_invoice": None,
        "has_open_invoices": False,
    }
    return json_answer(content)
