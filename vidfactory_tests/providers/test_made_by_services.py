"""How pictures, music and clips fail at a service, and what that may have cost: the same rules for each of them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from vidfactory.errors import Permanent, ProviderError, Transient
from vidfactory.providers.kit import Kit
from vidfactory.schema.base import Size
from vidfactory_tests.providers.conformance.test_animator import still
from vidfactory_tests.providers.makers import SERVED, Known, kit_of
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import (
    CutAfter,
    CutBefore,
    NotJson,
    Refused,
    Slow,
    Status,
    TooMany,
    Truncated,
    WrongShape,
)

every_service = pytest.mark.parametrize(
    ("name", "known"), SERVED, ids=[f"{known.port}-{name}" for name, known in SERVED]
)
STILL = still(64, 64)
WORK: dict[str, Callable[[Any], Any]] = {
    "illustrator": lambda maker: maker.illustrate("bull", "A bull.", Size(width=300, height=200), 1),
    "composer": lambda maker: maker.effect("a whoosh", 1.0, 1),
    "animator": lambda maker: maker.animate(STILL, "Slowly in.", 2, 1),
}


def made(kit: Kit, known: Known) -> Any:
    return asyncio.run(WORK[known.port](known.module.provide(kit)))


def failure(kit: Kit, known: Known) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        made(kit, known)
    return caught.value


@every_service
def test_a_wrong_key_is_permanent_and_names_the_setting_but_not_the_key(
    name: str, known: Known, services: FakeServices
) -> None:
    error = failure(kit_of(name, known, services, key=SecretStr("sk-wrong-key-123")), known)
    assert isinstance(error, Permanent)
    assert f"{name.upper()}_API_KEY" in str(error)
    assert "sk-wrong-key-123" not in f"{error} {error!r}"
    assert error.charged == services.spent == 0


@every_service
def test_without_a_key_nothing_is_sent(name: str, known: Known, services: FakeServices) -> None:
    error = failure(kit_of(name, known, services, key=None), known)
    assert isinstance(error, Permanent)
    assert f"{name.upper()}_API_KEY" in str(error)
    assert not services.served


@every_service
def test_without_a_model_nothing_is_sent(name: str, known: Known, services: FakeServices) -> None:
    error = failure(kit_of(name, known, services, models={}), known)
    assert f"services.{name}.models" in str(error)
    assert not services.served


@every_service
def test_a_busy_service_is_transient_and_says_how_long_it_wants_to_be_left_alone(
    name: str, known: Known, services: FakeServices
) -> None:
    services.next(name, TooMany(retry_after_s=7), operation=known.operation)
    error = failure(kit_of(name, known, services), known)
    assert isinstance(error, Transient)
    assert error.retry_after_s == 7
    assert error.charged == 0
    assert len(services.of(name, known.operation)) == 1


@every_service
def test_a_broken_service_is_transient_and_was_asked_once(name: str, known: Known, services: FakeServices) -> None:
    services.next(name, Status(500), operation=known.operation)
    error = failure(kit_of(name, known, services), known)
    assert isinstance(error, Transient)
    assert error.charged == 0
    assert len(services.of(name, known.operation)) == 1


@every_service
@pytest.mark.parametrize("fault", [CutBefore(), CutAfter(0), CutAfter(0.5), NotJson(), WrongShape()], ids=repr)
def test_an_answer_that_is_cut_or_of_another_shape_is_transient_and_may_be_charged(
    fault: Any, name: str, known: Known, services: FakeServices
) -> None:
    services.next(name, fault, operation=known.operation)
    error = failure(kit_of(name, known, services), known)
    assert isinstance(error, Transient)
    assert error.charged is None


@every_service
def test_a_truncated_answer_is_transient(name: str, known: Known, services: FakeServices) -> None:
    services.next(name, Truncated(), operation=known.operation)
    assert isinstance(failure(kit_of(name, known, services), known), Transient)


@every_service
def test_a_service_that_cannot_be_reached_charges_nothing(name: str, known: Known, services: FakeServices) -> None:
    error = failure(kit_of(name, known, services, address="http://127.0.0.1:9"), known)
    assert isinstance(error, Transient)
    assert error.charged == 0


@every_service
def test_an_answer_in_small_pieces_does_not_outlast_the_timeout(
    name: str, known: Known, services: FakeServices
) -> None:
    services.next(name, Slow(3.0), operation=known.operation)
    error = failure(kit_of(name, known, services, timeout_s=0.5), known)
    assert isinstance(error, Transient)
    assert error.charged is None


@every_service
def test_refused_content_is_permanent_with_the_service_s_reason(
    name: str, known: Known, services: FakeServices
) -> None:
    services.next(name, Refused(), operation=known.operation)
    error = failure(kit_of(name, known, services), known)
    assert isinstance(error, Permanent)
    assert "refused the" in str(error)
    assert error.charged == services.spent


@every_service
def test_the_probe_says_something_and_costs_nothing(name: str, known: Known, services: FakeServices) -> None:
    assert asyncio.run(known.module.probe(kit_of(name, known, services)))
    assert services.spent == 0
    assert len(services.served) == 1


@every_service
def test_the_probe_finds_a_wrong_key(name: str, known: Known, services: FakeServices) -> None:
    with pytest.raises(Permanent, match=f"{name.upper()}_API_KEY"):
        asyncio.run(known.module.probe(kit_of(name, known, services, key=SecretStr("wrong"))))


@every_service
def test_an_address_of_one_s_own_is_the_only_one_that_is_asked(name: str, known: Known, services: FakeServices) -> None:
    assert made(kit_of(name, known, services), known)
    assert {entry.service for entry in services.served} == {name}
