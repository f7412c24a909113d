"""Channels as files: what each says, what is refused with its line, and the schema that editors check them by."""

import datetime as dt
import json
import os
import shutil
import tomllib
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
import yaml

from vidfactory.channels import channel_schema, read_channel, read_channels
from vidfactory.documents import parse_document
from vidfactory.errors import BadInput
from vidfactory.schema.channel import Channel, Hours
from vidfactory.schema.crew import PORTS
from vidfactory.settings import DEFAULTS
from vidfactory_tests.command import PROJECT

FOLDER = PROJECT / "channels"
SAMPLES = sorted(FOLDER.glob("*.yaml"))
SCHEMA = FOLDER / "channel.schema.json"
SHIPPED = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))["services"]
SERVICES = {name: service.get("like", name) for name, service in SHIPPED.items()}
NEW_YORK = "zone: America/New_York"


def written(folder: Path, text: str, name: str = "news.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Channel:
    return read_channel(written(folder, text), SERVICES)


def test_the_samples_are_channels() -> None:
    found = read_channels(FOLDER, SERVICES)
    assert not found.refused
    assert {"after-the-bell", "market-minute"} <= found.found.keys()
    first, second = found.found["market-minute"], found.found["after-the-bell"]
    for name in ("theme", "voice", "hours", "budget", "review", "aspect"):
        assert getattr(first, name) != getattr(second, name), name
    for channel in (first, second):
        assert channel.sources.queries
        assert channel.sources.feeds


def test_the_schema_is_that_of_the_model(request: pytest.FixtureRequest) -> None:
    text = json.dumps(channel_schema(SERVICES), indent=1) + "\n"
    if request.config.getoption("--write-golden"):
        SCHEMA.write_text(text, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == text, "write it: pytest --write-golden"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_an_editor_finds_the_schema_of_a_sample_and_the_sample_keeps_to_it(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=channel.schema.json\n")
    kept = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(kept)
    jsonschema.validate(parse_document(path.read_bytes(), str(path)).fields, kept)


def test_every_field_is_described_to_an_editor() -> None:
    schema = channel_schema(SERVICES)
    models = [schema, *schema["$defs"].values()]
    fields = {name: field for model in models for name, field in model["properties"].items()}
    assert [name for name, field in fields.items() if not field.get("description")] == []
    assert schema["properties"]["providers"]["properties"].keys() == set(PORTS)


@pytest.mark.parametrize(
    ("content", "right"),
    [
        ({"voice": "calm-educator", "providers": {"narrator": ["elevenlabs/eleven_v3", "espeak"]}}, True),
        ({"hours": {"begin": "8:30", "end": "24:00"}, "budget": 0}, True),
        ({"budget": {"video_usd": 1.5}, "publisher": "library"}, True),
        ({"voice": "baritone"}, False),
        ({"hours": {"begin": "8 am"}}, False),
        ({"providers": {"actor": "house"}}, False),
        ({"budget": 5}, False),
        ({"colour": "red"}, False),
    ],
)
def test_the_schema_and_the_reader_agree(tmp_path: Path, content: dict[str, object], right: bool) -> None:  # noqa: FBT001
    assert jsonschema.Draft202012Validator(channel_schema(SERVICES)).is_valid(content) is right
    path = written(tmp_path, yaml.safe_dump(content))
    if right:
        read_channel(path, SERVICES)
    else:
        with pytest.raises(BadInput):
            read_channel(path, SERVICES)


def test_no_folder_is_no_channels(tmp_path: Path) -> None:
    assert not read_channels(tmp_path / "none").found


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="channels cannot be looked for"):
        read_channels(written(tmp_path, "name: a"))


def test_one_wrong_file_leaves_the_others_alone(tmp_path: Path) -> None:
    written(tmp_path, "name: good", "good.yaml")
    written(tmp_path, "name: upper", "also-good.YML")
    for name in (".hidden.yaml", "notes.txt", "good.yaml~"):
        written(tmp_path, "[", name)
    written(tmp_path, "name: [", "bad.yaml")
    for name in ("Big.yaml", "two words.yaml", "a--b.yaml", f"{'a' * 61}.yaml"):
        written(tmp_path, "name: x", name)
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    for name in ("twin.yaml", "twin.yml"):
        written(tmp_path, "name: twin", name)
    found = read_channels(tmp_path)
    assert found.found.keys() == {"good", "also-good"}
    refused = {Path(path).name: str(why) for path, why in found.refused.items()}
    assert refused.keys() == {
        *("bad.yaml", "Big.yaml", "two words.yaml", "a--b.yaml", f"{'a' * 61}.yaml"),
        *("folder.yaml", "gone.yaml", "twin.yaml", "twin.yml"),
    }
    assert "line 1" in refused["bad.yaml"]
    assert "'Big' is no id of a channel. Name the file with lower-case letters" in refused["Big.yaml"]
    assert "twin.yml is there as well" in refused["twin.yaml"]
    assert "cannot be read" in refused["folder.yaml"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "name: a")
    path.chmod(0)
    with pytest.raises(BadInput, match="Permission denied"):
        read_channel(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: a\nvideo_per_day: 3", "line 2, video_per_day: there is no field.*Did you mean videos_per_day?"),
        ("format: opera", "line 1, format: .*'finance'"),
        ("name: a\ntheme: pink", "line 2, theme: there is no theme 'pink'. There are: .*finance"),
        ("voice: baritone", "line 1, voice: there is no voice 'baritone'. There are: house"),
        ("providers:\n  narrator: [espeak, nobody]", r"line 2, providers\.narrator: there is no narrator 'nobody'"),
        ("providers:\n  writer: house\n  actor: x", r"line 3, providers\.actor"),
        ("publisher: myspace", "line 1, publisher: there is no publisher 'myspace'. There are: library, youtube"),
        ("publisher: []", "line 1, publisher"),
        ("providers: {publisher: library}\npublisher: youtube", "line 2, publisher: .*keep one of them"),
        ("hours:\n  begin: 8", r"line 2, hours\.begin: 8 is no time of day; write it like 08:30"),
        ("hours: {end: 25:00}", "no time of day"),
        ("hours: {zone: Mars/Base}", r"hours\.zone: there is no time zone 'Mars/Base'"),
        ("hours: {zone: ../../etc/passwd}", r"hours\.zone: there is no time zone"),
        ("budget: 5", "budget: say of what"),
        ("budget: {video_usd: -1}", r"budget\.video_usd"),
        ("budget: {day_usd: .nan}", r"budget\.day_usd"),
        ("videos_per_day: 2.5", "videos_per_day"),
        ("videos_per_day: true", "videos_per_day"),
        ("videos_per_day: 100000", "videos_per_day"),
        ("seconds: 10", "seconds: .*45"),
        ("retention: {raw_days: 0}", r"retention\.raw_days"),
        ("sources: {feeds: [ftp://x]}", "'ftp://x' is no address of a feed"),
        ("sources: {accounts: ['a b']}", "'a b' is no account"),
        ("sources: {queries: ['']}", r"sources\.queries: one of them is empty"),
        ("sources: {queries: stocks}", r"sources\.queries"),
    ],
)
def test_what_a_channel_says_wrongly_is_named_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint) as caught:
        read(tmp_path, text)
    assert str(tmp_path / "news.yaml") in str(caught.value)


def test_symbols_that_yaml_takes_for_something_else_are_symbols(tmp_path: Path) -> None:
    sources = read(tmp_path, "sources: {symbols: [ON, NO, 0700, $goog, goog], accounts: ['@nasdaq']}").sources
    assert (sources.symbols, sources.accounts) == (("ON", "NO", "0700", "GOOG"), ("nasdaq",))


def test_services_of_the_settings_may_serve_a_channel(tmp_path: Path) -> None:
    providers = read(tmp_path, "providers: {writer: [ollama, anthropic/claude-x]}").providers
    assert providers == {"writer": ("ollama", "anthropic/claude-x")}
    with pytest.raises(BadInput, match="no writer 'ollama'"):
        read_channel(tmp_path / "news.yaml", {})


def test_a_budget_of_zero_leaves_nothing_for_a_video_and_a_day(tmp_path: Path) -> None:
    budget = read(tmp_path, "budget: 0").budget
    assert (budget.video_usd, budget.day_usd) == (Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    ("hours", "moment", "is_open"),
    [
        ("{}", "2026-06-01T03:00", True),
        ("{begin: 8:00, end: 20:00}", "2026-06-01T08:00", True),
        ("{begin: 8:00, end: 20:00}", "2026-06-01T20:00", False),
        ("{begin: 18:00, end: 24:00}", "2026-06-01T23:59", True),
        ("{begin: 18:00, end: 24:00}", "2026-06-01T00:00", False),
        ("{begin: 22:00, end: 02:00}", "2026-06-01T01:59", True),
        ("{begin: 22:00, end: 02:00}", "2026-06-01T12:00", False),
        (f"{{begin: 8:00, end: 20:00, {NEW_YORK}}}", "2026-06-01T12:30", True),
        (f"{{begin: 8:00, end: 20:00, {NEW_YORK}}}", "2026-06-01T11:30", False),
        (f"{{begin: 8:00, end: 20:00, {NEW_YORK}}}", "2026-12-01T12:30", False),
    ],
)
def test_a_channel_works_in_its_own_hours(tmp_path: Path, hours: str, moment: str, is_open: bool) -> None:  # noqa: FBT001
    """The moments are in UTC; New York is four hours behind in summer, five in winter."""
    found = read(tmp_path, f"hours: {hours}").hours
    assert found.holds(dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)) is is_open


def test_a_channel_has_its_own_day() -> None:
    late = dt.datetime(2026, 6, 1, 2, 0, tzinfo=dt.UTC)
    assert Hours(zone="America/New_York").day(late) == dt.date(2026, 5, 31)


def test_a_sample_can_be_copied_and_changed(tmp_path: Path) -> None:
    shutil.copyfile(SAMPLES[0], tmp_path / "mine.yaml")
    assert read_channels(tmp_path, SERVICES).found["mine"]
