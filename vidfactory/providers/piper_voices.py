"""Piper's voices: which there are, which are on this machine, and how one gets here.

Belongs here: the table `piper_voices.toml`, downloads and their checks. Does not belong here: speaking
(`piper_narrator`), and anything that needs Piper itself.

A voice is two files, NAME.onnx and NAME.onnx.json. They are fetched from an address that holds `voices.json`, the
list of all voices with the size and the MD5 of each file, and are here whole or not at all, the model first.
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vidfactory.errors import BadInput, Permanent, Transient, disk_errors
from vidfactory.files import staging

TABLE = Path(__file__).with_name("piper_voices.toml")
LIST = "voices.json"
MODEL, CONFIG = ".onnx", ".onnx.json"
_NAME = re.compile(r"[a-z]{2,3}_[A-Z]{2}-\w+-\w+", re.ASCII)
_TIMEOUT_S = 60.0

Progress = Callable[[str, int, int], None]
"""Is told the file, how many of its bytes are here, and how many there are."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    language: str
    megabytes: int


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    voices: Mapping[str, _Row]


class _File(BaseModel):
    size: int = Field(alias="size_bytes", gt=0)
    md5: str = Field(alias="md5_digest", pattern=r"^[0-9a-f]{32}$")


class _Entry(BaseModel):
    files: Mapping[str, _File]


class _Config(BaseModel):
    """What Piper needs to find in a voice's configuration."""

    class Audio(BaseModel):
        sample_rate: int = Field(gt=0)

    class Espeak(BaseModel):
        voice: str

    audio: Audio
    espeak: Espeak
    num_symbols: int
    num_speakers: int
    phoneme_id_map: Mapping[str, tuple[int, ...]]


@cache
def _table() -> _Table:
    with TABLE.open("rb") as stream:
        return _Table.model_validate(tomllib.load(stream))


def home() -> str:
    """The address that voices come from unless the settings name another."""
    return _table().address


def known_voices() -> Mapping[str, _Row]:
    """The voices that are worth having, by name."""
    return _table().voices


def installed_voices(folder: Path) -> list[str]:
    """The names of the voices that lie in `folder`, whole."""
    models = sorted(path.name.removesuffix(MODEL) for path in folder.glob(f"*{MODEL}"))
    return [name for name in models if (folder / f"{name}{CONFIG}").is_file()]


def check_voice(folder: Path, name: str) -> Path:
    """The model of a voice in `folder`; Permanent where it is not there or its configuration is not one."""
    if name not in installed_voices(folder):
        raise Permanent(
            f"the voice {name!r} is not on this machine", where=str(folder), remedy=f"Run vidfactory voices get {name}"
        )
    config = folder / f"{name}{CONFIG}"
    try:
        _Config.model_validate_json(config.read_bytes())
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise Permanent(
            f"it does not describe a voice: {field} {first['msg']}",
            where=str(config),
            remedy=f"Delete it, then run vidfactory voices get {name}",
        ) from error
    return folder / f"{name}{MODEL}"


def fetch_voice(name: str, folder: Path, address: str, progress: Progress) -> Path:
    """Download the voice `name` from `address` into `folder`; the path of its model.

    Raises `BadInput` for a name that is not on the list there, `Permanent` or `Transient` when it cannot be fetched.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"{name!r} is no name of a voice", where="voice", remedy=f"Choose one such as {next(iter(known_voices()))}"
        )
    with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True) as client:
        files = _files_of(_listed(client, address), name)
        with disk_errors(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
            for ending in (MODEL, CONFIG):
                place, file = files[ending]
                _fetch(client, f"{address}/{quote(place)}", folder / f"{name}{ending}", file, progress)
    return folder / f"{name}{MODEL}"


def _listed(client: httpx.Client, address: str) -> Mapping[str, Any]:
    url = f"{address}/{LIST}"
    try:
        response = client.get(url)
        _check_status(response)
        listed = response.json()
    except httpx.HTTPError as error:
        raise _unreachable(url, error) from error
    except ValueError as error:
        raise Permanent("it is not a list of voices", where=url, remedy="Check services.piper.address") from error
    if not isinstance(listed, dict):
        raise Permanent("it is not a list of voices", where=url, remedy="Check services.piper.address")
    return listed


def _files_of(listed: Mapping[str, Any], name: str) -> dict[str, tuple[str, _File]]:
    """Where the model and the configuration of a voice lie below the address, by their ending."""
    if name not in listed:
        tongue = name.partition("-")[0]
        others = ", ".join(sorted(other for other in listed if other.startswith(tongue))) or "none of that language"
        raise BadInput(f"there is no voice {name!r}", where="voice", remedy=f"There are: {others}")
    try:
        entry = _Entry.model_validate(listed[name])
        wanted = {ending: f"{name}{ending}" for ending in (MODEL, CONFIG)}
        found = {PurePosixPath(place).name: (place, file) for place, file in entry.files.items()}
        return {ending: found[file] for ending, file in wanted.items()}
    except (ValidationError, KeyError) as error:
        raise Permanent(f"the list does not say where the files of {name!r} are", where=LIST) from error


def _fetch(client: httpx.Client, url: str, path: Path, file: _File, progress: Progress) -> None:
    """One file, unless it is here already as it should be."""
    if path.is_file() and _md5(path) == file.md5:
        progress(path.name, file.size, file.size)
        return
    digest = hashlib.md5(usedforsecurity=False)
    here = 0
    with staging(path) as temporary:
        try:
            with client.stream("GET", url) as response, temporary.open("wb") as stream:
                _check_status(response)
                for piece in response.iter_bytes():
                    here += len(piece)
                    if here > file.size:
                        break
                    digest.update(piece)
                    stream.write(piece)
                    progress(path.name, here, file.size)
        except httpx.HTTPError as error:
            raise _unreachable(url, error) from error
        if here != file.size or digest.hexdigest() != file.md5:
            raise Transient(
                f"the file is not what the list promises ({here} of {file.size} bytes)", where=url, remedy="Try again"
            )
        temporary.replace(path)


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _check_status(response: httpx.Response) -> None:
    if response.status_code != httpx.codes.OK:
        kind = Transient if response.status_code >= 500 or response.status_code == 429 else Permanent
        raise kind(f"the answer was {response.status_code}", where=str(response.request.url), remedy="Try again later")


def _unreachable(url: str, error: httpx.HTTPError) -> Transient:
    return Transient(f"it cannot be fetched: {type(error).__name__} {error}".strip(), where=url, remedy="Try again")
