import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from vidfactory.commands_voices import app
from vidfactory.errors import BadInput, Permanent, Transient
from vidfactory.providers.piper_voices import fetch_voice, home, installed_voices, known_voices
from vidfactory_tests.providers.tiny_piper import make_voice

VOICE = "en_US-lessac-medium"
PLACE = "en/en_US/lessac/medium"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def shop(tmp_path: Path, loopback: None) -> Iterator[tuple[str, Path]]:
    """The address of a server that holds one voice and the list, and its folder."""
    folder = tmp_path / "shop"
    model = make_voice(folder / PLACE, VOICE)
    files = {f"{PLACE}/{path.name}": path for path in (model, model.with_name(f"{VOICE}.onnx.json"))}
    entry = {
        place: {"size_bytes": path.stat().st_size, "md5_digest": hashlib.md5(path.read_bytes()).hexdigest()}  # noqa: S324 - as the list has it
        for place, path in files.items()
    }
    (folder / "voices.json").write_text(json.dumps({VOICE: {"files": entry}, "en_US-ryan-high": {"files": {}}}))
    with serving(folder) as address:
        yield address, folder


def nothing(file: str, here: int, size: int) -> None:
    """Say nothing of the progress."""


def test_a_voice_is_fetched_whole_and_can_be_used(shop: tuple[str, Path], tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    path = fetch_voice(VOICE, tmp_path / "voices", shop[0], lambda *each: told.append(each))
    assert path.read_bytes() == (shop[1] / PLACE / path.name).read_bytes()
    assert installed_voices(tmp_path / "voices") == [VOICE]
    assert {file for file, here, size in told if here == size} == {f"{VOICE}.onnx", f"{VOICE}.onnx.json"}
    assert [each.name for each in (tmp_path / "voices").iterdir() if each.name.startswith(".")] == []


def test_what_is_here_already_is_not_fetched_again(shop: tuple[str, Path], tmp_path: Path) -> None:
    path = fetch_voice(VOICE, tmp_path / "voices", shop[0], nothing)
    (shop[1] / PLACE / path.name).unlink()
    assert fetch_voice(VOICE, tmp_path / "voices", shop[0], nothing) == path


@pytest.mark.parametrize("change", [b"", b"more"], ids=["cut", "longer"])
def test_a_file_that_is_not_what_the_list_promises_is_not_kept(
    shop: tuple[str, Path], tmp_path: Path, change: bytes
) -> None:
    model = shop[1] / PLACE / f"{VOICE}.onnx"
    model.write_bytes(model.read_bytes() + change if change else model.read_bytes()[:-1])
    with pytest.raises(Transient, match=r"not what the list promises.*Try again"):
        fetch_voice(VOICE, tmp_path / "voices", shop[0], nothing)
    assert list((tmp_path / "voices").iterdir()) == []


def test_changed_bytes_are_found_by_their_checksum(shop: tuple[str, Path], tmp_path: Path) -> None:
    config = shop[1] / PLACE / f"{VOICE}.onnx.json"
    config.write_bytes(config.read_bytes()[:-1] + b" ")
    with pytest.raises(Transient, match="not what the list promises"):
        fetch_voice(VOICE, tmp_path / "voices", shop[0], nothing)
    assert installed_voices(tmp_path / "voices") == [], "a model without its configuration is no voice"


def test_an_unknown_voice_is_refused_with_those_of_its_language(shop: tuple[str, Path], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=rf"'en_US-nobody-low'.*{VOICE}, en_US-ryan-high"):
        fetch_voice("en_US-nobody-low", tmp_path, shop[0], nothing)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "en_US-a-b/../../c", "en_US-lessac-medium\n"])
def test_a_name_cannot_leave_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no name of a voice"):
        fetch_voice(name, tmp_path, "http://127.0.0.1:1", nothing)


def test_a_list_without_the_files_of_a_voice_is_permanent(shop: tuple[str, Path], tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="does not say where the files"):
        fetch_voice("en_US-ryan-high", tmp_path, shop[0], nothing)


@pytest.mark.parametrize("content", ["<html>", "[]"])
def test_what_is_no_list_of_voices_is_permanent(shop: tuple[str, Path], tmp_path: Path, content: str) -> None:
    (shop[1] / "voices.json").write_text(content)
    with pytest.raises(Permanent, match=r"not a list of voices\. Check services\.piper\.address"):
        fetch_voice(VOICE, tmp_path, shop[0], nothing)


def test_a_missing_list_and_an_absent_server_are_told_with_their_address(
    shop: tuple[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(Permanent, match=r"/nowhere/voices\.json: the answer was 404"):
        fetch_voice(VOICE, tmp_path, f"{shop[0]}/nowhere", nothing)
    with pytest.raises(Transient, match=r"127\.0\.0\.1:1/voices\.json: it cannot be fetched"):
        fetch_voice(VOICE, tmp_path, "http://127.0.0.1:1", nothing)


def test_the_table_names_voices_and_a_secure_home() -> None:
    assert home().startswith("https://")
    assert VOICE in known_voices()


def test_the_commands_fetch_a_voice_and_list_it(
    shop: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDFACTORY_LOCAL", str(tmp_path / "local"))
    (tmp_path / "vidfactory.toml").write_text(f'[services.piper]\naddress = "{shop[0]}/"\n')
    got = CliRunner().invoke(app, ["get", VOICE])
    assert got.exit_code == 0, got.output
    assert f'providers.narrator = "piper/{VOICE}"' in got.output
    assert installed_voices(tmp_path / "local" / "piper") == [VOICE]
    listed = CliRunner().invoke(app, ["list"])
    assert listed.exit_code == 0, listed.output
    assert "energetic-gamer" in listed.output
    assert [("yes" in line) for line in listed.output.splitlines() if VOICE in line] == [True]


def test_a_wrong_name_is_one_line_and_exit_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDFACTORY_LOCAL", str(tmp_path))
    got = CliRunner().invoke(app, ["get", "nobody"])
    assert got.exit_code == 2
    assert "Error: voice: 'nobody' is no name of a voice" in got.output
