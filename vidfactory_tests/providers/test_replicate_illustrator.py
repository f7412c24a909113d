import asyncio
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from vidfactory.errors import JobFailed, Permanent, Transient
from vidfactory.providers.kit import Kit
from vidfactory.providers.picture_check import kept_share
from vidfactory.providers.replicate_illustrator import STEP, drawn_size
from vidfactory.schema.base import Size
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.makers import ILLUSTRATORS, kit_of
from vidfactory_tests.providers.pages import Served, SmallWeb
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import JobFails, Refused, Status, Truncated
from vidfactory_tests.servers.services.replicate import SDXL_VERSION

REPLICATE = ILLUSTRATORS["replicate"]
SIZE = Size(width=300, height=200)


def draw(services: FakeServices, calls: Direct | None = None, **changes: object) -> bytes:
    kit = kit_of("replicate", REPLICATE, services, calls, **changes)
    png: bytes = asyncio.run(REPLICATE.module.provide(kit).illustrate("", "A bull.", SIZE, 1)).png
    return png


@given(st.integers(200, 2160), st.integers(200, 2160))
def test_the_drawn_size_has_the_aspect_in_steps_and_about_a_megapixel(width: int, height: int) -> None:
    size = Size(width=width, height=height)
    drawn = drawn_size(size)
    assert drawn.width % STEP == drawn.height % STEP == 0
    if max(width, height) <= 3 * min(width, height):
        assert 0.85 < drawn.width * drawn.height / 1024**2 < 1.15
        assert kept_share(drawn, size) > 0.9


def test_a_version_goes_to_the_address_for_versions(services: FakeServices) -> None:
    assert draw(services, models={"illustrator": f"stability-ai/sdxl:{SDXL_VERSION}"})
    assert services.of("replicate", "predict")[0].path == "/v1/predictions"


def test_the_job_is_polled_until_it_is_done_and_the_file_fetched(services: FakeServices) -> None:
    services.latency("replicate.job", 0.2)
    assert draw(services)
    assert len(services.of("replicate", "predict")) == 1
    assert len(services.of("replicate", "poll")) > 1
    assert len(services.of("replicate", "download")) == 1


@pytest.mark.parametrize("fault", [JobFails(billed=True), JobFails(billed=False)], ids=repr)
def test_a_job_that_fails_may_be_ordered_anew_and_says_what_it_cost(fault: JobFails, services: FakeServices) -> None:
    services.next("replicate", fault, operation="predict")
    with pytest.raises(JobFailed, match="interrupted") as caught:
        draw(services)
    assert caught.value.charged == services.spent
    assert bool(services.spent) == fault.billed


def test_content_that_is_not_safe_for_work_is_permanent(services: FakeServices) -> None:
    services.next("replicate", Refused(), operation="predict")
    with pytest.raises(Permanent, match="NSFW") as caught:
        draw(services)
    assert caught.value.charged == services.spent


@pytest.mark.parametrize("fault", [Truncated(), Status(500)], ids=repr)
def test_a_file_that_does_not_arrive_whole_is_no_failure_of_the_job(
    fault: Truncated | Status, services: FakeServices
) -> None:
    services.next("replicate", fault, operation="download")
    with pytest.raises(Transient) as caught:
        draw(services)
    assert not isinstance(caught.value, JobFailed)


def test_a_picture_that_the_service_has_removed_is_ordered_anew_and_was_paid_for(small_web: SmallWeb) -> None:
    job = {"id": "p1", "status": "succeeded", "output": None, "data_removed": True}
    small_web.pages["/v1/predictions/p1"] = Served(json.dumps(job).encode(), "application/json")
    service = Service(address=small_web.address, key=SecretStr("k"), models={"illustrator": "a/b"}, timeout_s=5)
    illustrator = REPLICATE.module.provide(Kit("replicate", "illustrator", service, Direct()))
    with pytest.raises(JobFailed, match="removed") as caught:
        asyncio.run(illustrator._collect("p1", Decimal("0.01")))
    assert caught.value.charged == Decimal("0.01")


def test_a_poll_that_fails_is_no_failure_of_the_job_and_costs_nothing(services: FakeServices) -> None:
    services.next("replicate", Status(500), operation="poll")
    with pytest.raises(Transient) as caught:
        draw(services)
    assert not isinstance(caught.value, JobFailed)
    assert caught.value.charged == 0
