"""One holder at a time, on a disk and on an object store."""

import asyncio
import os
import signal
import time
import uuid
from pathlib import Path

import pytest
from upath import UPath

from vidfactory.storage import claims, objects
from vidfactory.storage.claims import claim


@pytest.fixture(params=["disk", "object store"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UPath:
    monkeypatch.setattr(claims, "TICKET_POLL_S", 0.01)
    return UPath(tmp_path) if request.param == "disk" else UPath(f"memory://claims/{uuid.uuid4().hex}")


def test_no_two_hold_the_same_claim_and_each_gets_it(folder: UPath) -> None:
    inside, most, held = 0, 0, 0

    async def hold() -> None:
        nonlocal inside, most, held
        async with claim(folder):
            inside, held = inside + 1, held + 1
            most = max(most, inside)
            await asyncio.sleep(0.005)
            inside -= 1

    async def everybody() -> None:
        await asyncio.gather(*(hold() for _ in range(12)))

    asyncio.run(everybody())
    assert (most, held) == (1, 12)


def test_a_claim_is_free_after_an_error(folder: UPath) -> None:
    async def fails() -> None:
        async with claim(folder):
            raise ValueError("no")

    async def holds() -> None:
        async with claim(folder):
            pass

    with pytest.raises(ValueError, match="no"):
        asyncio.run(fails())
    asyncio.run(asyncio.wait_for(holds(), 5))


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:

        async def die() -> None:
            async with claim(UPath(tmp_path)):
                os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(die())
    os.waitpid(child, 0)

    async def holds() -> None:
        async with claim(UPath(tmp_path)):
            pass

    asyncio.run(asyncio.wait_for(holds(), 5))


def test_a_ticket_whose_time_is_up_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = UPath(f"memory://claims/{uuid.uuid4().hex}")
    monkeypatch.setattr(claims, "TICKET_LIFE_S", 0.2)
    claims._renew(folder / "0dead.ticket")
    begun = time.monotonic()

    async def holds() -> None:
        async with claim(folder):
            pass

    asyncio.run(asyncio.wait_for(holds(), 5))
    assert time.monotonic() - begun >= 0.2
    assert objects.names(folder) == []


def test_a_ticket_is_renewed_though_the_storage_fails_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = UPath(f"memory://claims/{uuid.uuid4().hex}")
    monkeypatch.setattr(claims, "TICKET_LIFE_S", 0.2)
    monkeypatch.setattr(claims, "TICKET_POLL_S", 0.02)
    real, count = claims._renew, 0

    def shaky(ticket: UPath) -> None:
        nonlocal count
        count += 1
        if count == 2:
            raise OSError("the network blinked")
        real(ticket)

    monkeypatch.setattr(claims, "_renew", shaky)

    async def holds() -> None:
        async with claim(folder):
            await asyncio.sleep(0.4)
            assert claims._living(folder, "") != []

    asyncio.run(holds())
    assert "tried again" in caplog.text
    assert objects.names(folder) == []


def test_who_gives_up_waiting_leaves_no_ticket(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = UPath(f"memory://claims/{uuid.uuid4().hex}")
    monkeypatch.setattr(claims, "TICKET_POLL_S", 0.01)

    async def waits() -> None:
        async with claim(folder):
            pass

    async def gives_up() -> None:
        claims._renew(folder / "zzz.ticket")  # of another, who holds the claim
        monkeypatch.setattr(claims, "_living", lambda *_: ["zzz.ticket"] if objects.names(folder)[1:] else [])
        task = asyncio.create_task(waits())
        await asyncio.sleep(0.1)
        assert len(objects.names(folder)) == 2
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(gives_up())
    assert objects.names(folder) == ["zzz.ticket"]


def test_a_holder_renews_its_ticket(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = UPath(f"memory://claims/{uuid.uuid4().hex}")
    monkeypatch.setattr(claims, "TICKET_LIFE_S", 0.2)
    monkeypatch.setattr(claims, "TICKET_POLL_S", 0.02)
    order: list[str] = []

    async def holds(name: str, seconds: float) -> None:
        async with claim(folder):
            order.append(f"{name} in")
            await asyncio.sleep(seconds)
            order.append(f"{name} out")

    async def both() -> None:
        first = asyncio.create_task(holds("first", 0.6))
        await asyncio.sleep(0.05)
        await asyncio.gather(first, holds("second", 0))

    asyncio.run(both())
    assert order == ["first in", "first out", "second in", "second out"]
