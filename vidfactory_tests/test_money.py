"""Money: whatever goes wrong, nothing is bought twice, and the ledger is what the services charged."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from vidfactory.errors import OverBudget, VidfactoryError
from vidfactory_tests.paid_work import buy_everything, cloud_settings, ledger_of, quick_crew
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.counter import Served
from vidfactory_tests.servers.faults import (
    CutAfter,
    CutBefore,
    JobFails,
    NotJson,
    Refused,
    Status,
    TooMany,
    Truncated,
    WrongShape,
)
from vidfactory_tests.servers.fixtures import loopback, services

__all__ = ["loopback", "services"]
FAULTS = (
    TooMany(0),
    Status(500),
    Status(529),
    CutBefore(),
    CutAfter(0.0),
    CutAfter(0.5),
    Truncated(),
    NotJson(),
    WrongShape(),
    Refused(),
)
SERVICES = ("anthropic", "openai", "google", "elevenlabs", "x", "xai", "replicate")
KILLS = 20


def arrived(entry: Served) -> bool:
    """Whether the answer could be used: what it cost is then known to the cent."""
    return entry.delivered and entry.fault not in {"CutAfter", "Truncated", "WrongShape", "NotJson"}


def videos_bought(services: FakeServices, folder: Path, videos: int) -> list[BaseException | None]:
    """Buy for so many videos, four at a time; what became of each."""
    crew = quick_crew(cloud_settings(services.address, services.key, folder))

    async def all_of_them() -> list[BaseException | None]:
        places = asyncio.Semaphore(4)

        async def one(number: int) -> None:
            async with places:
                await buy_everything(crew, f"finance-{number}")

        return list(await asyncio.gather(*(one(n) for n in range(videos)), return_exceptions=True))

    return asyncio.run(all_of_them())


def test_with_faults_in_a_third_of_all_answers_the_ledger_is_what_the_services_charged(
    services: FakeServices, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    for service in SERVICES:
        services.rate(service, 0.3, *FAULTS)
    services.rate("replicate", 0.3, JobFails(), JobFails(billed=True), operation="predict")
    results = videos_bought(services, tmp_path, pytestconfig.getoption("--videos"))

    assert {type(result) for result in results if not isinstance(result, VidfactoryError)} <= {type(None)}
    assert all(isinstance(result, VidfactoryError) for result in results if result)
    good = Counter(entry.digest for entry in services.served if arrived(entry) and entry.billed and not entry.replayed)
    assert not [digest for digest, count in good.items() if count > 1 and not _jobs_failed(services, digest)]
    ledger = ledger_of(tmp_path)
    entries = [entry for video in ledger.videos() for entry in ledger.entries(video)]
    settled = sum((entry.usd for entry in entries if entry.state == "settled"), Decimal(0))
    doubtful = sum((entry.usd for entry in entries if entry.state == "doubtful"), Decimal(0))
    known = sum((entry.billed for entry in services.served if arrived(entry)), Decimal(0))
    assert settled == known
    assert services.spent - known <= doubtful
    assert not [entry for entry in entries if entry.state == "reserved"]


def _jobs_failed(services: FakeServices, digest: str) -> bool:
    """Whether it is the order of a job that failed, so that another one was ordered."""
    return any(entry.digest == digest and entry.operation == "predict" for entry in services.served)


def test_killed_at_twenty_moments_nothing_that_had_arrived_is_bought_again(
    services: FakeServices, tmp_path: Path
) -> None:
    services.latency("google", 0.3)
    services.latency("anthropic", 0.2)
    services.latency("replicate.job", 0.2)
    crew = quick_crew(cloud_settings(services.address, services.key, tmp_path))
    dice = random.Random(7)
    kills: list[float] = []
    video = 0
    while len(kills) < KILLS:
        child = os.fork()
        if child == 0:
            asyncio.run(buy_everything(crew, f"finance-{video}"))
            os._exit(0)
        killed = _killed_after(child, dice.uniform(0.02, 0.9))
        if killed is None:
            video += 1
        else:
            kills.append(killed)
    for number in range(video + 1):
        asyncio.run(buy_everything(crew, f"finance-{number}"))

    sent = Counter(entry.digest for entry in services.served if entry.status in {200, 0})
    again = [entry for entry in services.served if sent[entry.digest] > 1 and _is_purchase(entry)]
    first = {entry.digest: entry for entry in reversed(again)}
    for entry in first.values():
        assert any(entry.began_s <= kill <= entry.ended_s + 0.25 for kill in kills), entry
    ledger = ledger_of(tmp_path)
    entries = [entry for name in ledger.videos() for entry in ledger.entries(name)]
    doubtful = sum((entry.usd for entry in entries if entry.state == "doubtful"), Decimal(0))
    settled = sum((entry.usd for entry in entries if entry.state == "settled"), Decimal(0))
    assert settled <= services.spent <= settled + doubtful
    assert not [entry for entry in entries if entry.state == "reserved"]


def _is_purchase(entry: Served) -> bool:
    return bool(entry.billed) or entry.operation == "predict"


def _killed_after(child: int, seconds: float) -> float | None:
    """Kill a process after a while; when that was, or None where it had ended before."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert os.waitstatus_to_exitcode(status) == 0
            return None
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return time.monotonic()


def test_half_the_budget_stops_before_the_call_that_would_exceed_it(services: FakeServices, tmp_path: Path) -> None:
    settings = cloud_settings(services.address, services.key, tmp_path / "whole")
    asyncio.run(buy_everything(quick_crew(settings), "finance-whole"))
    price = services.spent
    services.clear()
    half = settings.model_copy(update={"budget_usd": price / 2, "studio": str(tmp_path / "half")})
    crew = quick_crew(half)
    with pytest.raises(OverBudget):
        asyncio.run(buy_everything(crew, "finance-whole"))
    assert Decimal(0) < services.spent <= price / 2
    assert ledger_of(tmp_path / "half").sums("finance-whole").committed == services.spent
    served = len(services.served)
    with pytest.raises(OverBudget):
        asyncio.run(buy_everything(crew, "finance-whole"))
    assert len(services.served) == served
