"""What people see of money: quotes, costs and the call cache, from a studio in which calls were made."""

import asyncio
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vidfactory import terminal
from vidfactory.cli import app
from vidfactory.commands_money import units
from vidfactory.definitions import studio_of
from vidfactory.desks.finance.needs import MUSIC_S
from vidfactory.errors import Transient
from vidfactory.orders import place
from vidfactory.ports import Answer, Assignment, Call
from vidfactory.quoting import record_quote
from vidfactory.report import quoted_and_spent, spending
from vidfactory.schema.brief import FinanceOrder
from vidfactory.settings import Settings, read_settings
from vidfactory.storage.call_cache import call_key
from vidfactory.storage.call_desk import CallDesk, Patience
from vidfactory.storage.studio import Studio
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.test_quoting import TODAY

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "studio_report.ipynb"
SPEECH = Call("elevenlabs", "speech", "m1", {"text": "Say it. " * 100, "voice": "[v]"}, Decimal("0.50"), takes_key=True)
PICTURE = Call("google", "image", "m2", {"prompt": "a bear", "seed": 1}, Decimal("0.10"))
KEY = call_key(SPEECH, 1)
Run = Callable[..., str]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of the environment for a studio of its own, which the commands read too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDFACTORY_STUDIO", str(tmp_path / "studio"))
    monkeypatch.setenv("VIDFACTORY_LOCAL", str(tmp_path / "studio"))
    monkeypatch.setenv("VIDFACTORY_PROFILE", "cloud")
    monkeypatch.setenv("VIDFACTORY_BUDGET_USD", "3")
    return read_settings()


@pytest.fixture
def spent(settings: Settings) -> Studio:
    """Two videos: one was quoted and bought a speech and, at the second try, a picture; the other used the speech."""
    studio = studio_of(settings)
    place(studio, "finance-one", FinanceOrder(posts=SAMPLES / "posts.json"), TODAY)
    record_quote(settings, studio, "finance-one")
    desk = CallDesk(studio, patience=Patience(first_wait_s=0.001, jitter_s=0.0))
    answers = [Transient("cut", charged=None), Answer({}, Decimal("0.08"), b"png", "image/png", {"images": 1})]

    async def speech(_: str) -> Answer:
        return Answer({}, Decimal("0.40"), b"sound", "audio/mpeg", {"characters": 800})

    async def picture(_: str) -> Answer:
        answer = answers.pop(0)
        if isinstance(answer, Transient):
            raise answer
        return answer

    async def work() -> None:
        await desk.on(Assignment("finance-one", "narration", "news")).ask(SPEECH, speech)
        await desk.on(Assignment("finance-one", "illustrations", "news")).ask(PICTURE, picture)
        await desk.on(Assignment("finance-two", "narration", "talk")).ask(SPEECH, speech)

    asyncio.run(work())
    return studio


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process: what it printed, white space as one space."""
    monkeypatch.setattr(terminal.out, "_width", 250)
    monkeypatch.setattr(terminal.err, "_width", 250)

    def called(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, list(arguments))
        assert done.exit_code == code, done.output
        return " ".join(done.output.replace("│", " ").split())

    return called


def test_an_amount_that_nobody_has_is_no_column(run: Run, spent: Studio) -> None:
    assert "reserved" not in run("cost", "finance-one")


def test_a_quote_names_every_component_and_ranks_the_scenarios(run: Run, spent: Studio) -> None:
    told = run("quote", "finance-one", "--budget", "0.5")
    assert f"soundtrack elevenlabs/music_v2 {MUSIC_S} seconds" in told
    assert "An estimate from its order" in told
    places = [told.index(words) for words in ("budget 0.7", "balanced 0.85", "premium 1.0")]
    assert places == sorted(places)
    assert "budget $0.5000" in told
    assert "over the budget of $0.5000" in told
    assert told.split("scenario", 1)[1].count("over") == 2


def test_a_video_without_an_order_is_no_quote(run: Run) -> None:
    assert "Error: " in run("quote", "finance-never", code=2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["quote", "finance-one", "--budget", "nan"],
        ["quote", "finance-one", "--budget", "-1"],
        ["cache", "prune", "--older-than", "nan"],
        ["cache", "prune", "--older-than", "1e300"],
        ["cache", "prune", "--larger-than", "inf"],
        ["cache", "explain", "../x"],
        ["cost", "../x"],
    ],
)
def test_what_is_no_amount_and_no_key_is_refused_in_words(run: Run, spent: Studio, arguments: list[str]) -> None:
    assert "Error" in run(*arguments, code=2)


def test_cost_holds_what_was_spent_against_the_quote(run: Run, spent: Studio, settings: Settings) -> None:
    told = run("cost", "finance-one")
    assert "narration $0.3402 $0.4000 800 characters" in told
    assert "$0.0800 $0.1000 1 image" in told, "the try that was cut may have been charged"
    assert "$0.4800 $0.1000 800 characters, 1 image" in told
    assert "Budget $3.0000, left $2.4200. 3 calls, 0 remembered." in told


def test_cost_of_a_video_that_only_remembered_shows_what_it_saved(run: Run, spent: Studio) -> None:
    told = run("cost", "finance-two")
    assert "narration $0.0000 $0.4000" in told
    assert "no quote" in told
    assert "left $3.0000. 0 calls, 1 remembered" in told


def test_cost_lists_every_call_with_its_state_and_key(run: Run, spent: Studio) -> None:
    told = run("cost", "finance-one", "--calls")
    assert f"narration elevenlabs speech m1 settled $0.4000 {KEY[:12]}" in told
    assert "illustrations google image m2 doubtful $0.1000" in told


def test_cost_of_all_videos_is_by_channel_and_day(run: Run, spent: Studio) -> None:
    told = run("cost")
    assert re.search(r"news \S+ \$0\.4800 \$0\.1000 800 characters, 1 image", told)
    assert re.search(r"talk \S+ \$0\.0000 \$0\.4000", told)
    assert "--calls lists those of one video" in run("cost", "--calls", code=2)


def test_the_cache_tells_what_is_kept_and_what_it_saved(run: Run, spent: Studio) -> None:
    told = run("cache", "stats")
    assert "elevenlabs 1 0.0 $0.4000 $0.4000" in told
    assert "google 1 0.0 $0.0800 $0.0000" in told
    assert "2 calls, 0.0 MB, 0 under way, $0.4000 saved" in told


def test_an_empty_studio_has_nothing_to_tell(run: Run) -> None:
    assert "Nothing was bought yet" in run("cost")
    assert "there is no quote of it" in run("cost", "finance-one")
    assert "No answer is kept yet" in run("cache", "stats")


def test_a_call_is_explained_by_the_beginning_of_its_key(run: Run, spent: Studio) -> None:
    told = run("cache", "explain", KEY[:8])
    assert f"call {KEY}" in told
    assert "service elevenlabs, speech, m1, take 1" in told
    assert "by finance-one, narration" in told
    assert "used by finance-one, finance-two" in told
    assert "$0.4000 (800 characters)" in told
    assert "(800 characters)" in told.partition("request")[2], "a long text is cut"
    assert '"voice": "[v]"' in told
    assert "it is a hit and costs nothing" in told


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"images": 1}, "1 image"),
        ({"image": 12, "character": 1130}, "1,130 characters, 12 images"),
        ({"searches": 1, "input_token": 2}, "2 input tokens, 1 search"),
        ({"search": 3}, "3 searches"),
        ({}, ""),
    ],
)
def test_units_are_told_in_words(counts: dict[str, int], words: str) -> None:
    assert units(counts) == words


def test_a_damaged_answer_is_explained_and_may_be_forgotten(run: Run, spent: Studio) -> None:
    (spent.calls / KEY[:2] / KEY / "answer.mp3").write_bytes(b"noise")
    assert "Asked again it fails" in run("cache", "explain", KEY[:8])
    (spent.calls / KEY[:2] / KEY / "answer.json").write_bytes(b"{}")
    assert f"{KEY[:12]} is damaged: vidfactory cache prune --call {KEY[:12]}" in run("cache", "stats")
    assert "1 answers" in run("cache", "prune", "--call", KEY[:12])
    assert "damaged" not in run("cache", "stats")
    assert "Asked again it is bought" in run("cache", "explain", KEY[:8])


def test_pruning_says_what_goes_and_what_it_would_cost_again(run: Run, spent: Studio) -> None:
    would = run("cache", "prune", "--larger-than", "0", "--dry-run")
    assert "2 answers, 0.0 MB, would go. To buy them again would cost $0.4800." in would
    assert "2 calls" in run("cache", "stats")
    assert "2 answers, 0.0 MB, are gone." in run("cache", "prune", "--older-than", "0")
    assert "No answer is kept yet" in run("cache", "stats")
    assert "nothing says what is to go" in run("cache", "prune", code=2)


def test_a_call_under_way_is_never_pruned(run: Run, spent: Studio) -> None:
    (spent.calls / KEY[:2] / KEY / "order.json").write_text('{"idempotency_key": "k", "job": "j1"}')
    assert "1 answers" in run("cache", "prune", "--larger-than", "0")
    assert "it is under way" in run("cache", "prune", "--call", KEY[:12], code=2)
    (spent.calls / KEY[:2] / KEY / "answer.json").unlink()
    assert "under way as job j1" in run("cache", "explain", KEY[:12])


def notebook_cells() -> str:
    """The notebook's code about money."""
    cells = ["".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]]
    about_money = [cell for cell in cells if "pivot_table" in cell or "quoted_and_spent(" in cell]
    return "\n".join(
        f"tables.append({cell.strip()})" for cell in about_money if "spent" in cell and "import" not in cell
    )


@pytest.mark.parametrize("fixture", ["settings", "spent"])
def test_the_notebook_s_tables_of_money_hold_on_an_empty_ledger_and_on_a_full_one(
    fixture: str, request: pytest.FixtureRequest, settings: Settings
) -> None:
    request.getfixturevalue(fixture)
    studio = studio_of(settings)
    tables: list[object] = []
    known = {"spent": spending(studio), "quoted_and_spent": quoted_and_spent, "studio": studio, "tables": tables}
    exec(notebook_cells(), known)  # noqa: S102 - our own notebook
    assert len(tables) == 3
    text = "\n".join(str(table) for table in tables)
    assert ("finance-two" in text) == (fixture == "spent")
    assert ("elevenlabs" in text) == (fixture == "spent")
