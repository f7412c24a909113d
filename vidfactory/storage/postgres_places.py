"""The places of services over many machines, in a PostgreSQL database that all of them reach.

Belongs here: advisory locks, which the database frees when their holder's connection ends, and the table of starts.
Does not belong here: the rule of the window (`places`).

A process has one connection, as long as somebody in it holds a place or waits for one. The database's clock is the
clock of all. Where the connection breaks while calls are under way, they go on, and for that time others may take
their places: a call that was sent is worth more than an exact count.
"""

import asyncio
import hashlib
import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psycopg2

from vidfactory.errors import Permanent, Transient
from vidfactory.storage import places
from vidfactory.storage.threads import to_its_end

Result = TypeVar("Result")
log = logging.getLogger(__name__)
PATIENCE_S = 20.0
"""How long a database that is away is waited for, each time that a call is tried."""
RETRY_S = 0.5
POLL_S = 0.2
CONNECT_S = 5
_STARTING = ("starting up", "shutting down", "recovery mode", "too many clients", "remaining connection slots")
_TABLE = """
CREATE TABLE IF NOT EXISTS vidfactory_starts (service text NOT NULL, begun double precision NOT NULL);
CREATE INDEX IF NOT EXISTS vidfactory_starts_of ON vidfactory_starts (service, begun);
"""
_BEGIN = """
WITH clock AS (SELECT extract(epoch FROM clock_timestamp())::double precision AS now),
gone AS (DELETE FROM vidfactory_starts WHERE service = %(service)s AND begun < (SELECT now FROM clock) - %(window)s),
nth AS (
    SELECT begun FROM vidfactory_starts
    WHERE service = %(service)s AND begun >= (SELECT now FROM clock) - %(window)s
    ORDER BY begun DESC OFFSET %(count)s - 1 LIMIT 1
),
begun AS (
    INSERT INTO vidfactory_starts SELECT %(service)s, now FROM clock WHERE NOT EXISTS (SELECT FROM nth) RETURNING begun
)
SELECT coalesce((SELECT begun + %(window)s FROM nth) - (SELECT now FROM clock), 0)
"""
"""Notes a start where there may be one; the seconds to wait where there may not."""


class PostgresPlaces:
    """`address` is a postgresql:// address, whose password no error repeats."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._connection: Any = None
        self._users = 0
        self._held: set[int] = set()

    async def hold(self, service: str, count: int) -> ExitStack:
        """See `Places.hold`."""
        taken: list[int] = []
        self._enter()
        with ExitStack() as block:
            block.callback(self._leave)
            block.callback(self._give_back, taken)
            while not await to_its_end(self._take, service, count, taken):  # noqa: ASYNC110 - another machine frees it
                await asyncio.sleep(POLL_S)
            return block.pop_all()
        raise AssertionError("the loop returns or raises")

    async def begin(self, service: str, count: int) -> None:
        """See `Places.begin`."""
        self._enter()
        with ExitStack() as block:
            block.callback(self._leave)
            while (wait := await to_its_end(self._begun, service, count)) > 0:  # noqa: ASYNC110 - others begin too
                await asyncio.sleep(wait)

    def _take(self, service: str, count: int, taken: list[int]) -> bool:
        """Add the first free place to those that are `taken`; False where there is none."""

        def work(cursor: Any) -> bool:
            for number in (_number(f"{service}/{place}") for place in range(count)):
                if number in self._held:  # by this very process, whose connection could take it again
                    continue
                cursor.execute("SELECT pg_try_advisory_lock(%s)", (number,))
                if cursor.fetchone()[0]:
                    self._held.add(number)
                    taken.append(number)
                    return True
            return False

        return self._patiently(service, work)

    def _give_back(self, taken: list[int]) -> None:
        with self._lock:
            self._held.difference_update(taken)
            if self._connection is None:
                return  # it broke, and all that it held is free
            try:
                with self._connection.cursor() as cursor:
                    for number in taken:
                        cursor.execute("SELECT pg_advisory_unlock(%s)", (number,))
            except psycopg2.Error as error:
                log.warning("a place is given back by ending the connection: %s", self._said(error))
                self._close()

    def _begun(self, service: str, count: int) -> float:
        def work(cursor: Any) -> float:
            cursor.execute("BEGIN; SELECT pg_advisory_xact_lock(%s)", (_number(f"{service} starts"),))
            given = {"service": service, "count": count, "window": places.WINDOW_S + places.MARGIN_S}
            cursor.execute(_BEGIN, given)
            wait = float(cursor.fetchone()[0])
            cursor.execute("COMMIT")
            return wait

        return self._patiently(service, work)

    def _patiently(self, service: str, work: Callable[[Any], Result]) -> Result:
        """What `work` with a cursor returns; Transient where the database stays away, Permanent where it refuses."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                with self._lock, self._connected().cursor() as cursor:
                    return work(cursor)
            except psycopg2.Error as error:
                with self._lock:
                    self._close()
                if not _is_away(error):
                    raise Permanent(
                        f"the database of the services' limits refuses it: {self._said(error)}",
                        where=service,
                        remedy="Check VIDFACTORY_LIMITS",
                    ) from None
                if time.monotonic() > until:
                    raise Transient(
                        f"the database of the services' limits does not answer: {self._said(error)}",
                        where=service,
                        remedy="Start it again, or change VIDFACTORY_LIMITS; nothing was sent and nothing is lost",
                    ) from None
            time.sleep(RETRY_S)

    def _connected(self) -> Any:
        if self._connection is None:
            self._connection = psycopg2.connect(
                self._address, connect_timeout=CONNECT_S, application_name="vidfactory limits"
            )
            self._connection.autocommit = True
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT to_regclass('vidfactory_starts') IS NULL")
                if cursor.fetchone()[0]:
                    cursor.execute("BEGIN; SELECT pg_advisory_xact_lock(%s)", (_number("table"),))
                    cursor.execute(_TABLE)
                    cursor.execute("COMMIT")
        return self._connection

    def _enter(self) -> None:
        with self._lock:
            self._users += 1

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._close()

    def _close(self) -> None:
        """End the connection, which frees all that it holds; with the lock held."""
        if self._connection is not None:
            with suppress(psycopg2.Error):  # it is broken already
                self._connection.close()
        self._connection = None

    def _said(self, error: psycopg2.Error) -> str:
        """What the database said, without the address and its password, on one line."""
        text = str(error).replace(self._address, "***")
        if secret := urlsplit(self._address).password:
            text = text.replace(secret, "***")
        return " ".join(text.split())[:200]


def _number(name: str) -> int:
    """What the database knows a lock by: 64 bits of the name's hash."""
    return int.from_bytes(hashlib.sha256(f"vidfactory/{name}".encode()).digest()[:8], "big", signed=True)


def _is_away(error: psycopg2.Error) -> bool:
    """Whether the connection failed, and not what was asked."""
    if not isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return False
    said = str(error)
    return "FATAL" not in said or any(words in said for words in _STARTING) or "terminating connection" in said
