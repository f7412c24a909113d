"""xAI: responses with the `x_search` tool and its citations, and chat completions without it.

As its documents and users report it: `x_search` is refused in chat completions, citations come as
annotations of the text and as `citations`, all addresses that the search brought up, in the form `/i/status/`;
`usage` says what the call cost (ticks of 1e-10 dollars).
"""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from vidfactory_tests.servers import authors, posts
from vidfactory_tests.servers.prices import CALLS, TOKENS, token_cost
from vidfactory_tests.servers.services import openai
from vidfactory_tests.servers.wire import FREE, Answer, Request, Route, Service, json_answer

SEARCHES = 2
"""How often the model asks X in one answer."""
TICKS = Decimal(10) ** 10


def service() -> Service:
    chat, responses = openai.chat_route(), openai.responses_route()
    return Service(
        name="xai",
        routes=(
            replace(chat, answer=_chat),
            replace(responses, answer=_responses, topic=_topic),
            Route("GET", "/v1/models", "models", answer=_models),
        ),
        is_authorised=lambda request: request.bearer == request.key,
        wrong_key=lambda _: _failure(400, "Incorrect API key provided. You can obtain an API key from the console."),
        failure=_failure,
    )


def _failure(status: int, message: str = "") -> Answer:
    """Unlike OpenAI's: a code in words and the error as text."""
    codes = {400: "Client specified an invalid argument", 404: "Some requested entity was not found"}
    codes |= {429: "Some resource has been exhausted", 500: "Internal error"}
    code = codes.get(status, "The service is currently unavailable")
    return json_answer({"code": code, "error": message or code}, status)


def _searches(request: Request) -> bool:
    return any(tool.get("type") == "x_search" for tool in request.json.get("tools") or ())


def _topic(request: Request) -> str:
    return "x_search" if _searches(request) else authors.topic(openai.responses_prompt(request.json))


def _chat(request: Request) -> Answer:
    if _searches(request):
        return _failure(400, "x_search is not supported by chat completions, use the Responses API.")
    return openai.chat_route().answer(request)


def _responses(request: Request) -> Answer:
    if request.json["model"] not in TOKENS:
        return _failure(404, f"The model {request.json['model']} does not exist or your team has no access to it.")
    prompt = openai.responses_prompt(request.json)
    if not _searches(request):
        reply = authors.reply(prompt, is_confused=request.is_confusing)
        return _priced(request, [openai.output_of(request, reply)], prompt.tokens, reply.tokens, 0)
    reply = authors.reply(prompt, is_confused=request.is_confusing) if prompt.schema or prompt.tools else _found(prompt)
    calls = [_call(request, number) for number in range(SEARCHES)]
    output = [*calls, openai.output_of(request, reply, _citations(reply.text))]
    cited = [post["url"] for post in posts.plain()]
    return _priced(request, output, prompt.tokens, reply.tokens, SEARCHES, citations=cited)


def _found(prompt: authors.Prompt) -> authors.Reply:
    """The posts as JSON where the prompt asks for JSON, else as a list with a citation each."""
    if "JSON" in prompt.text:
        names = ("id", "text", "url", "created_at", "likes", "reposts", "replies", "views")
        people = ("name", "handle", "followers")
        given = [
            {**{name: post[name] for name in names}, "author": {name: post[name] for name in people}}
            for post in posts.plain()
        ]
        return authors.Reply(text=json.dumps({"posts": given}))
    lines = [
        f"- {post['name']} (@{post['handle']}): {post['text']} [[{number}]]({post['url']})"
        for number, post in enumerate(posts.plain(), 1)
    ]
    return authors.Reply(text="\n".join(lines))


def _citations(text: str) -> list[dict[str, Any]]:
    """A mark for every post whose address stands in the text."""
    return [
        {"type": "url_citation", "url": post["url"], "title": str(number), "start_index": start, "end_index": end}
        for number, post in enumerate(posts.plain(), 1)
        if (start := text.find(post["url"])) >= 0 and (end := start + len(post["url"]))
    ]


def _call(request: Request, number: int) -> dict[str, Any]:
    return {
        "type": "custom_tool_call",
        "id": f"ctc_{request.digest[:20]}{number}",
        "call_id": f"xs_call-{request.digest[:20]}{number}",
        "name": ("x_keyword_search", "x_semantic_search")[number % 2],
        "input": json.dumps({"query": "$MSFT", "limit": "10"}),
        "status": "completed",
    }


def _priced(request: Request, output: list[Any], read: int, written: int, searches: int, **more: Any) -> Answer:
    extra = CALLS["xai:x_search"] * searches if searches else FREE
    cost = token_cost(request.json["model"], read, written) + extra
    answer = openai.responses_answer(request, output, read, written, extra, **more)
    content = json.loads(answer.body)
    if searches:
        content["citations"] = [f"https://x.com/i/status/{post['id']}" for post in posts.plain()]
    content["usage"] |= {
        "num_sources_used": 0,
        "num_server_side_tools_used": searches,
        "cost_in_usd_ticks": int(cost * TICKS),
        "server_side_tool_usage_details": {"web_search_calls": 0, "x_search_calls": searches},
    }
    return replace(answer, body=json.dumps(content).encode())


def _models(_: Request) -> Answer:
    names = [name for name in TOKENS if name.startswith("grok")]
    listed = [{"id": name, "object": "model", "created": openai.CREATED, "owned_by": "xai"} for name in names]
    return json_answer({"object": "list", "data": listed})
