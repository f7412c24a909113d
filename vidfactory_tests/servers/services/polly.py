"""Amazon Polly: `SynthesizeSpeech` for audio and for speech marks, `DescribeVoices`; requests are signed.

The key is the access key id and the secret in one; the signature is checked as AWS checks it.
"""

import json
import re
from functools import cache
from typing import Any

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from vidfactory_tests.servers import speech
from vidfactory_tests.servers.prices import character_cost
from vidfactory_tests.servers.wire import Answer, Request, Route, Service, json_answer

DEFAULT_LANGUAGE = "en-US"
MAX_BILLED = 3000
RATES = {"mp3": 24000, "ogg_opus": 48000, "ogg_vorbis": 22050, "pcm": 16000}
_KINDS = {"mp3": ("mp3", "audio/mpeg"), "ogg_opus": ("opus", "audio/ogg"), "ogg_vorbis": ("vorbis", "audio/ogg")}
_TAG = re.compile(r"<[^>]*>")
_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d+/([^/]+)/polly/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)"
)
_KINDS_OF_FAILURE = {429: "ThrottlingException", 404: "NotFoundException", 400: "ValidationException"}


def service() -> Service:
    return Service(
        name="polly",
        routes=(
            Route("POST", "/v1/speech", "speech", answer=_synthesize, model=_engine),
            Route("GET", "/v1/voices", "voices", answer=_voices),
        ),
        is_authorised=_is_signed,
        wrong_key=lambda _: _failure(
            403, "The security token included in the request is invalid.", "UnrecognizedClientException"
        ),
        failure=_failure,
    )


def _failure(status: int, message: str = "", kind: str = "") -> Answer:
    kind = kind or _KINDS_OF_FAILURE.get(status, "ServiceFailureException")
    return json_answer({"message": message or kind}, status).with_headers(x_amzn_ErrorType=kind)


def _is_signed(request: Request) -> bool:
    found = _SIGNED.fullmatch(request.headers.get("authorization", ""))
    if not found or found[1] != request.key:
        return False
    headers = {name: request.headers.get(name, "") for name in found[3].split(";")}
    signed = AWSRequest(request.method, request.base + request.path, headers, request.body, request.query)
    signed.context["timestamp"] = request.headers["x-amz-date"]
    signer = SigV4Auth(Credentials(request.key, request.key), "polly", found[2])
    text = signer.string_to_sign(signed, signer.canonical_request(signed))
    return str(signer.signature(text, signed)) == found[4]


@cache
def _voice_names() -> tuple[str, ...]:
    """Every voice that the SDK's own description of the service names."""
    return tuple(botocore.session.get_session().get_service_model("polly").shape_for("VoiceId").enum)


def _engine(request: Request) -> str:
    return str(request.json.get("Engine") or "standard")


def _synthesize(request: Request) -> Answer:
    wanted = request.json
    text, form, voice = wanted["Text"], wanted["OutputFormat"], wanted["VoiceId"]
    is_ssml, marks = wanted.get("TextType") == "ssml", wanted.get("SpeechMarkTypes") or []
    billed = len(_TAG.sub("", text)) if is_ssml else len(text)
    if voice not in _voice_names():
        return _failure(400, f"1 validation error detected: Value '{voice}' at 'voiceId'", "ValidationException")
    if billed > MAX_BILLED:
        return _failure(400, "Maximum text length has been exceeded", "TextLengthExceededException")
    if bool(marks) != (form == "json"):
        return _failure(400, "Speech marks need the output format json", "MarksNotSupportedForFormatException")
    try:
        spoken = speech.say(text, wanted.get("LanguageCode") or DEFAULT_LANGUAGE, voice=voice, ssml=is_ssml)
    except ValueError as error:
        return _failure(400, f"Invalid SSML request: {error}", "InvalidSsmlException")
    headers = {"x-amzn-RequestId": request.digest[:32], "x-amzn-RequestCharacters": str(billed)}
    body, kind = _marks(text, spoken, marks) if marks else _audio(spoken, form, wanted.get("SampleRate"))
    return Answer(200, body, kind, headers, character_cost(f"polly:{_engine(request)}", billed))


def _audio(spoken: speech.Spoken, form: str, asked: str | None) -> tuple[bytes, str]:
    rate = int(asked or RATES[form])
    if form == "pcm":
        return speech.pcm(spoken.samples, spoken.rate, rate), "audio/pcm"
    name, kind = _KINDS[form]
    return speech.encoded(spoken.samples, spoken.rate, name, rate, 48_000), kind


def _marks(text: str, spoken: speech.Spoken, kinds: list[str]) -> tuple[bytes, str]:
    """One JSON object a line; places are bytes in the text as it was sent, times are milliseconds."""
    found: list[dict[str, Any]] = []
    if "word" in kinds:
        found += [
            {
                "time": round(start * 1000),
                "type": "word",
                "start": len(text[:low].encode()),
                "end": len(text[:high].encode()),
                "value": text[low:high],
            }
            for low, high, start, _ in spoken.words
        ]
    if "ssml" in kinds:
        found += [
            {"time": round(time * 1000), "type": "ssml", "value": name}
            for name, time in speech.mark_times(text, spoken)
        ]
    found.sort(key=lambda mark: mark["time"])
    return "".join(f"{json.dumps(mark)}\n" for mark in found).encode(), "application/x-json-stream"


def _voices(_: Request) -> Answer:
    engines = ["standard", "neural", "long-form", "generative"]
    listed = [
        {"Id": name, "Name": name, "LanguageCode": DEFAULT_LANGUAGE, "SupportedEngines": engines}
        for name in _voice_names()
    ]
    return json_answer({"Voices": listed})
