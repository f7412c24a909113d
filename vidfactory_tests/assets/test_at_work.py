"""What steps do for each other while they run side by side."""

import os

import pytest

from vidfactory.assets import common
from vidfactory.assets.common import ASIDE, LATER, give_way


def test_a_step_gives_way_in_a_process_of_its_own_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """It could never take it back, and would slow down all that comes after it in the process."""
    given: list[int] = []
    monkeypatch.setattr(os, "nice", given.append)
    give_way()
    assert given == []
    monkeypatch.setattr(common, "parent_process", os.getpid)
    give_way()
    give_way(LATER)
    assert given == [ASIDE, LATER]
