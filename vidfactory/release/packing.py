"""Everything that leaves the studio with a video, put into one package.

Belongs here: which files a package has, and its edition. Does not belong here: what is in each of them (`listing`,
`subtitles`, `timeline`, `manifest`, `credentials`), and the folder that people see (`layout`).
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from vidfactory.errors import BadInput
from vidfactory.release.credentials import FILM, Claim, sign
from vidfactory.release.identity import Identity
from vidfactory.release.layout import MAIN_THUMBNAILS
from vidfactory.release.listing import listing_of
from vidfactory.release.makers import parts_of
from vidfactory.release.manifest import Account, Origins, fonts_of, manifest_of
from vidfactory.release.subtitles import srt, webvtt, words_json
from vidfactory.release.timeline import Lengths, media_name, sources_of, timeline_json
from vidfactory.schema.base import Artifact, Media, canonical_sha256
from vidfactory.schema.film import Video
from vidfactory.schema.pictures import Soundtrack
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.release import Listing, Package, Subtitles, Thumbnails
from vidfactory.schema.screenplay import Screenplay
from vidfactory.schema.speech import Narration
from vidfactory.themes import load_theme

Kind = TypeVar("Kind", bound=Artifact)


def pack(origins: Mapping[str, Origins], accounts: Mapping[str, Account], identity: Identity, folder: Path) -> Package:
    """Write all files of a package into `folder`, the film signed with `identity`.

    `origins` are those of every artifact of the video, `accounts` what each of them cost. BadInput where the film
    cannot be signed, and where the plan names a file that none of the artifacts has.
    """
    made = [each.artifact for each in origins.values()]
    screenplay, plan, film = _the(Screenplay, made), _the(ProductionPlan, made), _the(Video, made).file
    parts = parts_of(made)
    listing = listing_of(screenplay, plan, parts)
    thumbnails = _thumbnails(_the(Thumbnails, made), folder)
    subtitles = _subtitles(plan, folder)
    edition = edition_of(film, thumbnails, subtitles, listing)
    lengths = Lengths(narration=_the(Narration, made).duration, loop=_the(Soundtrack, made).loop)
    timeline = _text(folder / "timeline.otio", timeline_json(plan, lengths), "application/json")
    timeline_media = _timeline_media(plan, made, folder)
    fonts = fonts_of(load_theme(plan.theme, plan.video_metadata.resolution), screenplay)
    files = [*thumbnails, subtitles.srt, subtitles.vtt, subtitles.words, timeline, *timeline_media]
    told = manifest_of(screenplay, edition, origins, accounts, fonts, files, parts)
    manifest = _text(folder / "manifest.json", told.model_dump_json(indent=2), "application/json")
    claim = Claim(
        title=listing.title,
        origin=told.origin,
        version=version("vidfactory"),
        disclosure=told.disclosure,
        edition=edition,
        manifest_sha256=manifest.sha256,
    )
    signed = folder / "video.mp4"
    sign(film.path, signed, claim, identity)
    return Package(
        edition=edition,
        film_sha256=film.sha256,
        video=Media.of(signed, FILM),
        thumbnails=thumbnails,
        subtitles=subtitles,
        listing=listing,
        manifest=manifest,
        timeline=timeline,
        timeline_media=timeline_media,
    )


def edition_of(film: Media, thumbnails: Sequence[Media], subtitles: Subtitles, listing: Listing) -> str:
    """SHA-256 over what a viewer gets; `film` is the one without credentials, whose bytes are always the same."""
    files = [film, *thumbnails, subtitles.srt, subtitles.vtt, subtitles.words]
    seen = {"files": [media.sha256 for media in files], "listing": listing.model_dump(mode="json")}
    return canonical_sha256(seen)


def _thumbnails(thumbnails: Thumbnails, folder: Path) -> tuple[Media, ...]:
    """Copies with the chosen ones first: of those that are wide and of those that are not the best, each the first."""
    wide = [each for each in thumbnails.thumbnails if each.size.width > each.size.height]
    tall = [each for each in thumbnails.thumbnails if each.size.width <= each.size.height]
    chosen = [(each[0], name) for each, name in zip((wide, tall), MAIN_THUMBNAILS, strict=True) if each]
    others = [(each, each.image.path.stem) for each in (*wide[1:], *tall[1:])]
    return tuple(_copy(each.image, folder / f"{name}{each.image.path.suffix}") for each, name in (*chosen, *others))


def _subtitles(plan: ProductionPlan, folder: Path) -> Subtitles:
    return Subtitles(
        srt=_text(folder / "captions.srt", srt(plan), "application/x-subrip"),
        vtt=_text(folder / "captions.vtt", webvtt(plan), "text/vtt"),
        words=_text(folder / "words.json", words_json(plan), "application/json"),
    )


def _timeline_media(plan: ProductionPlan, made: Iterable[Artifact], folder: Path) -> tuple[Media, ...]:
    delivered = {media.sha256: media for artifact in made for media in artifact.media()}
    copies = []
    for source in sources_of(plan):
        if source.sha256 not in delivered:
            raise BadInput(
                f"the plan names {source.file}, which no department delivered", where=plan.video_metadata.title
            )
        copies.append(_copy(delivered[source.sha256], folder / media_name(source)))
    return tuple(copies)


def _the(kind: type[Kind], made: Iterable[Artifact]) -> Kind:
    """The artifact of a kind of which every video has one."""
    return next(artifact for artifact in made if isinstance(artifact, kind))


def _copy(media: Media, target: Path) -> Media:
    shutil.copyfile(media.path, target)
    return media.model_copy(update={"path": target})


def _text(path: Path, text: str, media_type: str) -> Media:
    path.write_text(text, encoding="utf-8")
    return Media.of(path, media_type)
