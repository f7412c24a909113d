"""Google's generative language API: `POST /v1beta/models/{model}:generateContent`, `GET /v1beta/models`.

Sizes of pictures: the table of the Gemini API's image guide for 1K; 2K and 4K are two and four times that.
"""

import base64
from typing import Any

from vidfactory.schema.base import Size
from vidfactory_tests.servers import authors
from vidfactory_tests.servers.pictures import picture
from vidfactory_tests.servers.prices import TOKENS, token_cost
from vidfactory_tests.servers.wire import Answer, Request, Route, Service, json_answer

SIZES_1K = {
    "1:1": Size(width=1024, height=1024),
    "2:3": Size(width=848, height=1264),
    "3:2": Size(width=1264, height=848),
    "3:4": Size(width=896, height=1200),
    "4:3": Size(width=1200, height=896),
    "4:5": Size(width=928, height=1152),
    "5:4": Size(width=1152, height=928),
    "9:16": Size(width=768, height=1376),
    "16:9": Size(width=1376, height=768),
    "21:9": Size(width=1584, height=672),
}
SCALES = {"1K": 1, "2K": 2, "4K": 4}
IMAGE_TOKENS = {"1K": 1120, "2K": 1680, "4K": 2520}
_STATES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def service() -> Service:
    return Service(
        name="google",
        routes=(
            Route(
                "POST",
                "/v1beta/models/{model}:generateContent",
                "generate",
                answer=_generate,
                refuse=_refuse,
                model=lambda request: request.captured["model"],
                topic=lambda request: "image" if _wants_image(request.json) else authors.topic(_prompt(request.json)),
            ),
            Route("GET", "/v1beta/models", "models", answer=_models),
            Route("GET", "/v1beta/models/{model}", "model", answer=_model),
        ),
        is_authorised=lambda request: request.key in {request.headers.get("x-goog-api-key"), request.query.get("key")},
        wrong_key=lambda _: wrong_key(),
        failure=failure,
    )


def failure(status: int, message: str = "") -> Answer:
    state = _STATES.get(status, "UNAVAILABLE")
    return json_answer({"error": {"code": status, "message": message or state.lower(), "status": state}}, status)


def wrong_key() -> Answer:
    """400, not 401: that is what the Gemini API says to a key that it does not know."""
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    message = "API key not valid. Please pass a valid API key."
    return json_answer(
        {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT", "details": details}}, 400
    )


def _generate(request: Request) -> Answer:
    model = request.captured["model"]
    if model not in TOKENS:
        return failure(404, f"models/{model} is not found for API version v1beta")
    return _image(request) if _wants_image(request.json) else _write(request)


def _write(request: Request) -> Answer:
    prompt = _prompt(request.json)
    reply = authors.reply(prompt, is_confused=request.is_confusing)
    if reply.tool:
        part: dict[str, Any] = {"functionCall": {"name": reply.tool, "args": reply.arguments}}
    else:
        part = {"text": reply.text}
    usage = _usage(prompt.tokens, reply.tokens)
    cost = token_cost(request.captured["model"], prompt.tokens, reply.tokens)
    return _answer(request, [_candidate([part])], usage, cost)


def _image(request: Request) -> Answer:
    config = (request.json.get("generationConfig") or {}).get("imageConfig") or {}
    ratio, scale = config.get("aspectRatio", "1:1"), config.get("imageSize", "1K")
    if ratio not in SIZES_1K or scale not in SCALES:
        return failure(400, f"aspect_ratio {ratio} or image_size {scale} is not supported")
    base, times = SIZES_1K[ratio], SCALES[scale]
    prompt = _prompt(request.json)
    seed = (request.json.get("generationConfig") or {}).get("seed", 0)
    data = picture(f"{prompt.text}/{seed}", Size(width=base.width * times, height=base.height * times))
    count = IMAGE_TOKENS[scale]
    details = [{"modality": "IMAGE", "tokenCount": count}]
    usage = {**_usage(prompt.tokens, count), "candidatesTokensDetails": details}
    part = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(data).decode()}}
    cost = token_cost(request.captured["model"], prompt.tokens, 0, image_output=count)
    return _answer(request, [_candidate([part])], usage, cost)


def _refuse(request: Request) -> Answer:
    """Pictures stop with IMAGE_SAFETY, prompts for text are blocked; what was read is billed."""
    prompt = _prompt(request.json)
    usage, cost = _usage(prompt.tokens, 0), token_cost(request.captured["model"], prompt.tokens, 0)
    if _wants_image(request.json):
        stopped = {"finishReason": "IMAGE_SAFETY", "finishMessage": "Unable to show the generated image.", "index": 0}
        return _answer(request, [stopped], usage, cost)
    feedback = {"blockReason": "SAFETY", "safetyRatings": []}
    return _answer(request, None, usage, cost, promptFeedback=feedback)


def _answer(request: Request, candidates: list[Any] | None, usage: dict[str, Any], cost: Any, **more: Any) -> Answer:
    content = {
        **({"candidates": candidates} if candidates else {}),
        "usageMetadata": usage,
        "modelVersion": request.captured["model"],
        "responseId": request.digest[:22],
        **more,
    }
    return json_answer(content, cost=cost)


def _candidate(parts: list[Any]) -> dict[str, Any]:
    return {"content": {"parts": parts, "role": "model"}, "finishReason": "STOP", "index": 0}


def _usage(prompt: int, output: int) -> dict[str, Any]:
    return {"promptTokenCount": prompt, "candidatesTokenCount": output, "totalTokenCount": prompt + output}


def _wants_image(wanted: dict[str, Any]) -> bool:
    modalities = (wanted.get("generationConfig") or {}).get("responseModalities") or ()
    return "IMAGE" in {str(each).upper() for each in modalities}


def _prompt(wanted: dict[str, Any]) -> authors.Prompt:
    contents = [wanted.get("systemInstruction") or {}, *wanted.get("contents", ())]
    config = wanted.get("generationConfig") or {}
    tools = {
        function["name"]: _schema_of(function)
        for tool in wanted.get("tools", ())
        for function in tool.get("functionDeclarations", ())
    }
    return authors.Prompt(
        text="\n".join(part.get("text", "") for content in contents for part in content.get("parts", ())),
        tools=tools,
        schema=config.get("responseJsonSchema") or config.get("responseSchema"),
    )


def _schema_of(function: dict[str, Any]) -> dict[str, Any]:
    """Its parameters by any of the names they go by; the API takes both spellings, and the SDK sends the second."""
    names = ("parametersJsonSchema", "parameters_json_schema", "parameters")
    return next((function[name] for name in names if function.get(name)), {})


def _models(_: Request) -> Answer:
    return json_answer({"models": [_about(name) for name in TOKENS if name.startswith("gemini")]})


def _model(request: Request) -> Answer:
    name = request.captured["model"]
    return json_answer(_about(name)) if name in TOKENS else failure(404)


def _about(name: str) -> dict[str, Any]:
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name,
        "inputTokenLimit": 1048576,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }
