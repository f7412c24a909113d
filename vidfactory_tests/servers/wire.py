"""What crosses the wire, and how one fake service is described: a table of routes and its own error shapes.

Belongs here: requests, answers, routes, services. Does not belong here: sockets (`server`), what goes wrong
(`faults`), counting (`counter`) and any one service (`services`).
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

FREE = Decimal(0)


@dataclass(frozen=True)
class Request:
    """`base` is the service's own address; `path` is below it; names of `headers` are lower case."""

    service: str
    base: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    key: str
    """The only key that the services accept."""
    captured: Mapping[str, str] = field(default_factory=dict)
    """What the braces of the route's pattern hold."""
    job_s: float = 0.0
    """How long a job that is ordered with it will take."""
    is_confusing: bool = False
    """Whether a language model will call its tool with arguments that the schema does not allow."""

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None where it is not."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of method, address and body, the same for the same request however its JSON is laid out."""
        body = self.body if self.json is None else canonical(self.json)
        query = sorted((name, value) for name, value in self.query.items() if name != "key")
        head = canonical([self.service, self.method, self.path, query])
        return hashlib.sha256(head + b"\n" + body).hexdigest()

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True)
class Answer:
    """`cost` is what the service charges for it, in US dollars."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cost: Decimal = FREE

    def with_headers(self, **headers: str) -> "Answer":
        """With more headers; `_` stands for `-`."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **more})


def json_answer(content: Any, status: int = 200, cost: Decimal = FREE, **headers: str) -> Answer:
    return Answer(status, json.dumps(content).encode(), cost=cost).with_headers(**headers)


def canonical(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def nothing(_: Request) -> str:
    return ""


@dataclass(frozen=True)
class Route:
    """One operation. `refuse` is how the service declines the content; None where it never does."""

    method: str
    pattern: str
    operation: str
    answer: Callable[[Request], Answer]
    refuse: Callable[[Request], Answer] | None = None
    model: Callable[[Request], str] = nothing
    topic: Callable[[Request], str] = nothing
    """What the request is about, as `finance.analysis`: latencies can be set for one topic."""
    fail_job: Callable[[Request, bool], Answer] | None = None
    """Accepts a job that will fail, billed or not."""
    takes_key: bool = True
    """False for files that anybody may fetch."""
    partial: Callable[[Request], None] | None = None
    """Keeps what of a body arrived before the connection was cut; None where that is lost."""

    @cached_property
    def expression(self) -> re.Pattern[str]:
        parts = re.split(r"\{(\w+)\}", self.pattern)
        named = [re.escape(part) if place % 2 == 0 else f"(?P<{part}>[^/]+)" for place, part in enumerate(parts)]
        return re.compile("".join(named))


@dataclass(frozen=True)
class Service:
    """`failure` makes the body of an error status in the service's shape, without its headers."""

    name: str
    routes: tuple[Route, ...]
    is_authorised: Callable[[Request], bool]
    wrong_key: Callable[[Request], Answer]
    failure: Callable[[int], Answer]
    idempotency_header: str = ""
    """The header that makes a repeated request the same one; empty where the service takes none."""

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route for a path, with what its braces hold."""
        for route in self.routes:
            if route.method == method and (match := route.expression.fullmatch(path)):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return None


def split_target(target: str) -> tuple[str, dict[str, str]]:
    """Path and query of a request line."""
    parts = urlsplit(target)
    return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))


def phrase(status: int) -> str:
    """The reason phrase of a status, also of those that Python does not know."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Overloaded" if status == 529 else "Unknown"
