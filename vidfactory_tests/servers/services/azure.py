"""Azure's speech over REST: SSML in, audio out in the format that a header names; the list of voices."""

import re

from vidfactory_tests.servers import speech
from vidfactory_tests.servers.prices import character_cost
from vidfactory_tests.servers.wire import Answer, Request, Route, Service, json_answer

LISTED = ("en-US-JennyNeural", "en-US-GuyNeural", "en-US-AndrewMultilingualNeural", "en-GB-RyanNeural")
_NAME = re.compile(r"[a-z]{2,3}-[A-Z]{2}-\w+Neural")
"""Any name of this form is a voice."""
_VOICE = re.compile(r"<voice\b[^>]*\bname=[\"']([^\"']+)[\"']")
_LANGUAGE = re.compile(r"xml:lang=[\"']([A-Za-z-]+)[\"']")
_UNBILLED = re.compile(r"</?(?:speak|voice)\b[^>]*>|<\?xml[^>]*>")
_FORMAT = re.compile(r"(riff|raw|audio|ogg)-(\d+)khz-(?:16bit-mono-pcm|(\d+)kbitrate-mono-mp3|16bit-mono-opus)")
_KINDS = {"riff": ("wav", "audio/x-wav"), "audio": ("mp3", "audio/mpeg"), "ogg": ("opus", "audio/ogg")}


def service() -> Service:
    return Service(
        name="azure",
        routes=(
            Route("POST", "/cognitiveservices/v1", "speech", answer=_speak, model=_voice),
            Route("GET", "/cognitiveservices/voices/list", "voices", answer=_voices),
        ),
        is_authorised=lambda request: request.key in {request.bearer, request.headers.get("ocp-apim-subscription-key")},
        wrong_key=lambda _: _failure(
            401, "Access denied due to invalid subscription key or wrong API endpoint.", code="PermissionDenied"
        ),
        failure=_failure,
    )


def _failure(status: int, message: str = "", code: str = "") -> Answer:
    return json_answer({"error": {"code": code or str(status), "message": message or f"error {status}"}}, status)


def _voice(request: Request) -> str:
    found = _VOICE.search(request.body.decode())
    return found[1] if found else ""


def _speak(request: Request) -> Answer:
    ssml, asked = request.body.decode(), request.headers.get("x-microsoft-outputformat", "")
    form = _FORMAT.fullmatch(asked)
    if "user-agent" not in request.headers or not request.headers.get("content-type", "").startswith(
        "application/ssml"
    ):
        return _failure(415, "Content-Type must be application/ssml+xml, and User-Agent must be there.")
    if not form:
        return _failure(400, f"Unsupported output format {asked}")
    if not _NAME.fullmatch(_voice(request)):
        return _failure(400, f"Unsupported voice {_voice(request)}.")
    language = _LANGUAGE.search(ssml)
    try:
        spoken = speech.say(ssml, language[1] if language else "en-US", voice=_voice(request), ssml=True)
    except ValueError as error:
        return _failure(400, f"SSML parsing error: {error}")
    rate = int(form[2]) * 1000
    if form[1] == "raw":
        body, kind = speech.pcm(spoken.samples, spoken.rate, rate), "audio/basic"
    else:
        name, kind = _KINDS[form[1]]
        body = speech.encoded(spoken.samples, spoken.rate, name, rate, int(form[3] or 64) * 1000)
    cost = character_cost("azure:neural", len(_UNBILLED.sub("", ssml)))
    return Answer(200, body, kind, {"x-requestid": request.digest[:32]}, cost)


def _voices(_: Request) -> Answer:
    return json_answer(
        [{"ShortName": name, "Locale": name[:5], "VoiceType": "Neural", "Status": "GA"} for name in LISTED]
    )
