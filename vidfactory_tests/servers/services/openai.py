"""OpenAI, and every server that is compatible with it (Ollama): chat completions, responses, images, speech, models."""

import base64
import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from vidfactory.schema.base import Size
from vidfactory_tests.servers import authors, speech
from vidfactory_tests.servers.pictures import picture
from vidfactory_tests.servers.prices import CHARACTERS, TOKENS, character_cost, token_cost
from vidfactory_tests.servers.wire import Answer, Request, Route, Service, json_answer

CREATED = 1_795_000_000
VOICES = frozenset(
    "alloy ash ballad coral echo fable onyx nova sage shimmer verse marin cedar".split()  # noqa: SIM905 - a list of words
)
STANDARD_SIZES = frozenset({"1024x1024", "1536x1024", "1024x1536", "auto"})
FREE_SIZES = re.compile(r"gpt-image-2")
"""Models that take any size whose edges are multiples of 16, between 1:3 and 3:1, up to 3840x2160."""
IMAGE_TOKENS_A_TILE = {"low": 68, "medium": 264, "high": 1056, "xhigh": 2112, "max": 4224}
"""For every 512 x 512 pixels: a figure of this fake, near what a picture of 1024 x 1024 costs."""
LEAST_PIXELS, MOST_PIXELS, LONGEST_SIDE = 655_360, 3840 * 2160, 3840
MAX_INPUT = 4096
OWN_MODELS = frozenset({"qwen3", "llama3.2", "gemma3", "gpt-oss", "mistral"})
"""What a server of one's own has, without their tags; free."""
_MEDIA = {"mp3": "audio/mpeg", "opus": "audio/ogg"}
AUDIO_TOKENS_A_SECOND = 20
_KINDS = {401: "invalid_request_error", 400: "invalid_request_error", 404: "invalid_request_error"}


def service() -> Service:
    """OpenAI itself."""
    return Service(
        name="openai",
        routes=_routes(),
        is_authorised=lambda request: request.bearer == request.key,
        wrong_key=lambda request: failure(
            401, f"Incorrect API key provided: {request.bearer[:3]}***.", code="invalid_api_key"
        ),
        failure=failure,
        idempotency_header="Idempotency-Key",
    )


def own_server() -> Service:
    """A server of one's own that is compatible with it, as Ollama: any key or none, and only its own models."""
    return replace(service(), name="ollama", is_authorised=lambda _: True, idempotency_header="")


def _routes() -> tuple[Route, ...]:
    return (
        chat_route(),
        responses_route(),
        Route("POST", "/v1/images/generations", "images", answer=_images, refuse=_image_refusal, model=_model),
        Route("POST", "/v1/audio/speech", "speech", answer=_speech, model=_model),
        Route("GET", "/v1/models", "models", answer=_models),
        Route("GET", "/v1/models/{model}", "model", answer=_about),
    )


def chat_route() -> Route:
    return Route(
        "POST",
        "/v1/chat/completions",
        "chat",
        answer=_chat,
        refuse=_chat_refusal,
        model=_model,
        topic=lambda request: authors.topic(_chat_prompt(request.json)),
    )


def responses_route() -> Route:
    return Route(
        "POST",
        "/v1/responses",
        "responses",
        answer=_responses,
        refuse=_responses_refusal,
        model=_model,
        topic=lambda request: authors.topic(responses_prompt(request.json)),
    )


def _model(request: Request) -> str:
    return str(request.json["model"])


def _no_model(request: Request) -> Answer | None:
    """What is said of a model that nobody knows; None for one that is known."""
    name = _model(request)
    if name in TOKENS or name.partition(":")[0] in OWN_MODELS:
        return None
    return failure(404, f"The model `{name}` does not exist or you do not have access to it.", code="model_not_found")


def failure(status: int, message: str = "", code: str | None = None) -> Answer:
    kind = _KINDS.get(status, "server_error")
    if status == 429:
        kind, code = "requests", "rate_limit_exceeded"
    error = {"message": message or f"error {status}", "type": kind, "param": None, "code": code}
    return json_answer({"error": error}, status, x_request_id="req_fault")


# --- chat completions ----------------------------------------------------------------------------


def _chat(request: Request) -> Answer:
    if unknown := _no_model(request):
        return unknown
    prompt = _chat_prompt(request.json)
    reply = authors.reply(prompt, is_confused=request.is_confusing)
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None, "refusal": None, "annotations": []}
    if reply.tool:
        function = {"name": reply.tool, "arguments": json.dumps(reply.arguments)}
        message["tool_calls"] = [{"id": f"call_{request.digest[:24]}", "type": "function", "function": function}]
    return _chat_answer(request, message, prompt.tokens, reply.tokens, "tool_calls" if reply.tool else "stop")


def _chat_refusal(request: Request) -> Answer:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None,
        "refusal": "I'm sorry, I can't help with that.",
        "annotations": [],
    }
    return _chat_answer(request, message, _chat_prompt(request.json).tokens, 10, "stop")


def _chat_answer(request: Request, message: dict[str, Any], read: int, written: int, reason: str) -> Answer:
    content = {
        "id": f"chatcmpl-{request.digest[:24]}",
        "object": "chat.completion",
        "created": CREATED,
        "model": _model(request),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
        "usage": {
            "prompt_tokens": read,
            "completion_tokens": written,
            "total_tokens": read + written,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
    }
    return json_answer(content, cost=token_cost(_model(request), read, written), x_request_id=_request_id(request))


def _request_id(request: Request) -> str:
    return f"req_{request.digest[:24]}"


def _chat_prompt(wanted: dict[str, Any]) -> authors.Prompt:
    shape = wanted.get("response_format") or {}
    return authors.Prompt(
        text="\n".join(text_of(message.get("content")) for message in wanted["messages"]),
        tools={
            tool["function"]["name"]: tool["function"].get("parameters", {})
            for tool in wanted.get("tools") or ()
            if tool["type"] == "function"
        },
        schema=(shape.get("json_schema") or {}).get("schema"),
    )


def text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content or () if isinstance(part, dict))


# --- responses -----------------------------------------------------------------------------------


def _responses(request: Request) -> Answer:
    if unknown := _no_model(request):
        return unknown
    prompt = responses_prompt(request.json)
    reply = authors.reply(prompt, is_confused=request.is_confusing)
    return responses_answer(request, [output_of(request, reply)], prompt.tokens, reply.tokens)


def output_of(request: Request, reply: authors.Reply, annotations: list[Any] | None = None) -> dict[str, Any]:
    """A reply as an item of a response's output."""
    if reply.tool:
        return {
            "type": "function_call",
            "id": f"fc_{request.digest[:24]}",
            "call_id": f"call_{request.digest[:24]}",
            "name": reply.tool,
            "arguments": json.dumps(reply.arguments),
            "status": "completed",
        }
    text = {"type": "output_text", "text": reply.text, "annotations": annotations or [], "logprobs": []}
    return _message(request, text)


def _message(request: Request, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "message",
        "id": f"msg_{request.digest[:24]}",
        "role": "assistant",
        "status": "completed",
        "content": [content],
    }


def _responses_refusal(request: Request) -> Answer:
    said = _message(request, {"type": "refusal", "refusal": "I'm sorry, I can't help with that."})
    return responses_answer(request, [said], responses_prompt(request.json).tokens, 10)


def responses_answer(
    request: Request, output: list[Any], read: int, written: int, extra_cost: Decimal = Decimal(0), **more: Any
) -> Answer:
    content = {
        "id": f"resp_{request.digest[:24]}",
        "object": "response",
        "created_at": CREATED,
        "status": "completed",
        "model": _model(request),
        "output": output,
        "error": None,
        "incomplete_details": None,
        "instructions": request.json.get("instructions"),
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": request.json.get("tool_choice", "auto"),
        "tools": request.json.get("tools") or [],
        "top_p": 1.0,
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + written,
        },
        **more,
    }
    cost = token_cost(_model(request), read, written) + extra_cost
    return json_answer(content, cost=cost, x_request_id=_request_id(request))


def responses_prompt(wanted: dict[str, Any]) -> authors.Prompt:
    given = wanted["input"]
    items = [given] if isinstance(given, str) else [item.get("content") for item in given]
    shape = (wanted.get("text") or {}).get("format") or {}
    return authors.Prompt(
        text="\n".join([wanted.get("instructions") or "", *(text_of(item) for item in items)]),
        tools={
            tool["name"]: tool.get("parameters") or {}
            for tool in wanted.get("tools") or ()
            if tool["type"] == "function"
        },
        schema=shape.get("schema"),
    )


# --- images and speech ---------------------------------------------------------------------------


def _images(request: Request) -> Answer:
    wanted = request.json
    model, asked = wanted["model"], wanted.get("size") or "auto"
    if not model.startswith("gpt-image") or model not in TOKENS:
        return failure(404, f"The model '{model}' does not exist.", code="model_not_found")
    if "response_format" in wanted:
        return failure(400, "Unknown parameter: 'response_format'.", code="unknown_parameter")
    size = _size(model, asked)
    if size is None:
        return failure(400, f"Invalid size '{asked}' for {model}.", code="invalid_value")
    quality = {"auto": "medium"}.get(wanted.get("quality") or "auto", wanted.get("quality"))
    form = wanted.get("output_format") or "png"
    count = wanted.get("n") or 1
    files = [picture(f"{wanted['prompt']}/{number}", size, f".{form}") for number in range(count)]
    read = authors.tokens(wanted["prompt"])
    written = count * IMAGE_TOKENS_A_TILE[quality] * -(-size.width * size.height // 512**2)
    content = {
        "created": CREATED,
        "background": "opaque",
        "data": [{"b64_json": base64.b64encode(file).decode()} for file in files],
        "output_format": form,
        "quality": quality,
        "size": f"{size.width}x{size.height}",
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"image_tokens": 0, "text_tokens": read},
            "output_tokens": written,
            "output_tokens_details": {"image_tokens": written, "text_tokens": 0},
            "total_tokens": read + written,
        },
    }
    cost = token_cost(model, read, 0, image_output=written)
    return json_answer(content, cost=cost, x_request_id=_request_id(request))


def _size(model: str, asked: str) -> Size | None:
    """The size of a picture; None for one that the model does not make."""
    if asked == "auto":
        return Size(width=1024, height=1024)
    match = re.fullmatch(r"(\d+)x(\d+)", asked)
    if not match:
        return None
    width, height = int(match[1]), int(match[2])
    free = (
        FREE_SIZES.match(model)
        and width % 16 == height % 16 == 0
        and width <= 3 * height
        and height <= 3 * width
        and LEAST_PIXELS <= width * height <= MOST_PIXELS
        and max(width, height) <= LONGEST_SIDE
    )
    return Size(width=width, height=height) if free or asked in STANDARD_SIZES else None


def _image_refusal(_: Request) -> Answer:
    message = "Your request was rejected by the safety system. safety_violations=[violence]."
    error = {"message": message, "type": "image_generation_user_error", "param": None, "code": "moderation_blocked"}
    return json_answer({"error": error}, 400)


def _speech(request: Request) -> Answer:
    wanted = request.json
    model, text, form = wanted["model"], wanted["input"], wanted.get("response_format") or "mp3"
    voice = wanted["voice"] if isinstance(wanted["voice"], str) else wanted["voice"]["id"]
    if f"openai:{model}" not in CHARACTERS and model not in TOKENS:
        return failure(404, f"The model '{model}' does not exist.", code="model_not_found")
    if voice not in VOICES:
        return failure(400, f"Invalid value: '{voice}' for voice.", code="invalid_value")
    if len(text) > MAX_INPUT:
        return failure(400, f"String should have at most {MAX_INPUT} characters", code="string_too_long")
    if wanted.get("stream_format") == "sse" and model.startswith("tts-1"):
        return failure(400, "stream_format 'sse' is not supported by this model.", code="unsupported_value")
    spoken = speech.say(text, speed=float(wanted.get("speed") or 1), voice=voice)
    if form == "pcm":
        body, kind = speech.pcm(spoken.samples, spoken.rate, 24000), "audio/pcm"
    else:
        rate = 48000 if form == "opus" else 24000
        body, kind = speech.encoded(spoken.samples, spoken.rate, form, rate), _MEDIA.get(form, f"audio/{form}")
    read = authors.tokens(text + (wanted.get("instructions") or ""))
    written = round(spoken.seconds * AUDIO_TOKENS_A_SECOND)
    paid_by_character = f"openai:{model}" in CHARACTERS
    cost = character_cost(f"openai:{model}", len(text)) if paid_by_character else token_cost(model, read, written)
    if wanted.get("stream_format") == "sse":
        body, kind = _events(body, read, written), "text/event-stream; charset=utf-8"
    return Answer(200, body, kind, {"x-request-id": _request_id(request)}, cost)


def _events(sound: bytes, read: int, written: int) -> bytes:
    """The sound in pieces, and at the end what it took, as server-sent events."""
    step = 3 * 8192
    pieces = [sound[start : start + step] for start in range(0, len(sound), step)]
    events: list[dict[str, Any]] = [
        {"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()} for piece in pieces
    ]
    usage = {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}
    events.append({"type": "speech.audio.done", "usage": usage})
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()


def _models(_: Request) -> Answer:
    names = [name for name in TOKENS if name.startswith("gpt")]
    listed = [{"id": name, "object": "model", "created": CREATED, "owned_by": "openai"} for name in names]
    return json_answer({"object": "list", "data": listed})


def _about(request: Request) -> Answer:
    name = request.captured["model"]
    if name in TOKENS or f"openai:{name}" in CHARACTERS or name.partition(":")[0] in OWN_MODELS:
        return json_answer({"id": name, "object": "model", "created": CREATED, "owned_by": "openai"})
    return failure(404, f"The model '{name}' does not exist", code="model_not_found")
