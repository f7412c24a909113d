"""Each service's official client, unchanged, set up for the fake services; httpx where there is none.

Belongs here: one good call for each service, as its client makes it. Does not belong here: the product's own
clients.
"""

from collections.abc import Callable
from typing import Any

import anthropic
import boto3
import botocore.exceptions
import elevenlabs.core
import httpx
import openai
from botocore.config import Config
from elevenlabs.client import ElevenLabs
from google import genai
from google.genai import errors, types

from vidfactory_tests.servers.server import FakeServices

VOICE = "JBFqnCBsd6RMkjVDRZzb"
SSML = "<speak>Hello <mark name='here'/>world.</speak>"
AZURE_SSML = (
    "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>"
    "<voice name='en-US-GuyNeural'>Hello world.</voice></speak>"
)
RUNWAY_VERSION = "2024-11-06"
STATUS_ERRORS = (
    anthropic.APIStatusError,
    openai.APIStatusError,
    errors.APIError,
    elevenlabs.core.ApiError,
    botocore.exceptions.ClientError,
    httpx.HTTPStatusError,
)


def openai_client(services: FakeServices, key: str | None = None, service: str = "openai") -> openai.OpenAI:
    return openai.OpenAI(api_key=key or services.key, base_url=f"{services.url(service)}/v1", max_retries=0)


def anthropic_client(services: FakeServices, key: str | None = None) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key=key or services.key, base_url=services.url("anthropic"), max_retries=0)


def google_client(services: FakeServices, key: str | None = None) -> genai.Client:
    options = types.HttpOptions(base_url=services.url("google"))
    return genai.Client(api_key=key or services.key, vertexai=False, http_options=options)


def elevenlabs_client(services: FakeServices, http: httpx.Client, key: str | None = None) -> ElevenLabs:
    return ElevenLabs(api_key=key or services.key, base_url=services.url("elevenlabs"), httpx_client=http)


def polly_client(services: FakeServices, key: str | None = None, secret: str | None = None) -> Any:
    return boto3.client(
        "polly",
        endpoint_url=services.url("polly"),
        region_name="eu-west-1",
        aws_access_key_id=key or services.key,
        aws_secret_access_key=secret or services.key,
        config=Config(retries={"total_max_attempts": 1}),
    )


def ask_anthropic(services: FakeServices, key: str, model: str = "claude-haiku-5-5") -> Any:
    with anthropic_client(services, key) as client:
        asked: Any = [{"role": "user", "content": "Say OK."}]
        return client.messages.create(model=model, max_tokens=16, messages=asked)


def ask_google(services: FakeServices, key: str) -> Any:
    with google_client(services, key) as client:
        return client.models.generate_content(model="gemini-3.8-flash", contents="Say OK.")


def ask_openai(services: FakeServices, key: str, model: str = "gpt-6.1-terra", service: str = "openai") -> Any:
    with openai_client(services, key, service) as client:
        return client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Say OK."}])


def ask_ollama(services: FakeServices, key: str) -> Any:
    return ask_openai(services, key, "qwen3:8b", "ollama")


def ask_elevenlabs(services: FakeServices, key: str) -> Any:
    with httpx.Client() as http:
        speech = elevenlabs_client(services, http, key).text_to_speech
        return speech.convert_with_timestamps(VOICE, text="Hello.", request_options={"max_retries": 0})


def ask_google_tts(services: FakeServices, key: str) -> Any:
    wanted = {
        "input": {"ssml": SSML},
        "voice": {"languageCode": "en-US", "name": "en-US-Neural2-D"},
        "audioConfig": {"audioEncoding": "LINEAR16"},
        "enableTimePointing": ["SSML_MARK"],
    }
    address = f"{services.url('google_tts')}/v1beta1/text:synthesize"
    return _good(httpx.post(address, json=wanted, headers={"x-goog-api-key": key})).json()


def ask_azure(services: FakeServices, key: str) -> Any:
    headers = {
        "ocp-apim-subscription-key": key,
        "content-type": "application/ssml+xml",
        "x-microsoft-outputformat": "riff-24khz-16bit-mono-pcm",
    }
    return _good(httpx.post(f"{services.url('azure')}/cognitiveservices/v1", content=AZURE_SSML, headers=headers))


def ask_polly(services: FakeServices, key: str) -> Any:
    said = polly_client(services, key).synthesize_speech(Text="Hello.", OutputFormat="mp3", VoiceId="Joanna")
    return said["AudioStream"].read()


def ask_x(services: FakeServices, key: str, **more: str) -> Any:
    asked = {
        "query": "$MSFT",
        "max_results": "10",
        "tweet.fields": "created_at,public_metrics,author_id",
        "expansions": "author_id",
        "user.fields": "public_metrics,verified",
        **more,
    }
    address = f"{services.url('x')}/2/tweets/search/recent"
    return _good(httpx.get(address, params=asked, headers={"authorization": f"Bearer {key}"})).json()


def ask_xai(services: FakeServices, key: str) -> Any:
    with openai_client(services, key, "xai") as client:
        tools: Any = [{"type": "x_search"}]
        return client.responses.create(model="grok-4.7", input="What does X say about $MSFT?", tools=tools)


def ask_replicate(services: FakeServices, key: str) -> Any:
    address = f"{services.url('replicate')}/v1/models/stability-ai/sdxl/predictions"
    wanted = {"input": {"prompt": "a bull in a storm", "width": 768, "height": 1344}}
    return _good(httpx.post(address, json=wanted, headers={"authorization": f"Bearer {key}"})).json()


def ask_runway(services: FakeServices, key: str) -> Any:
    wanted = {"model": "gen4_turbo", "promptImage": "data:image/png;base64,AA", "ratio": "720:1280", "duration": 2}
    headers = {"authorization": f"Bearer {key}", "x-runway-version": RUNWAY_VERSION}
    return _good(httpx.post(f"{services.url('runway')}/v1/image_to_video", json=wanted, headers=headers)).json()


ASK: dict[str, Callable[[FakeServices, str], Any]] = {
    "anthropic": ask_anthropic,
    "azure": ask_azure,
    "elevenlabs": ask_elevenlabs,
    "google": ask_google,
    "google_tts": ask_google_tts,
    "ollama": ask_ollama,
    "openai": ask_openai,
    "polly": ask_polly,
    "replicate": ask_replicate,
    "runway": ask_runway,
    "x": ask_x,
    "xai": ask_xai,
}
"""One good call for each service but Yahoo, whose client needs a session (`fixtures.yahoo`)."""


def status_of(error: BaseException) -> int:
    """The HTTP status in a client's own error."""
    if isinstance(error, botocore.exceptions.ClientError):
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code
    if isinstance(error, errors.APIError):
        return int(error.code)
    return int(getattr(error, "status_code", 0) or 0)


def _good(response: httpx.Response) -> httpx.Response:
    return response.raise_for_status()
