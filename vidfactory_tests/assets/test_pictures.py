"""Twelve pictures of a service at once, remembered by the real call desk."""

import asyncio
import logging
import os
import signal
import time

import pytest

from vidfactory.assets.fan_out import side_by_side
from vidfactory.assets.pictures import alike, total_credit
from vidfactory.errors import Permanent
from vidfactory.ports import Assignment, DrawnPicture
from vidfactory.schema.base import Credit, Size
from vidfactory.schema.screenplay import IllustrationCue
from vidfactory.storage.call_desk import CallDesk, Limit, Patience
from vidfactory.storage.studio import Studio
from vidfactory_tests.providers.makers import ILLUSTRATORS, kit_of
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import Refused, Status

COUNT = 12
LOG = logging.getLogger("vidfactory.tests")
AT_ONCE = {"google": Limit(5, 600, 10), "replicate": Limit(5, 600, 10)}


def twelve(name: str, studio: Studio, services: FakeServices) -> dict[str, DrawnPicture]:
    known = ILLUSTRATORS[name]
    desk = CallDesk(studio, AT_ONCE, Patience(first_wait_s=0.01, jitter_s=0.01, job_pace=0.01))
    illustrator = known.module.provide(kit_of(name, known, services, desk.on(Assignment("finance-a", "illustrations"))))

    async def all_at_once() -> dict[str, DrawnPicture]:
        size = Size(width=300, height=200)
        work = {f"p{n}": illustrator.illustrate("", f"Picture {n}.", size, n) for n in range(COUNT)}
        return await side_by_side(work, "illustrations", LOG)

    return asyncio.run(all_at_once())


@pytest.mark.parametrize("name", ["google", "replicate"])
def test_one_picture_that_fails_costs_one_request_more_and_not_twelve(
    name: str, studio: Studio, services: FakeServices
) -> None:
    operation = ILLUSTRATORS[name].operation
    services.next(name, None, None, None, Refused(), operation=operation)
    with pytest.raises(Permanent, match=r"1 of 12 illustrations failed \(p\d+: .*The others are kept"):
        twelve(name, studio, services)
    assert len(services.of(name, operation)) == COUNT
    assert len(twelve(name, studio, services)) == COUNT
    assert len(services.of(name, operation)) == COUNT + 1
    twelve(name, studio, services)
    assert len(services.of(name, operation)) == COUNT + 1


def test_a_picture_whose_service_stumbles_is_asked_for_once_more(studio: Studio, services: FakeServices) -> None:
    services.next("google", None, Status(500))
    assert len(twelve("google", studio, services)) == COUNT
    assert len(services.of("google")) == COUNT + 1


def test_killed_among_twelve_pictures_those_that_had_arrived_are_not_bought_again(
    studio: Studio, services: FakeServices
) -> None:
    services.latency("google", 0.2)
    child = os.fork()
    if child == 0:
        twelve("google", studio, services)
        os._exit(0)
    until = time.monotonic() + 30
    while len(list(studio.calls.glob("*/*/answer.json"))) < 5 and time.monotonic() < until:
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    kept = len(list(studio.calls.glob("*/*/answer.json")))
    assert 5 <= kept < COUNT
    before = len(services.served)
    assert len(twelve("google", studio, services)) == COUNT
    assert len(services.served) - before == COUNT - kept
    assert len(services.served) <= COUNT + AT_ONCE["google"].concurrency, "only those that were in flight are doubtful"


def test_no_more_pictures_are_under_way_than_the_service_allows(studio: Studio, services: FakeServices) -> None:
    services.latency("google", 0.1)
    twelve("google", studio, services)
    assert services.book.busiest("google") == AT_ONCE["google"].concurrency


def test_cues_that_ask_for_the_same_picture_share_it() -> None:
    cues = [
        IllustrationCue(name=name, concept=concept, prompt=prompt)
        for name, concept, prompt in (("a", "bull", "x"), ("b", "bear", "x"), ("c", "bull", "x"), ("d", "bull", "y"))
    ]
    assert [[cue.name for cue in group] for group in alike(cues)] == [["a", "c"], ["b"], ["d"]]


def test_a_credit_for_many_says_why_others_did_not_serve_once() -> None:
    credits_ = [
        Credit(provider="openai", model="m", cost_usd="0.1", instead_of=("google is busy",)),
        Credit(provider="google", model="n", cost_usd="0.2"),
        Credit(provider="openai", model="m", cost_usd="0.3", instead_of=("google is busy",)),
    ]
    total = total_credit(credits_)
    assert (total.provider, total.model, str(total.cost_usd)) == ("openai, google", "m, n", "0.6")
    assert total.instead_of == ("google is busy",)
