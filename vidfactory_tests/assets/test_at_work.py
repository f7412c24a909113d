"""What steps tell each other while they run side by side."""

import multiprocessing
import os
from typing import Any

import pytest

from vidfactory.assets import pictures
from vidfactory.assets.common import ASIDE, give_way
from vidfactory.assets.fan_out import side_by_side
from vidfactory.definitions import studio_of
from vidfactory.storage.dailies import Dailies
from vidfactory_tests.scripted_studio import KEY, ScriptedStudio, scripted, scripted_studio
from vidfactory_tests.servers.fixtures import loopback, services

__all__ = ["loopback", "scripted", "scripted_studio", "services"]


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


def _niceness_after() -> int:
    give_way()
    return os.nice(0)


def test_a_step_gives_way_in_a_process_of_its_own_and_nowhere_else() -> None:
    before = os.nice(0)
    assert _niceness_after() == before
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_niceness_after) == min(19, before + ASIDE)
