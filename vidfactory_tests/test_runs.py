"""Which assets a run makes, and what it tells of one that failed."""

import re

import dagster as dg
import pytest

from vidfactory import cli, runs
from vidfactory.doctor import Finding
from vidfactory.errors import BadInput
from vidfactory.progress import step_line
from vidfactory.terminal import out

KEY = "finance-any"


def test_what_is_missing_waits_for_an_order_that_changed() -> None:
    assert runs.ready(KEY, ["brief", "illustrations"]) == ["brief"], "the screenplay between them may become another"


def test_what_nothing_lies_between_is_made_in_one_run() -> None:
    due = ["screenplay", "illustrations", "backdrop"]
    assert set(runs.ready(KEY, due)) == set(due)


def test_all_that_waits_is_made_once_nothing_before_it_is_due() -> None:
    assert runs.ready(KEY, ["illustrations"]) == ["illustrations"]


def test_a_video_of_which_nothing_is_there_is_made_in_one_run() -> None:
    assert runs.ready(KEY, runs.assets_of(KEY)) == runs.assets_of(KEY)


def test_a_take_of_what_is_no_asset_is_named() -> None:
    runs.check_takes(KEY, {"illustrations": 2, "finance/analysis": 3})
    with pytest.raises(BadInput, match=r"takes: there is no asset ilustrations\. The assets are: brief"):
        runs.check_takes(KEY, {"ilustrations": 2})


def test_who_stood_in_for_whom_is_told() -> None:
    said = {"provider": dg.MetadataValue.text("openai"), "instead_of": dg.MetadataValue.text("elevenlabs: busy\nx: no")}
    assert runs._stood_in(said) == "by openai; elevenlabs: busy; x: no"
    assert runs._stood_in({"provider": dg.MetadataValue.text("openai")}) == ""


def test_what_failed_names_no_cost_that_nobody_knows() -> None:
    assert "$" not in step_line(runs.Step(KEY, "failed", 3.0, note="it is busy"))
    assert "$0.40" in step_line(runs.Step(KEY, "made", 3.0, 0.4))


@pytest.mark.parametrize("width", [80, 200])
def test_the_doctor_cuts_no_name(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(out, "_width", width)
    uses, remedy = "1. elevenlabs/eleven_multilingual_v2", "Set ELEVENLABS_API_KEY in .env"
    cli._show_findings([Finding("narrator", uses, good=False, remedy=remedy, price="$1 a minute", limits="4 at once")])
    told = capsys.readouterr().out
    assert "…" not in told
    assert "ELEVENLABS_API_KEY" in told
    assert re.search(r"\$1 a minute *│ 4 at once", told)
