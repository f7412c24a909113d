"""The studio as a stranger uses it: the command line, a real film, wrong inputs, kills and repairs.

What makes or mends a video runs `vidfactory` as a process of its own, with the real executor and house providers.
What only asks or orders runs it in this process: a start takes seconds, and says nothing new.
"""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import av
import dagster as dg
import nbclient
import nbformat
import numpy as np
import pytest
from pytest_socket import enable_socket
from typer.testing import Result

from vidfactory import runs
from vidfactory.desks.finance.analysis import spoken_words
from vidfactory.rendering.audio import decode
from vidfactory.rendering.frames import frames_at
from vidfactory.rendering.meter import measure
from vidfactory.schema.base import SAMPLE_RATE
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.screenplay import Draft
from vidfactory.schema.speech import Timestamps
from vidfactory.settings import Settings
from vidfactory.themes import load_theme
from vidfactory_tests.command import KEY, PATIENCE_S, PROJECT, Command, here
from vidfactory_tests.conftest import SAMPLES

__all__ = ["here"]


@pytest.fixture(scope="module")
def vidfactory(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return Command(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="module")
def demo(vidfactory: Command) -> "subprocess.CompletedProcess[str]":
    """The sample short, made once for all tests of this file."""
    made = vidfactory("demo")
    assert made.returncode == 0, made.stdout + made.stderr
    return made


@pytest.fixture
def fresh(tmp_path: Path) -> Command:
    """A studio in which nothing was ordered."""
    return Command(tmp_path)


@pytest.fixture
def film(vidfactory: Command, demo: object) -> Path:
    return vidfactory.folder_of("video") / "video.mp4"


@pytest.fixture
def plan(vidfactory: Command, demo: object) -> ProductionPlan:
    made = vidfactory.artifact("production_plan")
    assert isinstance(made, ProductionPlan)
    return made


def test_the_demo_names_each_asset_with_time_and_cost_and_where_the_film_is(
    vidfactory: Command, demo: "subprocess.CompletedProcess[str]"
) -> None:
    for asset in ("brief", "finance/tweets", "screenplay", "illustrations", "video", "poster"):
        assert re.search(rf"✓ {asset} +\d+\.\d s +\$0\.00", demo.stdout), asset
    for asset, name in (("video", "video.mp4"), ("poster", "poster.jpg"), ("poster", "contact_sheet.jpg")):
        path = vidfactory.folder_of(asset) / name
        assert str(path) in demo.stdout
        assert path.stat().st_size > 10_000
    assert demo.stderr == ""


def test_the_film_is_what_platforms_ask_for(film: Path) -> None:
    with av.open(film) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        codec = video.codec_context
        assert (codec.width, codec.height, video.average_rate) == (1080, 1920, 30)
        assert (video.codec.name, codec.profile, codec.pix_fmt) == ("h264", "High", "yuv420p")
        assert (codec.color_primaries, codec.color_trc, codec.colorspace) == (1, 1, 1)
        assert (audio.codec.name, audio.rate, audio.channels) == ("aac", 48_000, 2)
        assert 45 <= float(video.duration * video.time_base) <= 75
    content = film.read_bytes()
    assert content.find(b"moov") < content.find(b"mdat")


def test_the_film_is_mastered(film: Path) -> None:
    loudness = measure(decode(film))
    assert loudness.integrated_lufs == pytest.approx(-14, abs=0.5)
    assert loudness.true_peak_dbtp <= -1


def test_the_film_is_as_long_as_the_plan(film: Path, plan: ProductionPlan) -> None:
    with av.open(film) as container:
        assert container.streams.video[0].frames == plan.video_metadata.duration_frames


def test_words_are_heard_when_the_plan_says(film: Path, plan: ProductionPlan) -> None:
    """Moved against the film's sound, the planned words fit best where they are, within a frame or so."""
    block = SAMPLE_RATE // 100
    sound = decode(film).samples.mean(axis=0)
    level = np.sqrt((sound[: sound.size // block * block].reshape(-1, block) ** 2).mean(axis=1))
    heard = np.zeros(level.size)
    for word in (word for scene in plan.scenes for word in scene.words):
        heard[word.start // block : word.end // block] = 1
    lags = range(-50, 51)
    fit = [np.corrcoef(np.roll(heard, lag), level)[0, 1] for lag in lags]
    assert abs(lags[int(np.argmax(fit))]) <= 5


def test_every_word_of_the_screenplay_has_a_rising_time(vidfactory: Command, demo: object) -> None:
    timestamps = vidfactory.artifact("timestamps")
    assert isinstance(timestamps, Timestamps)
    edges = [edge for word in timestamps.words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert all(word.timing == "exact" for word in timestamps.words)


def test_twelve_pictures_are_drawn_and_each_scene_has_one(vidfactory: Command, plan: ProductionPlan) -> None:
    assert len(list(vidfactory.folder_of("illustrations").glob("*.png"))) == 12
    assert all(scene.main_content is not None for scene in plan.scenes)


def test_the_caption_of_a_word_is_on_screen_in_the_accent_colour(film: Path, plan: ProductionPlan) -> None:
    theme = load_theme("finance")
    box = theme.captions.box
    page = max(plan.captions, key=lambda page: page.end_frame - page.start_frame)
    shown = frames_at(film, [(page.start_frame + page.end_frame) // 2])[0]
    accent = np.array([int(theme.palette.accent[at : at + 2], 16) for at in (1, 3, 5)])
    inside = shown[box.top : box.bottom, box.left : box.right].astype(int)
    assert (np.abs(inside - accent).max(axis=2) < 24).mean() > 0.03


def test_the_script_keeps_to_its_length_and_says_it_is_no_advice(vidfactory: Command, demo: object) -> None:
    draft = vidfactory.artifact("finance/draft")
    assert isinstance(draft, Draft)
    assert 110 <= sum(spoken_words(beat.text) for beat in draft.beats) <= 206
    assert "Not financial advice" in draft.disclaimer


def test_made_again_it_is_up_to_date_and_nothing_is_run(vidfactory: Command, demo: object) -> None:
    again = vidfactory("make", KEY)
    assert again.returncode == 0
    assert "up to date" in again.stdout
    assert "✓" not in again.stdout


def test_what_was_deleted_is_made_again_and_the_same_result_leaves_what_follows_alone(
    vidfactory: Command, demo: object
) -> None:
    before = (vidfactory.folder_of("video") / "artifact.json").stat().st_mtime_ns
    (vidfactory.folder_of("ticker") / "artifact.json").unlink()
    card = vidfactory.folder_of("cards") / "post.png"
    whole = card.read_bytes()
    card.unlink()
    again = vidfactory("make", KEY)
    assert sorted(re.findall(r"✓ (\S+)", again.stdout)) == ["cards", "ticker"]
    assert card.read_bytes() == whole
    assert (vidfactory.folder_of("video") / "artifact.json").stat().st_mtime_ns == before


def test_a_failed_check_makes_its_asset_due_again(
    vidfactory: Command, demo: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in vidfactory.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", "")
    failed = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(["finance", "draft"]),
        check_name="numbers_have_sources",
        passed=False,
        metadata={},
        partition=KEY,
    )
    with runs.open_instance(Settings()) as instance:
        assert runs.due(Settings(), instance, KEY) == []
        instance.report_runless_asset_event(failed)
        assert runs.due(Settings(), instance, KEY) == ["finance/draft"]
    again = vidfactory("make", KEY)
    assert re.findall(r"✓ (\S+)", again.stdout) == ["finance/draft", "finance/draft_numbers_have_sources"]
    with runs.open_instance(Settings()) as instance:
        assert runs.due(Settings(), instance, KEY) == []


def test_status_and_show_tell_what_is_there(vidfactory: Command, demo: object, here: Callable[..., Result]) -> None:
    every = len(runs.assets_of(KEY))
    assert re.search(rf"{KEY} .*{every}/{every}.*nothing", here(vidfactory, "status").stdout)
    shown = here(vidfactory, "show", KEY).stdout
    assert "hook" in shown
    assert re.search(r"video .*\d+\.\d .*\$0\.00", shown)


def test_the_notebook_reports_the_studio(vidfactory: Command, demo: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in vidfactory.environment.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(PROJECT / "notebooks" / "studio_report.ipynb", as_version=4)
    enable_socket()  # the kernel is spoken to over sockets of this machine
    nbclient.NotebookClient(notebook, timeout=PATIENCE_S, resources={"metadata": {"path": str(PROJECT)}}).execute()
    text = json.dumps([cell.get("outputs") for cell in notebook.cells])
    assert KEY in text
    assert "illustrations" in text


def test_an_altered_file_is_named_with_the_asset_to_make_again_and_repaired(vidfactory: Command, demo: object) -> None:
    card = vidfactory.folder_of("cards") / "post.png"
    whole = card.read_bytes()
    card.write_bytes(whole[:-1])
    failed = vidfactory("make", KEY, "--from", "production_plan", "--to", "production_plan")
    assert failed.returncode == 2
    assert re.search(r"post\.png was altered.*vidfactory make finance-demo --from cards", failed.stderr)
    repaired = vidfactory("make", KEY, "--from", "cards", "--to", "production_plan")
    assert repaired.returncode == 0, repaired.stderr
    assert card.read_bytes() == whole
    assert vidfactory("make", KEY).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["make", "../x"], "KEY: '../x' is no video key"),
        (["make", "finance-never-ordered"], "there is no such video"),
        (["make", "opera-a"], "there is no such video"),
        (["show", "finance-never-ordered"], "there is no such video"),
        (["open", "finance-never-ordered"], "there is no video yet"),
        (["new", "finance", "--posts", "gone.json"], "gone.json: it cannot be read"),
        (["new", "finance", "--key", "../x"], "is no video key"),
        (["new", "finance", "--key", "opera-x"], "there is no format 'opera'"),
        (["new", "finance", "--seconds", "5"], "seconds: input should be greater"),
        (["new", "finance", "--symbol", "ZZZZ"], "no post can be used"),
    ],
)
def test_a_wrong_input_is_one_message_and_exit_code_2(
    fresh: Command, here: Callable[..., Result], arguments: list[str], complaint: str
) -> None:
    refused = here(fresh, *arguments)
    assert refused.exit_code == 2, refused.output
    assert complaint in refused.stderr
    assert "Traceback" not in refused.stderr
    assert refused.stderr.count("Error:") == 1
    assert not list(fresh.folder.glob("studio/briefs/*"))


def test_two_orders_with_one_key_are_refused(fresh: Command, here: Callable[..., Result]) -> None:
    order = ["new", "finance", "--posts", str(SAMPLES / "posts.json"), "--key", "finance-once"]
    assert here(fresh, *order).exit_code == 0
    again = fresh(*order)
    assert again.returncode == 2
    assert "already an order" in again.stderr
    assert "Traceback" not in again.stderr
    assert again.stderr.count("Error:") == 1


def test_an_unknown_asset_lists_the_known_ones(vidfactory: Command, demo: object, here: Callable[..., Result]) -> None:
    refused = here(vidfactory, "make", KEY, "--from", "soup")
    assert refused.exit_code == 2
    assert "The assets are: brief, finance/" in refused.stderr


def test_a_missing_browser_is_said_and_what_was_made_is_kept(vidfactory: Command, demo: object) -> None:
    """Without its card the video is made from the screenplay on: the one is there afterwards, the other is not."""
    made, card = (vidfactory.folder_of(asset) / "artifact.json" for asset in ("screenplay", "cards"))
    record = card.read_bytes()
    made.unlink()
    card.unlink()
    blind = Command(vidfactory.folder, {"VIDFACTORY_CHROMIUM": "/nowhere/chromium"})
    refused = blind("make", KEY, "--from", "screenplay", "--to", "cards")
    assert refused.returncode == 2
    assert "/nowhere/chromium" in refused.stderr
    assert made.exists()
    assert not card.exists()
    card.write_bytes(record)  # for who comes after this


@pytest.fixture
def killed(fresh: Command, here: Callable[..., Result]) -> Command:
    """A studio whose first run was killed, with all its processes, once the screenplay was there."""
    assert here(fresh, "new", "finance", "--key", "finance-killed").exit_code == 0
    process = fresh.start("make", "finance-killed", "--to", "timestamps")
    screenplay = fresh.folder_of("screenplay", "finance-killed") / "artifact.json"
    deadline = time.monotonic() + PATIENCE_S
    while not screenplay.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return fresh


def test_a_killed_run_goes_on_where_it_stopped(killed: Command) -> None:
    before = (killed.folder_of("finance/analysis", "finance-killed") / "artifact.json").stat().st_mtime_ns
    made = killed("make", "finance-killed", "--to", "timestamps")
    assert made.returncode == 0, made.stderr
    assert "brief" not in re.findall(r"✓ (\S+)", made.stdout)
    assert (killed.folder_of("finance/analysis", "finance-killed") / "artifact.json").stat().st_mtime_ns == before
    assert (killed.folder_of("timestamps", "finance-killed") / "artifact.json").exists()


def test_an_interrupted_run_says_so_and_how_to_go_on(fresh: Command, here: Callable[..., Result]) -> None:
    assert here(fresh, "new", "finance", "--key", "finance-stopped").exit_code == 0
    process = fresh.start("make", "finance-stopped", "--to", "timestamps")
    brief = fresh.folder_of("brief", "finance-stopped") / "artifact.json"
    deadline = time.monotonic() + PATIENCE_S
    while not brief.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "Go on with: vidfactory make finance-stopped" in err
    assert "Traceback" not in err


def test_the_doctor_finds_this_machine_fit(fresh: Command) -> None:
    found = fresh("doctor")
    assert found.returncode == 0, found.stdout
    for part in ("writer", "narrator", "browser", "encoders", "fonts", "studio"):
        assert part in found.stdout
