"""Google Cloud Text-to-Speech: `text:synthesize` of v1, and of v1beta1 with times of SSML marks; `voices`."""

import base64
import re
from typing import Any

from vidfactory_tests.servers import speech
from vidfactory_tests.servers.prices import character_cost
from vidfactory_tests.servers.services import google
from vidfactory_tests.servers.wire import Answer, Request, Route, Service, json_answer

LISTED = ("en-US-Standard-A", "en-US-Neural2-D", "en-US-Wavenet-B", "en-GB-Neural2-A", "en-US-Chirp3-HD-Kore")
_NAME = re.compile(r"[a-z]{2,3}-[A-Z]{2}-(?:Standard|Wavenet|Neural2|News|Studio|Chirp3-HD|Chirp-HD)-\w+")
"""Any name of this form is a voice."""
MAX_BYTES = 5000
RATE = 24000
_KINDS = {"LINEAR16": "wav", "MP3": "mp3", "OGG_OPUS": "opus"}
_MARK = re.compile(r"<mark\b[^>]*>")


def service() -> Service:
    return Service(
        name="google_tts",
        routes=routes(),
        is_authorised=lambda request: (
            request.key in {request.bearer, request.headers.get("x-goog-api-key"), request.query.get("key")}
        ),
        wrong_key=lambda _: google.wrong_key(),
        failure=google.failure,
    )


def routes() -> tuple[Route, ...]:
    return (
        Route("POST", "/v1/text:synthesize", "speech", answer=_synthesize, model=_voice),
        Route("POST", "/v1beta1/text:synthesize", "speech", answer=_synthesize, model=_voice),
        Route("GET", "/v1/voices", "voices", answer=_voices),
    )


def _voice(request: Request) -> str:
    return str((request.json.get("voice") or {}).get("name") or LISTED[0])


def _synthesize(request: Request) -> Answer:
    wanted, name = request.json, _voice(request)
    given, config = wanted["input"], wanted["audioConfig"]
    text, is_ssml = given.get("ssml") or given.get("text") or "", "ssml" in given
    encoding = config.get("audioEncoding")
    if not _NAME.fullmatch(name):
        return google.failure(400, f"Voice '{name}' does not exist. Is it misspelled?")
    if len(text.encode()) > MAX_BYTES:
        return google.failure(
            400, f"Either `input.text` or `input.ssml` is longer than the limit of {MAX_BYTES} bytes."
        )
    if encoding not in _KINDS:
        return google.failure(400, f"Invalid value at 'audio_config.audio_encoding': {encoding}")
    try:
        spoken = speech.say(
            text, wanted["voice"]["languageCode"], float(config.get("speakingRate") or 1), name, ssml=is_ssml
        )
    except ValueError as error:
        return google.failure(400, f"Invalid SSML. {error}")
    rate = int(config.get("sampleRateHertz") or (48000 if encoding == "OGG_OPUS" else RATE))
    body = speech.encoded(spoken.samples, spoken.rate, _KINDS[encoding], rate)
    content: dict[str, Any] = {"audioContent": base64.b64encode(body).decode()}
    if request.path.startswith("/v1beta1"):
        asked = "SSML_MARK" in (wanted.get("enableTimePointing") or ())
        times = speech.mark_times(text, spoken) if asked else []
        content["timepoints"] = [{"markName": mark, "timeSeconds": round(time, 6)} for mark, time in times]
    return json_answer(content, cost=character_cost(_tariff(name), len(_MARK.sub("", text))))


def _tariff(voice: str) -> str:
    kind = "standard" if "Standard" in voice else "chirp" if "Chirp" in voice else "neural"
    return f"google_tts:{kind}"


def _voices(_: Request) -> Answer:
    listed = [
        {"languageCodes": [name[:5]], "name": name, "ssmlGender": "NEUTRAL", "naturalSampleRateHertz": RATE}
        for name in LISTED
    ]
    return json_answer({"voices": listed})
