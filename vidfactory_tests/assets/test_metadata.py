"""What Dagster is told of each asset that services made: who, how long, how much, for how much money."""

from typing import Any

import dagster as dg
import pytest

from vidfactory.assets import pictures
from vidfactory.assets.fan_out import side_by_side
from vidfactory.definitions import studio_of
from vidfactory.storage.dailies import Dailies
from vidfactory_tests.scripted_studio import KEY, ScriptedStudio, scripted, scripted_studio
from vidfactory_tests.servers import KEY as SERVICE_KEY
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.fixtures import loopback, services

__all__ = ["loopback", "scripted", "scripted_studio", "services"]


def told(made: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """The metadata of the one asset that was made."""
    assert made.success
    (event,) = [event for event in made.all_events if event.is_step_materialization]
    return {name: entry.value for name, entry in event.materialization.metadata.items()}


def test_pictures_can_be_taken_while_the_last_ones_are_drawn(
    scripted_studio: ScriptedStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = scripted_studio.settings({})
    dailies = Dailies(studio_of(settings), KEY, "illustrations")
    seen: list[str] = []

    async def looked_at(work: dict[str, Any], *about: Any) -> Any:
        made = await side_by_side(work, *about)
        assert dailies.more_may_come()
        seen.extend(name for name in made if dailies.take(f"{name}.png", scripted_studio.folder / name))
        return made

    monkeypatch.setattr(pictures, "side_by_side", looked_at)
    assert scripted_studio.one("illustrations", settings).success
    assert len(seen) > 1
    assert not dailies.more_may_come()


@pytest.mark.parametrize(
    ("asset", "port", "name", "bought"),
    [
        ("finance/selected_tweet", "writer", "anthropic", "bought_input_tokens"),
        ("narration", "narrator", "elevenlabs", "bought_characters"),
        ("illustrations", "illustrator", "google", "bought_output_tokens"),
        ("backdrop", "illustrator", "openai", "bought_output_tokens"),
        ("soundtrack", "composer", "elevenlabs", "bought_seconds"),
    ],
)
def test_each_asset_reports_who_made_it_how_fast_of_how_much_and_for_how_much(
    asset: str, port: str, name: str, bought: str, scripted_studio: ScriptedStudio, services: FakeServices
) -> None:
    settings = scripted_studio.served(SERVICE_KEY, **{port: name})
    services.latency(name, 0.05)
    first = told(scripted_studio.one(asset, settings))
    assert first["provider"] == name
    assert first["model"] == settings.services[name].models[port]
    assert first["latency_s"] >= 0.05
    assert first["calls"] == len(services.served) > 0
    assert first["cost_usd"] == pytest.approx(float(services.spent))
    assert first["cost_usd"] > 0
    assert (first["cache_hits"], first["saved_usd"], first["possibly_charged_usd"]) == (0, 0, 0)
    assert first[bought] > 0

    again = told(scripted_studio.one(asset, settings))
    assert (again["calls"], again["cost_usd"], again["latency_s"]) == (0, 0, 0)
    assert again["cache_hits"] == first["calls"]
    assert again["saved_usd"] == pytest.approx(first["cost_usd"])
    assert again["provider"] == name


def test_a_search_for_posts_reports_the_same_but_a_model_where_there_is_none(
    scripted_studio: ScriptedStudio, services: FakeServices
) -> None:
    made = told(scripted_studio.one("finance/tweets", scripted_studio.served(SERVICE_KEY, trends="x")))
    assert made["provider"] == "x"
    assert made["cost_usd"] == pytest.approx(float(services.spent))
    assert (made["calls"], made["cache_hits"]) == (1, 0)
    assert made["latency_s"] > 0
