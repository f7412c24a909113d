"""A fuzzer that knows nothing but the description of the server: what it says is true, and nothing breaks it."""

import json
from pathlib import Path

import pytest
import schemathesis
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
)
from schemathesis.config._auth import AuthConfig
from schemathesis.config._checks import SimpleCheckConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, FuzzScenarioFinished, NonFatalError, ScenarioFinished

from vidfactory_tests.ordering.counter import Counter

GOLDEN = Path(__file__).parent.parent / "golden" / "openapi.json"


def found_wrong(served: Counter, most: int) -> tuple[list[str], int]:
    """What the fuzzer holds against the server, each kind once, and how many requests it made.

    most: examples of each address in each of its phases.
    """
    config = schemathesis.Config(
        seed=7,
        projects=ProjectsConfig(
            default=ProjectConfig(
                auth=AuthConfig(openapi={"token": {"bearer": served.token}}),
                generation=GenerationConfig(
                    max_examples=most,
                    deterministic=True,
                    database="none",
                    allow_extra_parameters=False,  # headers that nobody knows are no reason to refuse anybody
                ),
                checks=ChecksConfig(
                    # Its own requests take an order back before it asks for the package, which comes much later.
                    ensure_resource_availability=SimpleCheckConfig(enabled=False),
                    # What is of the right shape, and of which nothing can be made here, is 422, and never 400.
                    positive_data_acceptance=PositiveDataAcceptanceConfig(
                        expected_statuses=["2xx", "304", "404", "409", "416", "422"]
                    ),
                ),
            )
        ),
    )
    schema = schemathesis.openapi.from_asgi("/openapi.json", served.app, config=config)
    wrong: dict[str, str] = {}
    requests = 0
    for event in from_schema(schema).execute():
        if isinstance(event, NonFatalError | FatalError):
            wrong[str(event)] = str(getattr(event, "value", None) or getattr(event, "exception", event))
        if not isinstance(event, ScenarioFinished | FuzzScenarioFinished):
            continue
        requests += len(event.recorder.interactions)
        for case, checks in event.recorder.checks.items():
            for check in checks:
                if check.failure_info is None:
                    continue
                failure, sent = check.failure_info.failure, event.recorder.interactions[case]
                name = f"{event.recorder.label}: {check.name}, {failure.title}"
                answer = sent.response
                told = f"{answer.status_code} {answer.content[:300]!r}" if answer else "no answer"
                body = sent.request.body[:300] if sent.request.body else b""
                wrong[name] = f"{name}\n{failure.message}\n{sent.request.method} {sent.request.uri} {body!r}\n{told}"
    return list(wrong.values()), requests


def test_what_the_description_says_is_so(desk: Counter, request: pytest.FixtureRequest) -> None:
    wrong, requests = found_wrong(desk, request.config.getoption("--requests"))
    assert requests > 500
    assert not wrong, "\n\n".join(wrong)


def test_the_description_is_the_one_that_was_looked_at(desk: Counter, request: pytest.FixtureRequest) -> None:
    found = json.dumps(desk.client().get("/openapi.json").json(), indent=1, sort_keys=True) + "\n"
    if request.config.getoption("--write-golden"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")
