"""The manifest of a package: who made what from what, with which model and prompt, on what terms, for how much.

Belongs here: what is known of every artifact of a video, put in one order. Does not belong here: where artifacts are
kept and what Dagster knows of them (`assets.lineage`), and anything that names a person who is not in the film, a
key, an address of this studio or a time: made again from the same artifacts it is the same, byte for byte.
"""

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import Any, Literal

import av
from fontTools.ttLib import TTFont

from vidfactory.drawing.type import FALLBACK_FACES, font_path, missing_glyphs
from vidfactory.release.makers import HOUSE, Origin, Part, credit_of, data_licence, disclosure, makers_of, origin_of
from vidfactory.schema.base import Artifact, Media, Model
from vidfactory.schema.brief import Brief
from vidfactory.schema.pictures import Backdrop, Illustrations, Soundtrack
from vidfactory.schema.screenplay import BackdropCue, MusicCue, Screenplay
from vidfactory.schema.speech import Narration
from vidfactory.schema.theme import Theme

PACKAGES = (
    *("vidfactory", "dagster", "av", "numpy", "pillow", "opencv-python-headless", "resvg-py"),
    *("matplotlib", "c2pa-python", "opentimelineio"),
)
_LICENCE, _LICENCE_ADDRESS = 13, 14
"""Entries of a font's `name` table."""


@dataclass(frozen=True)
class Origins:
    """Where an artifact comes from: the hash of its content, its code version, and by asset the hashes of what it was
    made from, empty for what has changed since. The last two are empty where nobody has recorded how it was made.
    """

    artifact: Artifact
    content_sha256: str
    code_version: str = ""
    made_from: Mapping[str, str] = field(default_factory=dict)


class File(Model):
    name: str
    media_type: str
    sha256: str
    size: int


class MadeBy(Model):
    """name: of the maker, as viewers know it. how: by rules, by a person or with AI."""

    provider: str
    name: str
    how: Origin
    licence: str


class Entry(Model):
    """One artifact."""

    asset: str
    schema_version: str
    content_sha256: str
    code_version: str
    take: int
    made_from: Mapping[str, str]
    """Assets, and the hash of the content that they had then; empty where they have changed since."""
    made_by: tuple[MadeBy, ...] = ()
    model: str = ""
    cost_usd: Decimal = Decimal(0)
    """What the answers that it holds cost when they were bought, by whichever video."""
    charged_usd: Decimal = Decimal(0)
    """What services took for it from this video's budget, takes that were thrown away included."""
    possibly_charged_usd: Decimal = Decimal(0)
    prompts: Mapping[str, str] = {}
    """What was asked for, by the item that answers it."""
    calls: tuple[str, ...] = ()
    """What was asked of services, such as `anthropic finance.analysis`; for writing the task stands here."""
    data: Mapping[str, str] = {}
    """Sources of data that it names, and their terms."""
    media: tuple[File, ...] = ()


class Font(Model):
    face: str
    licence: str


class Manifest(Model):
    schema_version: Literal["manifest/1"] = "manifest/1"
    video: str
    title: str
    edition: str
    origin: Origin
    """How the film as a whole came to be."""
    disclosure: str
    sources: tuple[str, ...]
    software: Mapping[str, str]
    fonts: tuple[Font, ...]
    artifacts: tuple[Entry, ...]
    """Each after those that it was made from."""
    files: tuple[File, ...]
    """The package's other files. The film in it is that of the artifact `video` with its credentials added, which
    hold the hash of this manifest."""


@dataclass(frozen=True)
class Account:
    """What the ledger says of one asset: US dollars, and the services' operations that were paid or remembered."""

    settled: Decimal = Decimal(0)
    doubtful: Decimal = Decimal(0)
    calls: tuple[str, ...] = ()


def manifest_of(
    screenplay: Screenplay,
    edition: str,
    origins: Mapping[str, Origins],
    accounts: Mapping[str, Account],
    fonts: Sequence[Font],
    files: Iterable[Media],
    parts: Sequence[Part],
) -> Manifest:
    """The manifest of an edition; `origins` are those of all artifacts, `files` those that the package adds."""
    prompts, takes = prompts_of(screenplay), _takes(origins)
    return Manifest(
        video=screenplay.video,
        title=screenplay.title,
        edition=edition,
        origin=origin_of(parts),
        disclosure=disclosure(parts),
        sources=screenplay.sources,
        software=software(),
        fonts=tuple(fonts),
        artifacts=tuple(
            _entry(asset, origins[asset], takes.get(asset, 1), accounts.get(asset, Account()), prompts)
            for asset in upstream_first(origins)
        ),
        files=tuple(_file(media) for media in files),
    )


def _takes(origins: Mapping[str, Origins]) -> Mapping[str, int]:
    """The takes that the brief asks for, by asset."""
    briefs = (found.artifact for found in origins.values() if isinstance(found.artifact, Brief))
    return {asset: take for brief in briefs for asset, take in brief.wishes.takes.items()}


def upstream_first(origins: Mapping[str, Origins]) -> list[str]:
    """The assets, each after those that it was made from, else by name."""
    ordered: list[str] = []
    waiting = sorted(origins)
    while waiting:
        ready = [name for name in waiting if not set(origins[name].made_from) & set(waiting)]
        ordered += ready or waiting
        waiting = [name for name in waiting if ready and name not in ready]
    return ordered


def prompts_of(screenplay: Screenplay) -> Mapping[type[Artifact], Mapping[str, str]]:
    """What the screenplay asks of each department, by the kind of artifact that answers."""
    beats = {f"{number:02d}_{beat.name}": beat for number, beat in enumerate(screenplay.beats, start=1)}
    backdrops = [cue.prompt for cue in screenplay.cues if isinstance(cue, BackdropCue)]
    moods = [cue.mood for cue in screenplay.cues if isinstance(cue, MusicCue)]
    return {
        Illustrations: {cue.name: cue.prompt for beat in screenplay.beats for cue in beat.cues},
        Backdrop: {"backdrop": prompt for prompt in backdrops},  # noqa: B035 - there is one at most
        Soundtrack: {"music": mood for mood in moods},  # noqa: B035 - there is one at most
        Narration: {name: " ".join(token.spoken for token in beat.tokens) for name, beat in beats.items()},
    }


def fonts_of(theme: Theme, screenplay: Screenplay) -> tuple[Font, ...]:
    """The faces that the theme sets type in, and those that stand in for letters that its captions' face lacks."""
    faces = [theme.headline_font, theme.text_font, theme.captions.font]
    lacking = missing_glyphs("".join(beat.text for beat in screenplay.beats), theme.captions.font)
    for face in FALLBACK_FACES:
        still_lacking = lacking and missing_glyphs(lacking, face)
        if still_lacking != lacking:
            faces.append(face)
        lacking = still_lacking
    return tuple(Font(face=face, licence=font_licence(face)) for face in dict.fromkeys(faces))


@cache
def font_licence(face: str) -> str:
    """What the file of a face says of its licence."""
    with TTFont(font_path(face), lazy=True) as opened:
        said = (opened["name"].getDebugName(number) for number in (_LICENCE, _LICENCE_ADDRESS))
        return " ".join(" ".join(part.split()) for part in said if part)


@cache
def software() -> Mapping[str, str]:
    """The versions of what draws, encodes, packs and signs."""
    versions = {name: version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **versions, "ffmpeg": av.ffmpeg_version_info}


def _entry(
    asset: str,
    origins: Origins,
    take: int,
    account: Account,
    prompts: Mapping[type[Artifact], Mapping[str, str]],
) -> Entry:
    artifact = origins.artifact
    credit = credit_of(artifact) or HOUSE
    makers = makers_of(credit)
    return Entry(
        asset=asset,
        schema_version=artifact.schema_version,
        content_sha256=origins.content_sha256,
        code_version=origins.code_version,
        take=take,
        made_from=dict(sorted(origins.made_from.items())),
        made_by=tuple(MadeBy(provider=provider, **maker.model_dump()) for provider, maker in makers.items()),
        model=credit.model,
        cost_usd=credit.cost_usd,
        charged_usd=account.settled,
        possibly_charged_usd=account.doubtful,
        prompts=prompts.get(type(artifact), {}),
        calls=account.calls,
        data={source: data_licence(source) for source in dict.fromkeys(_sources_in(artifact.model_dump()))},
        media=tuple(_file(media) for media in artifact.media()),
    )


def _sources_in(value: Any) -> Iterator[str]:
    """Every text that stands in a field `source`."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name == "source" and isinstance(each, str):
                yield each
            yield from _sources_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _sources_in(each)


def _file(media: Media) -> File:
    return File(name=media.name, media_type=media.media_type, sha256=media.sha256, size=media.size)
