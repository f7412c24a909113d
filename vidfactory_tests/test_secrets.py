"""Keys stay where they are: they are planted everywhere, and all that was written is searched for them.

The fakes say a wrong key aloud in their refusal, as some services do.
"""

import asyncio
import base64
import json
import logging
import re
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pydantic_ai import models

from vidfactory.definitions import studio_of
from vidfactory.doctor import examine, probe
from vidfactory.errors import Permanent
from vidfactory.orders import place
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.crew import Wishes
from vidfactory.settings import Settings
from vidfactory_tests.command import Command
from vidfactory_tests.paid_work import quick_crew
from vidfactory_tests.scripted_studio import KEY, ScriptedStudio, scripted, scripted_studio
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import CutAfter, CutBefore, Status, Truncated
from vidfactory_tests.servers.fixtures import loopback
from vidfactory_tests.servers.studio import KEY_NAMES, KEYLESS, services_environment, services_table
from vidfactory_tests.servers.wire import Answer, Request, Service
from vidfactory_tests.test_quoting import TODAY

__all__ = ["loopback", "scripted", "scripted_studio"]
STILL = Path(__file__).parent / "golden" / "illustration_calm.png"
GOOD = "planted-good-8d21f0c6"
WITNESS = "planted-witness-00aa"
"""Is written on purpose, to see that the search finds what there is."""
BAD = {name: f"planted-{name}-5b7e93" for name in services_table("", "") if name not in KEYLESS}
MADE_BY_SERVICES = {
    "finance/selected_tweet": ("writer", ["anthropic", "openai", "google"]),
    "narration": ("narrator", ["elevenlabs", "openai", "google_cloud", "azure", "polly"]),
    "illustrations": ("illustrator", ["google", "openai", "replicate"]),
    "soundtrack": ("composer", ["elevenlabs"]),
    "finance/tweets": ("trends", ["x", "xai"]),
}
"""What each of the services can be asked for, by the asset that asks."""
PAIRS = [(asset, port, name) for asset, (port, names) in MADE_BY_SERVICES.items() for name in names]
FAULTS = (CutBefore(), CutAfter(0.5), Truncated(), Status(500))


def forms(secret: str) -> list[bytes]:
    """How a secret may stand in a file; base64 from each of its three beginnings."""
    plain = secret.encode()
    coded = [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)]
    return [plain, *coded]


def found_in(folder: Path, secrets: list[str]) -> list[str]:
    """The files of a folder that hold one of the secrets."""
    wanted = [form for secret in secrets for form in forms(secret)]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path.relative_to(folder)) for path in files if any(form in path.read_bytes() for form in wanted)]


def said_aloud(service: Service) -> Service:
    """`service`, repeating each key that it refuses."""

    def refusal(request: Request) -> Answer:
        sent = " ".join([*request.headers.values(), *request.query.values()])
        keys = " ".join(re.findall(r"planted-[\w-]+", sent))
        answer = service.wrong_key(request)
        body = answer.body.decode()
        try:
            told = json.dumps(_with(json.loads(body), f"{keys} is no key of ours. "))
        except ValueError:
            told = f"{keys} is no key of ours. {body}"
        return replace(answer, body=told.encode())

    return replace(service, wrong_key=refusal)


def _with(content: Any, words: str) -> Any:
    """JSON with `words` before each of its texts that has a blank in it."""
    if isinstance(content, dict):
        return {name: _with(each, words) for name, each in content.items()}
    if isinstance(content, list):
        return [_with(each, words) for each in content]
    return words + content if isinstance(content, str) and " " in content else content


@pytest.fixture
def services(loopback: None) -> Iterator[FakeServices]:
    with FakeServices(key=GOOD) as running, models.override_allow_model_requests(allow_model_requests=True):
        running.services = {name: said_aloud(service) for name, service in running.services.items()}
        yield running


def bad(studio: ScriptedStudio, **providers: str) -> Settings:
    """Each service has a wrong key of its own."""
    table = services_table(studio.address, "")
    for name, secret in BAD.items():
        table[name].update(key=secret, key_name=f"{name.upper()}_KEY")
    return studio.settings(table, **providers)


def why(made: dg.ExecuteInProcessResult) -> str:
    """All that Dagster tells of the failure of a run."""
    (failure,) = [event.step_failure_data for event in made.all_events if event.is_step_failure]
    assert failure.error
    return failure.error.to_string()


def test_a_refused_key_is_named_by_its_setting_and_stands_nowhere(
    scripted_studio: ScriptedStudio, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for asset, port, name in PAIRS:
        made = scripted_studio.one(asset, bad(scripted_studio, **{port: name}))
        assert not made.success, (asset, name)
        told.append(why(made))
        assert f"{name.upper()}_KEY" in told[-1], (asset, name, told[-1])
    (tmp_path / "studio" / "witness.txt").write_text(WITNESS)
    secrets = list(BAD.values())
    assert found_in(tmp_path, [WITNESS]) == ["studio/witness.txt"]
    assert found_in(tmp_path, secrets) == []
    printed = capfd.readouterr()
    written = "".join([*told, printed.out, printed.err, caplog.text])
    assert [secret for secret in secrets if secret in written] == []


def test_services_that_fail_leave_no_key_behind(
    scripted_studio: ScriptedStudio,
    services: FakeServices,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    for _, _, name in PAIRS:
        fake = {"google_cloud": "google_tts"}.get(name, name)
        services.rate(fake, 1.0, *FAULTS)
    for asset, port, name in PAIRS:
        scripted_studio.one(asset, scripted_studio.served(GOOD, **{port: name}))
    printed = capfd.readouterr()
    assert found_in(tmp_path, [GOOD]) == []
    assert GOOD not in printed.out + printed.err + caplog.text


def test_the_doctor_s_calls_and_the_animator_s_name_no_key(scripted_studio: ScriptedStudio, tmp_path: Path) -> None:
    wrong = bad(scripted_studio)
    settings = Settings(
        profile="cloud", studio=wrong.studio, local=wrong.local, services=wrong.model_dump()["services"], providers={}
    )
    examined, probed = examine(settings), probe(settings)
    refused = [each.uses for each in probed if "refused the key" in each.said]
    assert len(refused) >= 12, probed
    hired = quick_crew(settings).hired(KEY, "clips", Wishes())
    with pytest.raises(Permanent) as failed:
        asyncio.run(hired.animator.animate(STILL.read_bytes(), "closer", 5, 1))
    told = [repr(examined), repr(probed), *traceback.format_exception(failed.value)]
    assert [secret for secret in BAD.values() if secret in "".join(told)] == []
    assert found_in(tmp_path, list(BAD.values())) == []


def test_a_refused_run_and_a_good_one_after_it_write_no_key_anywhere(services: FakeServices, tmp_path: Path) -> None:
    wrong = dict.fromkeys(KEY_NAMES, BAD["x"])
    environment = {**services_environment(services.address, GOOD), "VIDFACTORY_PROFILE": "cloud"}
    studio = Settings(studio=str(tmp_path / "studio"), local=tmp_path / "studio")
    place(studio_of(studio), KEY, FinanceOrder(query="GOOG", day=TODAY, quality="draft", seconds=45), TODAY)
    refused = Command(tmp_path, {**environment, **wrong})("make", KEY, "--to", "production_plan")
    assert refused.returncode == 2
    assert "Set X_BEARER_TOKEN" in refused.stderr
    made = Command(tmp_path, environment)("make", KEY, "--to", "production_plan")
    assert made.returncode == 0, made.stderr
    assert {entry.service for entry in services.served} >= {"anthropic", "elevenlabs", "google", "x"}
    assert any(path.suffix == ".db" for path in tmp_path.rglob("*"))
    assert found_in(tmp_path, [GOOD, BAD["x"]]) == []
    printed = f"{refused.stdout}{refused.stderr}{made.stdout}{made.stderr}"
    assert [secret for secret in (GOOD, BAD["x"]) if secret in printed] == []
