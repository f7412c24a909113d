"""Limits of services over processes: one suite for all who keep them, on one machine and over many."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.definitions import places_of
from vidfactory.errors import BadInput, Permanent, Transient
from vidfactory.ports import Answer, Assignment, Call
from vidfactory.settings import Settings
from vidfactory.storage import places
from vidfactory.storage.call_desk import CallDesk, Limit, Patience
from vidfactory.storage.places import Places, PlacesOfMachine, wait_s
from vidfactory.storage.studio import Studio
from vidfactory_tests.servers.postgres import Postgres, programs, running_postgres

Opens = Callable[[], Places]
"""What a process on some machine does first."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    pytest.importorskip("psycopg2", reason="the extra `cluster` is not installed")
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL server can be started here")
    with running_postgres(found) as server:
        yield server


@pytest.fixture(params=["files", "PostgreSQL"])
def opens(request: pytest.FixtureRequest, tmp_path: Path) -> Opens:
    if request.param == "files":
        return lambda: PlacesOfMachine(tmp_path / "places")
    address = request.getfixturevalue("postgres").address
    return lambda: places_of(Settings(profile="offline", limits=address))


@pytest.fixture
def service(request: pytest.FixtureRequest) -> str:
    """Each test's own, because the database stays."""
    return request.node.name


def child(work: Callable[[], object]) -> int:
    """A process of its own that does `work`."""
    number = os.fork()
    if number == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - it must not come back into the test
            os._exit(1)
        os._exit(0)
    return number


def ended_well(*processes: int) -> bool:
    return all(os.waitpid(process, 0)[1] == 0 for process in processes)


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def test_places_are_counted_over_processes(opens: Opens, service: str, tmp_path: Path) -> None:
    """Who is inside has a file there; nobody ever counts more than there are places."""
    inside = tmp_path / "inside"
    inside.mkdir()

    def work() -> None:
        async def call(mine: Places, number: int) -> None:
            with await mine.hold(service, 2):
                file = inside / f"{os.getpid()}-{number}"
                file.touch()
                assert len(list(inside.iterdir())) <= 2
                await asyncio.sleep(0.02)
                file.unlink()

        async def calls() -> None:
            mine = opens()
            await asyncio.gather(*(call(mine, number) for number in range(3)))

        asyncio.run(calls())

    assert ended_well(*(child(work) for _ in range(3)))


def test_a_place_is_free_after_its_holder_was_killed(opens: Opens, service: str, tmp_path: Path) -> None:
    def stay() -> None:
        async def held() -> None:
            with await opens().hold(service, 1):
                (tmp_path / "held").touch()
                await asyncio.sleep(600)

        asyncio.run(held())

    async def holds() -> None:
        with await opens().hold(service, 1):
            pass

    process = child(stay)
    wait_for(tmp_path / "held")

    async def waits_in_vain() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(holds(), 0.3)

    asyncio.run(waits_in_vain())
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    asyncio.run(asyncio.wait_for(holds(), 30))


def test_who_gives_up_waiting_keeps_no_place(opens: Opens, service: str) -> None:
    async def hold(mine: Places, seconds: float) -> None:
        with await mine.hold(service, 1):
            await asyncio.sleep(seconds)

    async def several() -> None:
        mine = opens()
        tasks = [asyncio.create_task(hold(mine, 600)) for _ in range(3)]
        await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.wait_for(hold(mine, 0), 30)

    asyncio.run(several())


def test_no_more_begin_in_a_window_than_may_over_processes(
    opens: Opens, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten calls, four in a window: the third lot cannot begin before two windows are over."""
    monkeypatch.setattr(places, "WINDOW_S", 0.5)
    monkeypatch.setattr(places, "MARGIN_S", 0.1)

    def work() -> None:
        async def calls() -> None:
            mine = opens()
            await asyncio.gather(*(mine.begin(service, 4) for _ in range(5)))

        asyncio.run(calls())

    begun = time.monotonic()
    assert ended_well(child(work), child(work))
    assert time.monotonic() - begun >= 2 * 0.6


def test_a_call_goes_through_the_places(opens: Opens, service: str, studio: Studio) -> None:
    desk = CallDesk(studio, {service: Limit(concurrency=1)}, places=opens())
    call = Call(service, "picture", "m1", {"prompt": "a bear"}, price=Decimal("0.05"))

    async def sent(_: str) -> Answer:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(opens().hold(service, 1), 0.3)
        return Answer({}, cost=Decimal("0.05"))

    asyncio.run(desk.on(Assignment("finance-a", "cards")).ask(call, sent))

    async def free() -> None:
        with await opens().hold(service, 1):
            pass

    asyncio.run(asyncio.wait_for(free(), 30))


@given(st.lists(st.floats(0, 200), max_size=40), st.integers(1, 6), st.floats(200, 400))
def test_the_window_holds_at_most_so_many_and_never_waits_longer_than_it_must(
    begun: list[float], count: int, now: float
) -> None:
    starts = sorted(begun)
    then = now + wait_s(starts, now, count)
    window = places.WINDOW_S + places.MARGIN_S
    assert sum(start > then - window + 1e-6 for start in starts) < count
    if then > now:
        assert sum(start > then - window - 1e-6 for start in starts) >= count


def test_starts_that_lie_ahead_of_the_clock_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "painter" / "starts.json"
    file.parent.mkdir()
    file.write_text(str([time.time() + 3600] * 5))
    asyncio.run(asyncio.wait_for(PlacesOfMachine(tmp_path).begin("painter", 5), 30))


def test_a_database_that_is_restarted_in_the_middle_is_waited_for(
    postgres: Postgres, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call that is under way is paid for and remembered; the next one goes on when the database is back."""
    desk = CallDesk(studio, places=places_of(Settings(profile="offline", limits=postgres.address)))

    async def sent(_: str) -> Answer:
        await asyncio.to_thread(postgres.stop)
        return Answer({}, cost=Decimal("0.05"))

    async def back(_: str) -> Answer:
        return Answer({}, cost=Decimal("0.05"))

    async def both() -> None:
        calls = desk.on(Assignment("finance-a", "cards"))
        await calls.ask(Call("restarted", "picture", "m1", {"prompt": "one"}, price=Decimal("0.05")), sent)
        assert desk.ledger.sums("finance-a").settled == Decimal("0.05")
        second = calls.ask(Call("restarted", "picture", "m1", {"prompt": "two"}, price=Decimal("0.05")), back)
        await asyncio.gather(second, asyncio.to_thread(postgres.start))

    asyncio.run(both())
    assert desk.ledger.sums("finance-a").settled == Decimal("0.10")


def test_a_database_that_stays_away_is_said_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, studio: Studio
) -> None:
    pytest.importorskip("psycopg2", reason="the extra `cluster` is not installed")
    from vidfactory.storage import postgres_places  # noqa: PLC0415  -- of the extra

    monkeypatch.setattr(postgres_places, "PATIENCE_S", 0.1)
    monkeypatch.setattr(postgres_places, "RETRY_S", 0.01)
    away = places_of(Settings(profile="offline", limits=f"postgresql://me:planted@/x?host={tmp_path}"))
    with pytest.raises(Transient, match="does not answer") as caught:
        asyncio.run(away.begin("painter", 1))
    assert "planted" not in str(caught.value)
    assert "VIDFACTORY_LIMITS" in str(caught.value)
    desk = CallDesk(studio, patience=Patience(tries=1), places=away)

    async def never(_: str) -> Answer:
        raise AssertionError("nothing may be sent that nobody counted")

    with pytest.raises(Exception, match="does not answer"):
        asyncio.run(desk.on(Assignment("finance-a", "cards")).ask(Call("painter", "p", "m", {}), never))
    assert list(desk.ledger.entries("finance-a")) == []


def test_a_database_that_refuses_is_said_at_once(postgres: Postgres) -> None:
    wrong = places_of(Settings(profile="offline", limits=postgres.address.replace("/postgres?", "/nowhere?")))
    with pytest.raises(Permanent, match=r"nowhere.*VIDFACTORY_LIMITS") as caught:
        asyncio.run(wrong.begin("painter", 1))
    assert "planted" not in str(caught.value)
    odd = places_of(Settings(profile="offline", limits="postgresql://me:planted@/x?nonsense=planted"))
    with pytest.raises(Permanent) as caught:
        asyncio.run(odd.begin("painter", 1))
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("address", ["mysql://x", "postgresql://me:planted@host:port/x"])
def test_what_is_no_address_of_a_database_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="limits") as caught:
        Settings(profile="offline", limits=address)
    assert "planted" not in str(caught.value)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "vidfactory.storage.postgres_places", None)
    with pytest.raises(BadInput, match=r"vidfactory\[cluster\]"):
        places_of(Settings(profile="offline", limits="postgresql://x/y"))
