"""X API v2: recent search over the sample feed, with fields, expansions and pages; posts are billed, each one."""

from typing import Any

from vidfactory_tests.servers import posts
from vidfactory_tests.servers.prices import CALLS
from vidfactory_tests.servers.wire import Answer, Request, Route, Service, json_answer

ALWAYS = ("id", "text", "edit_history_tweet_ids")
MAX_QUERY = 512
_TITLES = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found Error", 429: "Too Many Requests"}


def service() -> Service:
    return Service(
        name="x",
        routes=(Route("GET", "/2/tweets/search/recent", "search", answer=_search),),
        is_authorised=lambda request: request.bearer == request.key,
        wrong_key=lambda _: failure(401),
        failure=failure,
    )


def failure(status: int) -> Answer:
    title = _TITLES.get(status, "Internal Server Error")
    content = {"title": title, "type": "about:blank", "status": status, "detail": title}
    answer = json_answer(content, status)
    return answer.with_headers(x_rate_limit_limit="450", x_rate_limit_remaining="0") if status == 429 else answer


def _search(request: Request) -> Answer:
    query, size = request.query.get("query", ""), int(request.query.get("max_results", "10"))
    if not query or len(query) > MAX_QUERY:
        return _invalid("query", query)
    if not 10 <= size <= 100:
        return _invalid("max_results", str(size))
    token = request.query.get("next_token", "b26v89c19zqg8o3f0")
    if not token.removeprefix("b26v89c19zqg8o3f").isdigit():
        return _invalid("next_token", token)
    start = int(token.removeprefix("b26v89c19zqg8o3f"))
    page = posts.feed()[start : start + size]
    more = start + size < len(posts.feed())
    content: dict[str, Any] = {"data": [_fields(post, _asked(request, "tweet.fields", ALWAYS)) for post in page]}
    if "author_id" in request.query.get("expansions", "").split(","):
        wanted = _asked(request, "user.fields", ("id", "name", "username"))
        users = {post["author_id"]: posts.author(post) for post in page}
        content["includes"] = {"users": [_fields(user, wanted) for user in users.values()]}
        for post, given in zip(page, content["data"], strict=True):
            given["author_id"] = post["author_id"]
    content["meta"] = {
        "newest_id": page[0]["id"],
        "oldest_id": page[-1]["id"],
        "result_count": len(page),
        **({"next_token": f"b26v89c19zqg8o3f{start + size}"} if more else {}),
    }
    headers = {"x_rate_limit_limit": "450", "x_rate_limit_remaining": "449", "x_rate_limit_reset": "1795000000"}
    return json_answer(content, cost=CALLS["x:post"] * len(page)).with_headers(**headers)


def _asked(request: Request, name: str, always: tuple[str, ...]) -> set[str]:
    return {*always, *request.query.get(name, "").split(",")}


def _fields(full: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    return {name: value for name, value in full.items() if name in wanted}


def _invalid(name: str, value: str) -> Answer:
    content = {
        "errors": [
            {
                "parameters": {name: [value]},
                "message": f"The `{name}` query parameter value [{value}] is not valid",
            }
        ],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }
    return json_answer(content, 400)
