"""The doctor: who would serve, what is missing, and what the cheapest real call of each service says."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from vidfactory.definitions import studio_of
from vidfactory.doctor import PROBES, Finding, examine, probe
from vidfactory.schema.crew import PORTS
from vidfactory.settings import Service, Settings
from vidfactory.storage.ledger import Ledger
from vidfactory_tests.providers.publishers import log_in
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.fixtures import loopback, services

__all__ = ["loopback", "services"]

SECRET = SecretStr("sk-planted-77aa")
KEYLESS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GOOGLE_API_KEY", "ELEVENLABS_API_KEY", "XAI_API_KEY")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings and no keys of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in KEYLESS:
        monkeypatch.delenv(name, raising=False)


def settings(tmp_path: Path, profile: str = "offline", **values: Any) -> Settings:
    return Settings(profile=profile, studio=str(tmp_path / "studio"), local=tmp_path / "studio", **values)


def of(findings: list[Finding], part: str) -> list[Finding]:
    return [finding for finding in findings if finding.part == part]


def serving(**services: Service) -> dict[str, Service]:
    """The services that ship, with some in place of theirs."""
    return {**Settings().services, **services}


def test_offline_everything_is_there_and_free(tmp_path: Path) -> None:
    found = examine(settings(tmp_path))
    assert [finding for finding in found if not finding.good] == []
    assert {finding.price for finding in found if finding.part in PORTS[:5]} == {"free"}
    assert [finding.part for finding in found] == [*PORTS[:-1], "channels", PORTS[-1], "encoders", "fonts", "studio"]
    assert not (tmp_path / "studio" / "ledger").exists(), "it changes nothing"


def test_a_missing_key_is_a_fault_of_the_first_and_a_note_of_a_fallback(tmp_path: Path) -> None:
    first, second, _ = of(examine(settings(tmp_path, "cloud")), "writer")
    assert not first.good
    assert first.uses.startswith("1. anthropic/claude")
    assert first.remedy == "there is no key for it. Set ANTHROPIC_API_KEY in .env or the environment"
    assert first.price == "$2 and $10 per million tokens in and out"
    assert first.limits == "4 at once, 50 a minute, 120 s"
    assert second.good
    assert not second.is_ready
    assert "OPENAI_API_KEY" in second.note


def test_a_key_is_told_by_its_name_and_never_by_itself(tmp_path: Path) -> None:
    anthropic = Service(key_name="ANTHROPIC_API_KEY", key=SECRET, models={"writer": "claude-sonnet-5-5"})
    found = examine(settings(tmp_path, "cloud", services=serving(anthropic=anthropic)))
    writer = of(found, "writer")[0]
    assert writer.good
    assert writer.note == "key: ANTHROPIC_API_KEY"
    assert SECRET.get_secret_value() not in repr(found)


def test_a_port_that_nobody_serves_is_a_fault_unless_no_format_needs_it(tmp_path: Path) -> None:
    found = examine(settings(tmp_path, "mine", profiles={"mine": {"narrator": "espeak"}}))
    writer, animator = of(found, "writer")[0], of(found, "animator")[0]
    assert not writer.good
    assert "providers.writer" in writer.remedy
    assert animator.good


def test_a_provider_that_there_is_not_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    writer = of(examine(settings(tmp_path, providers={"writer": "opera"})), "writer")[0]
    assert not writer.good
    assert "there is no writer 'opera'" in writer.remedy
    assert "house" in writer.remedy


def test_a_missing_voice_says_how_to_get_it(tmp_path: Path) -> None:
    narrator = of(examine(settings(tmp_path, providers={"narrator": "piper"})), "narrator")[0]
    assert not narrator.good
    assert "vidfactory voices get" in narrator.remedy


def test_live_makes_one_call_of_each_service_and_tells_what_came_back(tmp_path: Path, services: FakeServices) -> None:
    chosen = settings(
        tmp_path,
        "mine",
        profiles={"mine": {"narrator": "espeak", "writer": ["anthropic", "openai"]}},
        services=serving(
            anthropic=Service(
                address=services.url("anthropic"), key=SecretStr(services.key), models={"writer": "claude-sonnet-5-5"}
            ),
            openai=Service(
                address=services.url("openai") + "/v1",
                key_name="OPENAI_API_KEY",
                key=SECRET,
                models={"writer": "gpt-5.5"},
            ),
        ),
    )
    good, bad = probe(chosen)
    assert good.good
    assert good.uses == "anthropic/claude-sonnet-5-5"
    assert "tokens in" in good.said
    assert not bad.good
    assert "refused the key (401)" in bad.said
    assert "OPENAI_API_KEY" in bad.said
    assert SECRET.get_secret_value() not in repr(bad)
    assert len(services.of("anthropic")) == 1
    entries = list(Ledger(studio_of(chosen)).entries(PROBES))
    assert sum((entry.usd for entry in entries), Decimal(0)) == services.spent


def test_a_search_that_costs_the_most_leaves_enough_for_the_others(tmp_path: Path, services: FakeServices) -> None:
    chosen = settings(
        tmp_path,
        "mine",
        profiles={"mine": {"writer": ["anthropic", "openai", "google"], "trends": "x"}},
        services={
            name: Settings().services[name].model_copy(update={"address": address, "key": SecretStr(services.key)})
            for name, address in {
                **{name: services.url(name) for name in ("anthropic", "google", "x")},
                "openai": services.url("openai") + "/v1",
            }.items()
        },
    )
    assert [each.said for each in probe(chosen) if not each.good] == []


def test_live_asks_anew_each_time(tmp_path: Path, services: FakeServices) -> None:
    chosen = settings(
        tmp_path,
        "mine",
        profiles={"mine": {"writer": "anthropic"}},
        services={
            "anthropic": Service(
                address=services.url("anthropic"), key=SecretStr(services.key), models={"writer": "claude-sonnet-5-5"}
            )
        },
    )
    for count in (1, 2):
        assert [each.good for each in probe(chosen)] == [True]
        assert len(services.of("anthropic")) == count


def test_a_publisher_without_a_login_is_a_fault_wherever_it_stands(tmp_path: Path, services: FakeServices) -> None:
    chosen = settings(tmp_path, providers={"publisher": ["library", "youtube"]})
    library, youtube = of(examine(chosen), "publisher")
    assert library.good
    assert not youtube.good
    assert youtube.remedy == "there is no login. Log in: vidfactory youtube login"
    file = log_in(tmp_path / "studio" / "youtube", services)
    library, youtube = of(examine(chosen), "publisher")
    assert youtube.good
    assert youtube.note == f"login: {file}"


def test_live_names_the_channel_of_a_login(tmp_path: Path, services: FakeServices) -> None:
    known = Settings().services["youtube"].model_copy(update={"address": services.url("youtube")})
    chosen = settings(
        tmp_path, "mine", profiles={"mine": {"publisher": ["library", "youtube"]}}, services=serving(youtube=known)
    )
    log_in(tmp_path / "studio" / "youtube", services)
    (said,) = probe(chosen)
    assert (said.good, said.said) == (True, "channel A fake channel")
