"""The official clients talk to the fake services as to the real ones."""

import asyncio
import base64
import io
import json
import socket
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import av
import cv2
import httpx
import numpy as np
import openai
import pytest
import yfinance
from genai_prices import Usage, calc_price
from google.genai import types
from PIL import Image
from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel, AnthropicModelSettings
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider
from yfinance.data import YfData
from yfinance.exceptions import YFPricesMissingError, YFRateLimitError
from yfinance.scrapers.history import PriceHistory

from vidfactory.desks.finance.selection import ranked, selection_author, selection_task
from vidfactory.ports import WritingTask
from vidfactory.providers.agents import prompt
from vidfactory.providers.bundled_market import BundledMarket
from vidfactory.schema.base import Size
from vidfactory_tests.desks.finance.conftest import made_of, post, samples
from vidfactory_tests.servers import FakeServices, authors, pictures, posts, prices, speech
from vidfactory_tests.servers.clients import (
    ASK,
    RUNWAY_VERSION,
    STATUS_ERRORS,
    VOICE,
    anthropic_client,
    ask_anthropic,
    ask_openai,
    ask_runway,
    ask_x,
    elevenlabs_client,
    google_client,
    openai_client,
    polly_client,
    status_of,
)
from vidfactory_tests.servers.faults import Confused, JobFails, Refused, TooMany
from vidfactory_tests.servers.fixtures import YahooSession
from vidfactory_tests.servers.jobs import Job

WRONG_KEY = {"google": 400, "google_tts": 400, "polly": 403, "xai": 400}
"""What a service says to a key that it does not know, where that is not 401."""
KEYED = sorted(ASK.keys() - {"ollama"})
NOISY_YAHOO = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")


@pytest.mark.parametrize("name", sorted(ASK))
def test_an_official_client_gets_a_good_answer(services: FakeServices, name: str) -> None:
    assert ASK[name](services, services.key)
    (served,) = services.of(name)
    assert (served.status // 100, served.delivered, served.fault) == (2, True, "")
    assert (served.billed > 0) == (name != "ollama")


@pytest.mark.parametrize("name", KEYED)
def test_a_wrong_key_is_refused_and_costs_nothing(services: FakeServices, name: str) -> None:
    with pytest.raises(STATUS_ERRORS) as refused:
        ASK[name](services, "a-wrong-key")
    assert status_of(refused.value) == WRONG_KEY.get(name, 401)
    assert services.spent == 0


@pytest.mark.parametrize("name", sorted(ASK))
def test_a_busy_service_answers_429_once(services: FakeServices, name: str) -> None:
    services.next(name, TooMany(retry_after_s=1))
    with pytest.raises(STATUS_ERRORS) as busy:
        ASK[name](services, services.key)
    assert status_of(busy.value) == 429
    assert services.spent == 0
    assert ASK[name](services, services.key)


# --- language models -----------------------------------------------------------------------------


def _model(services: FakeServices, name: str) -> Model:
    address = f"{services.url('openai')}/v1"
    match name:
        case "anthropic":
            claude = AnthropicProvider(api_key=services.key, base_url=services.url("anthropic"))
            settings = AnthropicModelSettings(anthropic_cache_instructions=True)
            return AnthropicModel("claude-sonnet-5-5", provider=claude, settings=settings)
        case "google":
            gemini = GoogleProvider(api_key=services.key, base_url=services.url("google"))
            return GoogleModel("gemini-3.8-flash", provider=gemini)
        case "responses":
            return OpenAIResponsesModel("gpt-6.1-terra", provider=OpenAIProvider(address, services.key))
        case "ollama":
            return OpenAIChatModel("qwen3:8b", provider=OpenAIProvider(f"{services.url('ollama')}/v1", "none"))
    return OpenAIChatModel("gpt-6.1-terra", provider=OpenAIProvider(address, services.key))


def _written(model: Model, task: WritingTask[Any, Any]) -> Any:
    async def run() -> Any:
        agent = Agent(model, output_type=task.output, instructions=task.instructions)
        async with model:
            return (await agent.run(prompt(task))).output

    return asyncio.run(run())


@pytest.mark.parametrize("name", ["anthropic", "google", "chat", "responses", "ollama"])
def test_a_model_writes_what_the_house_would_write(services: FakeServices, name: str) -> None:
    made = made_of(post("Nobody on my floor went out for lunch today."), "GOOG")
    market = BundledMarket()
    selection = selection_task(ranked(samples("posts.json"), market), market, rejected=2)
    assert _written(_model(services, name), made.task) == made.text
    assert _written(_model(services, name), selection) == selection_author(selection.material)
    assert [served.topic for served in services.served] == ["finance.analysis", "finance.selection"]


@pytest.mark.parametrize("name", ["anthropic", "google", "chat", "responses"])
def test_a_confused_model_is_told_so_and_tries_again(services: FakeServices, name: str) -> None:
    made = made_of(post("Nobody on my floor went out for lunch today."), "GOOG")
    services.next("openai" if name in {"chat", "responses"} else name, Confused())
    assert _written(_model(services, name), made.task) == made.text
    first, second = services.served
    assert first.fault == "Confused"
    assert second.billed > first.billed > 0


def test_claude_streams_what_it_would_answer_whole(services: FakeServices) -> None:
    asked: Any = {"model": "claude-haiku-5-5", "max_tokens": 16, "messages": [{"role": "user", "content": "Say OK."}]}
    with anthropic_client(services) as client:
        whole = client.messages.create(**asked)
        with client.messages.stream(**asked) as stream:
            streamed = stream.get_final_message()
    assert streamed.content[0].model_dump(include={"type", "text"}) == whole.content[0].model_dump(
        include={"type", "text"}
    )
    assert (streamed.usage.output_tokens, streamed.stop_reason) == (whole.usage.output_tokens, whole.stop_reason)


def test_instructions_are_cached_where_that_is_asked_for(services: FakeServices) -> None:
    task = made_of(post("Nobody on my floor went out for lunch today."), "GOOG").task
    for _ in range(2):
        _written(_model(services, "anthropic"), task)
    first, second = services.served
    assert first.billed > second.billed > 0


def test_a_task_that_the_house_does_not_know_gets_what_its_schema_allows(services: FakeServices) -> None:
    class Idea(BaseModel):
        name: str
        score: float
        tags: tuple[str, ...]

    class Ideas(BaseModel):
        ideas: list[Idea]

    task = WritingTask(
        name="test.ideas", instructions="Have ideas.", material=Ideas(ideas=[]), output=Ideas, complaints=lambda _: []
    )
    assert isinstance(_written(_model(services, "chat"), task), Ideas)


def test_a_known_material_with_another_schema_is_another_task() -> None:
    made = made_of(post("Nobody on my floor went out for lunch today."), "GOOG")
    schema = {"type": "object", "properties": {"mood": {"type": "string", "enum": ["calm", "wild"]}}}
    asked = authors.Prompt(prompt(made.task), {"final_result": schema})
    assert authors.topic(asked) == ""
    assert authors.reply(asked).arguments == {"mood": "calm"}


def test_each_language_service_declines_in_its_own_way(services: FakeServices) -> None:
    for name in ("anthropic", "google", "openai", "xai"):
        services.next(name, Refused())
    message = ASK["anthropic"](services, services.key)
    assert (message.stop_reason, message.stop_details.type) == ("refusal", "refusal")
    answer = ASK["google"](services, services.key)
    assert (answer.candidates, answer.prompt_feedback.block_reason.value) == (None, "SAFETY")
    assert ASK["openai"](services, services.key).choices[0].message.refusal
    assert ASK["xai"](services, services.key).output[0].content[0].type == "refusal"


@pytest.mark.parametrize("ask", [ask_anthropic, ask_openai])
def test_an_unknown_model_is_not_found(services: FakeServices, ask: Callable[..., Any]) -> None:
    with pytest.raises(STATUS_ERRORS) as unknown:
        ask(services, services.key, model="gpt-99")
    assert status_of(unknown.value) == 404


# --- pictures ------------------------------------------------------------------------------------


def _opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


def _google_picture(services: FakeServices, prompt_: str, aspect: str = "9:16", size: str = "1K") -> Any:
    config = types.GenerateContentConfig(
        response_modalities=["IMAGE"], image_config=types.ImageConfig(aspect_ratio=aspect, image_size=size), seed=7
    )
    with google_client(services) as client:
        return client.models.generate_content(model="gemini-3.1-flash-image", contents=prompt_, config=config)


def test_google_draws_the_aspect_and_size_that_are_asked_for(services: FakeServices) -> None:
    answer = _google_picture(services, "a bull", "9:16", "2K")
    assert _opened(answer.candidates[0].content.parts[0].inline_data.data).size == (1536, 2752)
    assert answer.usage_metadata.candidates_tokens_details[0].token_count == 1680
    assert services.spent == Decimal("0.5") * 2 / 10**6 + Decimal(60) * 1680 / 10**6


def test_google_stops_a_picture_that_is_not_safe(services: FakeServices) -> None:
    services.next("google", Refused())
    stopped = _google_picture(services, "a bull").candidates[0]
    assert (stopped.finish_reason.value, stopped.content) == ("IMAGE_SAFETY", None)


def test_openai_draws_any_size_in_steps_of_sixteen(services: FakeServices) -> None:
    with openai_client(services) as client:
        asked: Any = {"model": "gpt-image-2.5-flare", "prompt": "a bull", "quality": "low"}
        made = client.images.generate(**asked, size="1088x1920")
        assert _opened(base64.b64decode(made.data[0].b64_json)).size == (1088, 1920)
        assert made.usage.output_tokens > 0
        with pytest.raises(openai.BadRequestError, match="Invalid size"):
            client.images.generate(**asked, size="1000x1900")
        services.next("openai", Refused(), operation="images")
        with pytest.raises(openai.BadRequestError) as refused:
            client.images.generate(**asked, size="1024x1024")
    assert refused.value.code == "moderation_blocked"


def test_pictures_differ_by_prompt_and_are_sharp_and_neither_dark_nor_bright() -> None:
    size = Size(width=1024, height=1024)
    made = [pictures.picture(f"prompt {number}", size) for number in range(6)]
    assert len(set(made)) == 6
    assert made[0] == pictures.picture("prompt 0", size)
    for body in made:
        grey = np.asarray(_opened(body).convert("L"))
        assert cv2.Laplacian(grey, cv2.CV_64F).var() > 100
        assert 30 < grey.mean() < 225


def _replicate(services: FakeServices, **headers: str) -> dict[str, Any]:
    address = f"{services.url('replicate')}/v1/predictions"
    wanted = {"version": "stability-ai/sdxl", "input": {"prompt": "a bull", "width": 768, "height": 1344}}
    answer = httpx.post(address, json=wanted, headers={"authorization": f"Bearer {services.key}", **headers})
    made: dict[str, Any] = answer.json()
    return made


def _state(services: FakeServices, address: str) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {services.key}", "x-runway-version": RUNWAY_VERSION}
    found: dict[str, Any] = httpx.get(address, headers=headers).json()
    return found


def test_replicate_is_polled_or_waited_for_and_then_fetched(services: FakeServices) -> None:
    services.latency("replicate.job", 0.2)
    made = _replicate(services)
    assert (made["status"], made["output"]) == ("starting", None)
    waited = _replicate(services, prefer="wait")
    assert waited["status"] == "succeeded"
    over = _state(services, made["urls"]["get"])
    assert over["status"] == "succeeded"
    assert _opened(httpx.get(over["output"][0]).content).size == (768, 1344)
    assert services.spent == 2 * prices.CALLS["replicate:stability-ai/sdxl"]


def test_replicate_stops_what_is_not_safe_and_charges_only_for_what_ran(services: FakeServices) -> None:
    services.next("replicate", Refused(), JobFails(), JobFails(billed=True), operation="predict")
    states = [_state(services, _replicate(services)["urls"]["get"]) for _ in range(3)]
    assert [state["status"] for state in states] == ["failed"] * 3
    assert "NSFW" in states[0]["error"]
    assert ["predict_time" in state["metrics"] for state in states] == [True, False, True]
    billed = [served.billed > 0 for served in services.of("replicate", "predict")]
    assert billed == [True, False, True]


# --- film ----------------------------------------------------------------------------------------


def test_a_job_waits_runs_and_ends() -> None:
    def state(after_s: float, **known: Any) -> str:
        return Job("1", "model", "prompt", {}, 10, ordered_s=time.monotonic() - after_s, **known).state

    assert [state(1), state(5), state(11)] == ["waiting", "running", "done"]
    assert [state(1, fails="broken"), state(11, fails="broken")] == ["waiting", "failed"]
    assert state(1, cancelled=True) == "cancelled"


def test_a_film_is_ordered_polled_and_fetched(services: FakeServices) -> None:
    services.latency("runway.job", 0.4)
    task = f"{services.url('runway')}/v1/tasks/{ask_runway(services, services.key)['id']}"
    seen = set()
    while (state := _state(services, task))["status"] in {"PENDING", "RUNNING"}:
        seen.add(state["status"])
        time.sleep(0.02)
    assert "RUNNING" in seen
    assert (state["status"], state["cost"]) == ("SUCCEEDED", {"credits": 10})
    with av.open(io.BytesIO(httpx.get(state["output"][0]).content), "r") as film:
        stream = film.streams.video[0]
        assert (stream.width, stream.height) == (720, 1280)
        assert sum(1 for _ in film.decode(stream)) == 2 * pictures.FPS
    assert services.spent == Decimal("0.10")


def test_a_film_that_fails_says_why_and_whether_it_was_charged(services: FakeServices) -> None:
    services.next("runway", Refused(), JobFails(), JobFails(billed=True), operation="order")
    ids = [ask_runway(services, services.key)["id"] for _ in range(3)]
    states = [_state(services, f"{services.url('runway')}/v1/tasks/{each}") for each in ids]
    assert [state["failureCode"].partition(".")[0] for state in states] == ["SAFETY", "INTERNAL", "INTERNAL"]
    assert [state["cost"]["credits"] for state in states] == [0, 0, 10]
    assert services.spent == Decimal("0.10")


# --- speech and sound ----------------------------------------------------------------------------


def test_elevenlabs_times_every_character(services: FakeServices) -> None:
    text = "GOOG closed at three hundred. It fell."
    with httpx.Client() as http:
        speech_ = elevenlabs_client(services, http).text_to_speech
        said = speech_.with_raw_response.convert_with_timestamps(
            VOICE, text=text, output_format="pcm_44100", previous_text="Before.", next_text="After."
        )
    times = said.data.alignment
    assert times is not None
    assert "".join(times.characters) == text
    spans = list(zip(times.character_start_times_seconds, times.character_end_times_seconds, strict=True))
    assert all(start <= end for start, end in spans)
    assert all(before[1] <= after[0] + 1e-6 for before, after in pairwise(spans))
    samples = np.frombuffer(base64.b64decode(said.data.audio_base_64), "<i2")
    assert spans[-1][1] == pytest.approx(len(samples) / 44100, abs=0.01)
    assert np.abs(samples).max() > 3000
    assert said.headers["character-cost"] == str(len(text))
    (served,) = services.served
    assert (served.content["previous_text"], served.content["next_text"]) == ("Before.", "After.")
    assert services.spent == Decimal("0.30") * len(text) / 1000


def test_fast_voices_cost_half(services: FakeServices) -> None:
    with httpx.Client() as http:
        speech_ = elevenlabs_client(services, http).text_to_speech.with_raw_response
        said = speech_.convert_with_timestamps(VOICE, text="Twelve chars", model_id="eleven_flash_v2_5")
    assert said.headers["character-cost"] == "6"
    assert services.spent == Decimal("0.15") * 12 / 1000


def test_elevenlabs_makes_music_and_effects_and_knows_its_account(services: FakeServices) -> None:
    with httpx.Client() as http:
        client = elevenlabs_client(services, http)
        music = b"".join(client.music.compose(prompt="calm", music_length_ms=4000))
        effect = b"".join(client.text_to_sound_effects.convert(text="a whoosh", duration_seconds=1.0))
        assert client.user.subscription.get().status == "active"
        assert client.voices.search().voices[0].voice_id == VOICE
    assert _seconds(music) == pytest.approx(4, abs=0.1)
    assert _seconds(effect) == pytest.approx(1, abs=0.1)
    assert services.spent == Decimal("0.0075") * 4 + Decimal("0.08")


def test_elevenlabs_declines_content_and_knows_its_own_limits(services: FakeServices) -> None:
    services.next("elevenlabs", Refused())
    with httpx.Client() as http:
        speech_ = elevenlabs_client(services, http).text_to_speech
        for asked in ({"text": "Hello."}, {"text": "Hi.", "model_id": "eleven_v3", "previous_text": "Before."}):
            with pytest.raises(STATUS_ERRORS) as refused:
                speech_.convert_with_timestamps(VOICE, **asked)  # type: ignore[arg-type]
            assert status_of(refused.value) == 400
    assert services.spent == 0


def _seconds(body: bytes) -> float:
    with av.open(io.BytesIO(body), "r") as container:
        return sum(float(frame.samples / frame.sample_rate) for frame in container.decode(audio=0))


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav"])
def test_openai_speaks_in_every_format(services: FakeServices, form: str) -> None:
    asked: Any = {"model": "tts-1", "voice": "alloy", "input": "Hello there."}
    with openai_client(services) as client:
        body = client.audio.speech.create(**{**asked, "response_format": form}).read()
        bare = client.audio.speech.create(**asked, response_format="pcm").read()
    assert _seconds(body) == pytest.approx(len(bare) / 2 / 24000, abs=0.15)
    assert services.spent == 2 * Decimal("0.015") * 12 / 1000


def test_openai_streams_speech_as_events_with_its_tokens(services: FakeServices) -> None:
    asked: Any = {"model": "gpt-4o-mini-tts", "voice": "ash", "input": "Hello there.", "response_format": "pcm"}
    with openai_client(services) as client:
        text = client.audio.speech.create(**asked, stream_format="sse").text
        bare = client.audio.speech.create(**asked).read()
    events = [json.loads(line.removeprefix("data: ")) for line in text.split("\n\n") if line]
    assert b"".join(base64.b64decode(event["audio"]) for event in events[:-1]) == bare
    assert events[-1]["type"] == "speech.audio.done"
    assert events[-1]["usage"]["output_tokens"] > 0


def test_google_times_its_marks(services: FakeServices) -> None:
    answer = ASK["google_tts"](services, services.key)
    (mark,) = answer["timepoints"]
    assert mark["markName"] == "here"
    assert 0.1 < mark["timeSeconds"] < _seconds(base64.b64decode(answer["audioContent"]))


def test_azure_bills_the_text_and_not_the_voice_element(services: FakeServices) -> None:
    assert _seconds(ASK["azure"](services, services.key).content) > 0.5
    assert services.spent == Decimal("0.015") * len("Hello world.") / 1000


def test_polly_tells_words_with_bytes_and_milliseconds(services: FakeServices) -> None:
    asked: Any = {"OutputFormat": "json", "VoiceId": "Joanna", "SpeechMarkTypes": ["word"], "Engine": "neural"}
    answer = polly_client(services).synthesize_speech(Text="Über Nacht fell it.", **asked)
    marks = [json.loads(line) for line in answer["AudioStream"].read().splitlines()]
    assert [mark["value"] for mark in marks] == ["Über", "Nacht", "fell", "it."]
    assert [mark["start"] for mark in marks] == [0, 6, 12, 17]
    assert [mark["time"] for mark in marks] == sorted(mark["time"] for mark in marks)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestcharacters"] == "19"


def test_polly_refuses_a_wrong_secret(services: FakeServices) -> None:
    with pytest.raises(STATUS_ERRORS) as refused:
        polly_client(services, secret=services.key[::-1]).describe_voices()
    assert status_of(refused.value) == 403


@pytest.mark.parametrize("name", ["google_tts", "azure"])
def test_ssml_that_is_not_well_formed_is_refused(
    services: FakeServices, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("SSML", "AZURE_SSML"):
        monkeypatch.setattr(f"vidfactory_tests.servers.clients.{text}", "<speak><voice name='en-US-GuyNeural'>Hello")
    with pytest.raises(STATUS_ERRORS) as refused:
        ASK[name](services, services.key)
    assert status_of(refused.value) == 400


def test_a_pause_in_the_text_is_heard() -> None:
    plain, broken = speech.say("One. Two."), speech.say('One. <break time="0.6s"/> Two.')
    assert broken.seconds > plain.seconds + 0.3
    assert len(broken.words) == 2


# --- posts ---------------------------------------------------------------------------------------


def test_x_searches_in_pages(services: FakeServices) -> None:
    first = ask_x(services, services.key)
    second = ask_x(services, services.key, next_token=first["meta"]["next_token"])
    assert "next_token" not in second["meta"]
    found = [*first["data"], *second["data"]]
    assert [each["id"] for each in found] == [each["id"] for each in posts.feed()]
    users = {user["id"] for page in (first, second) for user in page["includes"]["users"]}
    assert users == {each["author_id"] for each in found}
    assert services.spent == prices.CALLS["x:post"] * len(found)


def test_x_gives_only_the_fields_that_are_asked_for(services: FakeServices) -> None:
    given = ask_x(services, services.key, **{"tweet.fields": "", "expansions": "", "user.fields": ""})
    assert set(given["data"][0]) == {"id", "text", "edit_history_tweet_ids"}
    assert "includes" not in given
    with pytest.raises(httpx.HTTPStatusError):
        ask_x(services, services.key, max_results="5")


def test_xai_searches_x_and_cites_what_it_found(services: FakeServices) -> None:
    answer = ASK["xai"](services, services.key)
    assert answer.output[0].name == "x_keyword_search"
    marks = answer.output[-1].content[0].annotations
    assert [mark.url for mark in marks] == [each["url"] for each in posts.plain()]
    assert all(answer.output_text[mark.start_index : mark.end_index] == mark.url for mark in marks)
    assert services.spent == Decimal(answer.usage.cost_in_usd_ticks) / 10**10


def test_xai_fills_a_schema_with_posts(services: FakeServices) -> None:
    each: Any = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("url", "text", "author_handle")},
    }
    each["properties"]["likes"] = {"type": "integer", "minimum": 0}
    schema = {"type": "object", "properties": {"posts": {"type": "array", "items": each}}}
    shape: Any = {"format": {"type": "json_schema", "name": "posts", "schema": schema}}
    tools: Any = [{"type": "x_search"}]
    with openai_client(services, service="xai") as client:
        answer = client.responses.create(model="grok-4.7", input="$MSFT", tools=tools, text=shape)
    found = json.loads(answer.output_text)["posts"]
    assert found[0]["likes"] == 7650
    assert {one["url"] for one in found} <= {each["url"] for each in posts.plain()}


def test_xai_searches_in_responses_only(services: FakeServices) -> None:
    tools: Any = [{"type": "x_search"}]
    with openai_client(services, service="xai") as client, pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="grok-4.7", messages=[{"role": "user", "content": "$MSFT"}], tools=tools)


# --- prices of shares ----------------------------------------------------------------------------


def _closes(session: YahooSession, symbol: str, start: str, end: str) -> dict[date, float]:
    table = yfinance.Ticker(symbol, session=session).history(start=start, end=end, auto_adjust=False)
    return {moment.date(): round(close, 2) for moment, close in table["Close"].items()}


@NOISY_YAHOO
def test_yfinance_reads_real_closes_and_made_up_days_between(yahoo: YahooSession) -> None:
    microsoft = _closes(yahoo, "MSFT", "2022-06-01", "2022-06-29")
    assert microsoft[date(2022, 6, 28)] == 256.48
    assert len(microsoft) == 20
    assert len(set(microsoft.values())) > 15
    assert _closes(yahoo, "GOOG", "2008-10-10", "2008-10-11") == {date(2008, 10, 10): 332.0}
    recent = _closes(yahoo, "^GSPC", "2026-11-02", "2026-11-07")
    assert len(recent) == 5


def test_yfinance_finds_no_prices_of_an_unknown_symbol(yahoo: YahooSession) -> None:
    asked = PriceHistory(YfData(session=yahoo), "NOPE", "America/New_York")
    with pytest.raises(YFPricesMissingError, match="No data found"):
        asked.history(start="2022-06-01", end="2022-06-29")


@NOISY_YAHOO
def test_yfinance_is_told_that_it_asks_too_often(services: FakeServices, yahoo: YahooSession) -> None:
    services.next("yahoo", *[TooMany()] * 4, operation="chart")
    with pytest.raises(YFRateLimitError):
        yfinance.Ticker("MSFT", session=yahoo).history(period="5d")


def test_yahoo_refuses_a_wrong_crumb(services: FakeServices) -> None:
    answer = httpx.get(f"{services.url('yahoo')}/v8/finance/chart/MSFT", params={"crumb": "stale"})
    assert (answer.status_code, answer.json()["finance"]["error"]["description"]) == (401, "Invalid Crumb")


# --- prices of services --------------------------------------------------------------------------


@pytest.mark.parametrize("model", sorted(prices.TOKENS.keys() - {"gpt-image-2.6-flare"}))
def test_prices_of_models_are_those_of_the_lists(model: str) -> None:
    price = prices.TOKENS[model]
    maker = {"c": "anthropic", "ge": "google", "gp": "openai", "gr": "x-ai"}
    provider = next(name for start, name in maker.items() if model.startswith(start))
    listed = calc_price(
        Usage(input_tokens=1000, output_tokens=1000),
        model,
        provider_id=provider,
        genai_request_timestamp=datetime(2026, 11, 20, tzinfo=UTC),
    )
    assert listed.total_price == (price.input + price.output) / 1000


def test_a_question_that_breaks_off_is_none(services: FakeServices) -> None:
    port = int(services.address.rpartition(":")[2])
    head = b"POST /anthropic/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head + b"{")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert not services.served
    assert not services.bugs
