"""Who may come in, and how often: the bearer token of each request, and its turns in a minute.

Belongs here: what is checked before anything is done. Does not belong here: how tokens are kept (`tokens`).
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from vidfactory.ordering.problems import Problem
from vidfactory.ordering.tokens import Scope, Token, Tokens, holder

REMEMBERED_S = 5.0
"""So long a server believes what it knows of tokens; one that was taken back may be used that much longer."""
LOOKED_UP_S = 1.0
"""A token that it does not know may be new: it looks so often, whoever knocks with whatever."""
MINUTE_S = 60.0
bearer = HTTPBearer(auto_error=False, scheme_name="token", description="From `vidfactory tokens new NAME`")
Clock = Callable[[], float]


class Turns:
    """How many requests each token may still make: as many at once as in a minute, and then one after the other.

    Counted in this process: behind several servers each of them counts its own.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, token: Token) -> float:
        """Take a turn; the seconds until there is one where there is none now, else 0."""
        with self._lock:
            now, pace = self._clock(), token.per_minute / MINUTE_S
            left, since = self._left.get(token.name, (float(token.per_minute), now))
            left = min(float(token.per_minute), left + (now - since) * pace)
            if left < 1:
                return (1 - left) / pace
            self._left[token.name] = (left - 1, now)
            return 0.0


class Door:
    """Lets in who has a token, and may do what they ask for, and has not asked too often."""

    def __init__(self, tokens: Tokens, clock: Clock = time.monotonic) -> None:
        self._tokens, self._clock, self._turns = tokens, clock, Turns(clock)
        self._known: Mapping[str, Token] = {}
        self._read_at = -math.inf

    def enter(self, request: Request, secret: str, scope: Scope) -> Token:
        """The token of a request; Problem 401 without a known one, 403 beyond its scopes, 429 too often."""
        token = holder(self._all(REMEMBERED_S), secret) or holder(self._all(LOOKED_UP_S), secret)
        if token is None:
            raise Problem(
                401,
                "no token that is known here",
                where="Authorization",
                remedy="Send: Authorization: Bearer TOKEN",
                headers={"www-authenticate": "Bearer"},
            )
        request.scope.setdefault("state", {})["token"] = token.name
        if wait := self._turns.take(token):
            raise Problem(
                429,
                f"more than {token.per_minute} requests in a minute",
                where=token.name,
                remedy="Ask less often",
                headers={"retry-after": str(math.ceil(wait))},
            )
        if scope not in token.scopes:
            raise Problem(403, f"this token may not {scope}", where=token.name, remedy="Use another token")
        return token

    def _all(self, age_s: float) -> Mapping[str, Token]:
        """What is known of tokens, at most so old."""
        now = self._clock()
        if now - self._read_at >= age_s:
            self._known, self._read_at = self._tokens.known(), now
        return self._known


Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def may_read(request: Request, given: Credentials) -> Token:
    """The token of somebody who asks."""
    return _entered(request, given, "read")


def may_order(request: Request, given: Credentials) -> Token:
    """The token of somebody who orders."""
    return _entered(request, given, "order")


def _entered(request: Request, given: HTTPAuthorizationCredentials | None, scope: Scope) -> Token:
    door = request.app.state.door
    assert isinstance(door, Door)
    return door.enter(request, given.credentials if given else "", scope)


Reader = Annotated[Token, Depends(may_read)]
Customer = Annotated[Token, Depends(may_order)]
