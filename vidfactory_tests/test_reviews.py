"""Who must approve, what was decided, and in which order."""

import asyncio
import datetime as dt
import multiprocessing
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from typer.testing import CliRunner
from upath import UPath

from vidfactory import reviews, terminal
from vidfactory.cli import app
from vidfactory.errors import BadInput, DamagedArtifact, VidfactoryError
from vidfactory.reviews import Ruling, candidate, decide, decisions, review_of
from vidfactory.schema.channel import Channel
from vidfactory.schema.inspection import Verdict
from vidfactory.schema.release import Appearance, Decision, Review
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.studio import Studio
from vidfactory_tests.screening.videos import KEY, Made, edition_of, keep, keep_publication

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
YES = Ruling(approved=True, by="Ana")
NO = Ruling(approved=False, by="Ben", reason="The chart is cut off")
Run = Callable[..., str]


@pytest.fixture
def packed(store: ArtifactStore, tmp_path: Path) -> ArtifactStore:
    keep(store, tmp_path)
    return store


def said(store: ArtifactStore, ruling: Ruling, at: dt.datetime = NOON) -> Decision:
    return asyncio.run(decide(store, KEY, ruling, at))


def state(store: ArtifactStore, policy: Review = "doubtful") -> tuple[str, str]:
    found = candidate(store, KEY)
    assert found is not None
    review = review_of(store.studio, Settings(review=policy), found)
    return review.state, review.why


@pytest.mark.parametrize(
    ("policy", "verdict", "expected"),
    [
        ("always", "approve", "waiting"),
        ("always", "review", "waiting"),
        ("doubtful", "approve", "not_needed"),
        ("doubtful", "review", "waiting"),
        ("never", "approve", "not_needed"),
        ("never", "review", "not_needed"),
        ("always", "reject", "rejected"),
        ("doubtful", "reject", "rejected"),
        ("never", "reject", "rejected"),
    ],
)
def test_who_must_approve_follows_the_channel_and_the_inspector(
    store: ArtifactStore, tmp_path: Path, policy: Review, verdict: Verdict, expected: str
) -> None:
    keep(store, tmp_path, Made(verdict=verdict))
    assert state(store, policy)[0] == expected


def test_a_channel_has_a_rule_of_its_own(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path, Made(verdict="approve", channel="wolf"))
    found = candidate(store, KEY)
    assert found is not None
    careful = Settings(review="never", channels={"wolf": Channel(review="always")})
    assert review_of(store.studio, careful, found).state == "waiting"


def test_why_it_waits_names_what_the_inspector_doubts(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path)
    assert "frozen frames (nothing moves for 2.4 s" in state(store)[1]


def test_nobody_can_approve_what_the_inspector_rejects(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path, Made(verdict="reject"))
    with pytest.raises(BadInput, match="the inspector rejects it: black frames"):
        said(store, YES)


def test_a_decision_says_who_when_and_why(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path)
    said(store, NO)
    assert state(store) == ("rejected", "rejected by Ben on 2026-11-20 at 12:00 UTC: The chart is cut off")


def test_a_no_holds_where_nobody_had_to_be_asked(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path, Made(verdict="approve"))
    said(store, NO)
    assert state(store, "never")[0] == "rejected"


@pytest.mark.parametrize(("policy", "expected"), [("doubtful", "waiting"), ("never", "not_needed")])
def test_a_second_video_on_a_platform_is_a_doubt_and_a_folder_that_is_replaced_is_none(
    store: ArtifactStore, tmp_path: Path, policy: Review, expected: str
) -> None:
    keep(store, tmp_path, Made(verdict="approve"))
    keep_publication(store, Made(title="As it was"))
    assert state(store, policy)[0] == "not_needed"
    keep_publication(
        store, Made(title="As it was"), Appearance(publisher="youtube", address="https://y.example", id="a")
    )
    found, why = state(store, policy)
    assert found == expected
    assert ("https://y.example" in why) == (expected == "waiting")
    said(store, YES)
    assert state(store, policy)[0] == "approved"


def test_a_rejection_needs_a_reason_and_every_decision_a_name(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path)
    with pytest.raises(BadInput, match="needs a reason"):
        said(store, Ruling(approved=False, by="Ben", reason=" \n"))
    with pytest.raises(BadInput, match="nobody is named"):
        said(store, Ruling(approved=True, by=" "))
    assert state(store)[0] == "waiting"


def test_what_is_not_packed_cannot_be_decided(store: ArtifactStore) -> None:
    with pytest.raises(BadInput, match="nothing to decide yet"):
        said(store, YES)


def test_another_edition_is_another_question(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path)
    said(store, YES)
    keep(store, tmp_path, Made(title="Changed"))
    assert state(store)[0] == "waiting"
    with pytest.raises(BadInput, match="made anew since you looked"):
        said(store, Ruling(approved=True, by="Ana", edition=edition_of(Made())))


def test_an_approval_can_be_taken_back_until_it_is_published(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path)
    said(store, YES)
    said(store, Ruling(approved=False, by="Ben", reason="A wrong number", seen=1))
    assert state(store)[0] == "rejected"
    said(store, Ruling(approved=True, by="Ana", seen=2))
    assert state(store)[0] == "approved"
    assert [each.approved for each in decisions(store.studio, KEY, edition_of(Made()))] == [True, False, True]
    keep_publication(store, Made())
    with pytest.raises(BadInput, match="published already"):
        said(store, Ruling(approved=False, by="Ben", reason="Too late", seen=3))


def test_who_has_not_seen_a_decision_cannot_overrule_it(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path)
    said(store, YES)
    with pytest.raises(BadInput, match="decided already: approved by Ana on 2026-11-20 at 12:00 UTC"):
        said(store, NO)
    assert state(store)[0] == "approved"


def test_a_clock_that_jumped_back_does_not_turn_the_order_round(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path)
    said(store, YES, NOON)
    said(store, Ruling(approved=False, by="Ben", reason="No", seen=1), NOON - dt.timedelta(days=400))
    assert state(store)[0] == "rejected"


def test_what_would_steer_a_terminal_is_taken_out(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path)
    made = said(store, Ruling(approved=False, by="B\x1b[31men", reason="two\nlines\x07 \u202eback"))
    assert (made.by, made.reason) == ("B[31men", "two lines back")


def test_a_decision_that_cannot_be_read_stops_everything(store: ArtifactStore, tmp_path: Path) -> None:
    keep(store, tmp_path)
    said(store, YES)
    (store.studio.decisions / KEY / edition_of(Made()) / "0001.json").write_text("{}")
    with pytest.raises(DamagedArtifact, match="a decision cannot be read"):
        state(store)


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(tries=st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(-500, 500)), max_size=6))
def test_the_last_one_kept_counts_and_none_is_lost(packed: ArtifactStore, tries: list[tuple[bool, int, int]]) -> None:
    """Whatever people try at whatever time: kept is what changes something and knows all that was decided before."""
    shutil.rmtree(packed.studio.decisions, ignore_errors=True)
    kept: list[bool] = []
    for approved, seen, days in tries:
        ruling = Ruling(approved=approved, by="Ana", reason="because", seen=seen)
        if kept and (seen != len(kept) or kept[-1] == approved):
            with pytest.raises(BadInput):
                said(packed, ruling, NOON + dt.timedelta(days=days))
        else:
            said(packed, ruling, NOON + dt.timedelta(days=days))
            kept.append(approved)
    assert [each.approved for each in decisions(packed.studio, KEY, edition_of(Made()))] == kept
    assert state(packed)[0] == ("waiting" if not kept else "approved" if kept[-1] else "rejected")


def _try(folder: str, name: str) -> str:
    """A person's try from a process or thread of its own: what came of it."""
    store = ArtifactStore(Studio(root=UPath(folder), local=Path(folder), inbox=Path(folder)))
    try:
        asyncio.run(decide(store, KEY, Ruling(approved=name < "f", by=name, reason="r"), NOON))
    except VidfactoryError as error:
        return error.what
    return "kept"


@pytest.mark.parametrize("crowd", ["threads", "processes"])
def test_of_many_who_decide_at_once_one_is_heard_and_the_others_are_told(
    store: ArtifactStore, tmp_path: Path, crowd: str
) -> None:
    keep(store, tmp_path)
    names = list("abcdefghij")
    pool: ThreadPoolExecutor | ProcessPoolExecutor
    if crowd == "threads":
        pool = ThreadPoolExecutor(len(names))
    else:
        pool = ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("fork"))
    with pool:
        told = list(pool.map(_try, [str(store.studio.root)] * len(names), names))
    (only,) = decisions(store.studio, KEY, edition_of(Made()))
    assert told.count("kept") == 1
    assert told.index("kept") == names.index(only.by)
    assert all(f"by {only.by} on 2026-11-20 at 12:00 UTC" in each for each in told if each != "kept")


def test_an_object_store_keeps_decisions_too(tmp_path: Path) -> None:
    store = ArtifactStore(Studio(root=UPath("memory://reviews/studio"), local=tmp_path, inbox=tmp_path))
    keep(store, tmp_path / "files")
    said(store, YES)
    with pytest.raises(BadInput, match="decided already: approved by Ana"):
        said(store, NO)
    assert reviews.videos(store.studio) == [KEY]


@pytest.fixture
def run(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process on the test's studio: what it printed, white space as one space."""
    monkeypatch.setenv("VIDFACTORY_STUDIO", str(studio.root))
    monkeypatch.setenv("VIDFACTORY_LOCAL", str(studio.local))
    monkeypatch.setenv("VIDFACTORY_REVIEWER", "Ana")
    for console in (terminal.out, terminal.err):
        monkeypatch.setattr(console, "_width", 200)

    def called(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, list(arguments))
        assert done.exit_code == code, done.output
        return " ".join(done.output.replace("│", " ").split())

    return called


def test_the_commands_say_what_waits_and_take_the_decision(store: ArtifactStore, tmp_path: Path, run: Run) -> None:
    assert run("review") == "Nothing waits for a person."
    keep(store, tmp_path, Made(title="[bold]A title"))
    told = run("review")
    assert f"{KEY} [bold]A title the inspector is in doubt: frozen frames" in told
    assert "was approved by Ana" in run("approve", KEY)
    assert run("review") == "Nothing waits for a person."
    assert "decided already: approved by Ana" in run("reject", KEY, "--reason", "No", code=2)
    assert "was rejected by Ben" in run("reject", KEY, "--reason", "A wrong number", "--by", "Ben", "--change")


def test_a_rejection_without_a_reason_is_no_command(store: ArtifactStore, tmp_path: Path, run: Run) -> None:
    keep(store, tmp_path)
    assert "Missing option '--reason'" in run("reject", KEY, code=2)


def test_a_key_that_is_none_is_named(run: Run) -> None:
    assert "no video key" in run("approve", "../../etc", code=2)


def test_a_machine_that_has_no_name_for_its_user_suggests_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.delenv("VIDFACTORY_REVIEWER", raising=False)
    monkeypatch.setattr("getpass.getuser", unknown)
    assert Settings().reviewer == ""
