"""Anthropic's Messages API: `POST /v1/messages` with tools or JSON output, whole or streamed, with cache tokens.

And `GET /v1/models`.
"""

import hashlib
import json
from functools import partial
from typing import Any

from vidfactory_tests.servers import authors
from vidfactory_tests.servers.prices import TOKENS, token_cost
from vidfactory_tests.servers.wire import Answer, Request, Route, Service, canonical, json_answer

_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


def service() -> Service:
    cached: set[str] = set()
    return Service(
        name="anthropic",
        routes=(
            Route(
                "POST",
                "/v1/messages",
                "messages",
                answer=partial(_message, cached),
                refuse=partial(_refusal, cached),
                model=lambda request: str(request.json["model"]),
                topic=lambda request: authors.topic(_prompt(request.json)),
            ),
            Route("GET", "/v1/models", "models", answer=_models),
        ),
        is_authorised=lambda request: request.key in {request.headers.get("x-api-key"), request.bearer},
        wrong_key=lambda _: _failure(401, "invalid x-api-key"),
        failure=_failure,
    )


def _failure(status: int, message: str = "") -> Answer:
    kind = _KINDS.get(status, "api_error")
    error = {"type": kind, "message": message or kind.replace("_", " ")}
    return json_answer(
        {"type": "error", "error": error, "request_id": "req_011fault"}, status, request_id="req_011fault"
    )


def _message(cached: set[str], request: Request) -> Answer:
    wanted = request.json
    if "max_tokens" not in wanted:
        return _failure(400, "max_tokens: Field required")
    if wanted["model"] not in TOKENS:
        return _failure(404, f"model: {wanted['model']}")
    reply = authors.reply(_prompt(wanted), is_confused=request.is_confusing)
    if reply.tool:
        block = {"type": "tool_use", "id": f"toolu_{request.digest[:20]}", "name": reply.tool, "input": reply.arguments}
        return _answer(cached, request, [block], "tool_use", reply.tokens)
    return _answer(cached, request, [{"type": "text", "text": reply.text}], "end_turn", reply.tokens)


def _refusal(cached: set[str], request: Request) -> Answer:
    """A refusal is a good answer on the wire, and what was read is billed."""
    details = {"type": "refusal", "category": "general_harms", "explanation": "This request cannot be answered."}
    return _answer(cached, request, [], "refusal", 0, stop_details=details)


def _answer(cached: set[str], request: Request, content: list[Any], reason: str, output: int, **more: Any) -> Answer:
    model = request.json["model"]
    written, read = _cache(cached, request.json)
    plain = max(1, _prompt(request.json).tokens - written - read)
    message = {
        "id": f"msg_{request.digest[:20]}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": plain,
            "output_tokens": output,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
            "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
            "service_tier": "standard",
        },
        **more,
    }
    cost = token_cost(model, plain, output, cache_read=read, cache_write=written)
    headers = {"request-id": f"req_{request.digest[:20]}"}
    if request.json.get("stream"):
        return Answer(200, _events(message), "text/event-stream; charset=utf-8", headers, cost)
    return json_answer(message, cost=cost).with_headers(**headers)


def _events(message: dict[str, Any]) -> bytes:
    """The message as server-sent events, each block in one piece."""
    usage = {**message["usage"], "output_tokens": 1}
    opening = {**message, "content": [], "stop_reason": None, "usage": usage}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": opening}]
    for index, block in enumerate(message["content"]):
        if block["type"] == "tool_use":
            empty = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        else:
            empty = {**block, "text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        events += [
            {"type": "content_block_start", "index": index, "content_block": empty},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    ending = {name: message.get(name) for name in ("stop_reason", "stop_sequence", "stop_details")}
    closing = {"output_tokens": message["usage"]["output_tokens"]}
    events += [{"type": "message_delta", "delta": ending, "usage": closing}, {"type": "message_stop"}]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def _cache(cached: set[str], wanted: dict[str, Any]) -> tuple[int, int]:
    """Tokens written to and read from the prompt cache: of the system prompt and tools, where a mark asks for it."""
    prefix = [wanted.get("tools", []), wanted.get("system", "")]
    if b'"cache_control"' not in canonical(prefix):
        return 0, 0
    digest = hashlib.sha256(canonical([wanted["model"], *prefix])).hexdigest()
    count = authors.tokens(_text(prefix))
    if digest in cached:
        return 0, count
    cached.add(digest)
    return count, 0


def _prompt(wanted: dict[str, Any]) -> authors.Prompt:
    shape = (wanted.get("output_config") or {}).get("format") or wanted.get("output_format") or {}
    return authors.Prompt(
        text=_text([wanted.get("system", ""), *(each["content"] for each in wanted["messages"])]),
        tools={tool["name"]: tool.get("input_schema", {}) for tool in wanted.get("tools", ()) if "name" in tool},
        schema=shape.get("schema"),
    )


def _text(content: Any) -> str:
    """All text in content, however deep."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(_text(each) for each in content)
    if isinstance(content, dict):
        return _text(content.get("text") or content.get("content") or "")
    return ""


def _models(_: Request) -> Answer:
    names = [name for name in TOKENS if name.startswith("claude")]
    listed = [
        {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"} for name in names
    ]
    return json_answer({"data": listed, "has_more": False, "first_id": names[0], "last_id": names[-1]})
