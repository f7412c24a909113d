"""Commands of the release: export, review, approve, reject, publish.

Belongs here: asking and showing. Does not belong here: who must approve and what was decided (`reviews`), what leaves
the studio (`release`), and where it goes (`providers`).
"""

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from vidfactory import reviews, runs
from vidfactory.definitions import call_desk_of, studio_of
from vidfactory.errors import BadInput, DamagedArtifact, MissingArtifact, VidfactoryError
from vidfactory.orders import checked_key
from vidfactory.ports import Assignment
from vidfactory.providers.crew import kit_of, provider_module
from vidfactory.release.layout import lay_out
from vidfactory.retention import shelf
from vidfactory.schema.release import Package, Publication
from vidfactory.settings import Settings, read_settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.terminal import escaped, out, plain_errors

EDITION_SHOWN = 12
"""How many characters of an edition are shown; enough to tell two apart."""
Key = Annotated[str, typer.Argument(help="The video, for example finance-demo", metavar="KEY")]
By = Annotated[str, typer.Option(help="Who decides; without it the settings' reviewer")]
Change = Annotated[bool, typer.Option("--change", help="Decide otherwise than it was decided before")]


def export(
    key: Key,
    folder: Annotated[
        Path | None, typer.Argument(help="Where to; without it the library, data/studio/library/KEY", metavar="FOLDER")
    ] = None,
) -> None:
    """Write a packaged video as a folder to take away: film, thumbnails, captions, texts, manifest and timeline."""
    with plain_errors():
        settings = read_settings()
        store = shelf(studio_of(settings), checked_key(key))
        package = _package(store, key)
        target = folder or _library_folder(settings, store, key)
        size = sum(media.size for media in package.media())
        place = lay_out(package, target)
        out.print(
            f"[bold]{key}[/], edition {package.edition[:EDITION_SHOWN]}, {size / 1e6:.1f} MB\n{escaped(str(place))}"
        )


def review() -> None:
    """What waits for a person before it is published, and why."""
    with plain_errors():
        settings = read_settings()
        store = ArtifactStore(studio_of(settings))
        table = Table("video", "title", Column("why it waits", overflow="fold"))
        for key in reviews.videos(store.studio):
            try:
                _add_if_waiting(table, settings, store, key)
            except DamagedArtifact as error:
                table.add_row(key, "?", escaped(str(error)))
        out.print(table if table.row_count else "Nothing waits for a person.")
    if table.row_count:
        out.print("Look at it: vidfactory screen\nDecide: vidfactory approve KEY, or reject KEY --reason TEXT")


def approve(
    key: Key, by: By = "", reason: Annotated[str, typer.Option(help="A note")] = "", change: Change = False
) -> None:
    """Approve a video, as it is packed now, for publication."""
    _decide(key, reviews.Ruling(approved=True, by=by, reason=reason), change=change)


def reject(
    key: Key,
    reason: Annotated[str, typer.Option(help="What is wrong with it")],
    by: By = "",
    change: Change = False,
) -> None:
    """Keep a video, as it is packed now, from being published."""
    _decide(key, reviews.Ruling(approved=False, by=by, reason=reason), change=change)


def publish(key: Key) -> None:
    """Publish a video, as it is packed now, where nobody must decide about it first."""
    with plain_errors():
        settings = read_settings()
        with runs.open_instance(settings) as instance:
            _check_publishable(settings, instance, checked_key(key))
            if runs.PUBLICATION in runs.due(settings, instance, key):
                with out.status(f"Publishing {key}"):
                    making = runs.run(instance, key, [runs.PUBLICATION], lambda _: None)
                _check_published(key, making)
        made = ArtifactStore(studio_of(settings)).load(key, runs.PUBLICATION)
        assert isinstance(made, Publication)
        for each in made.appearances:
            since = f", for the public from {each.visible_from:%Y-%m-%d %H:%M %Z}" if each.visible_from else ""
            out.print(f"{each.publisher}: {escaped(each.address)}{since}", soft_wrap=True)


youtube = typer.Typer(help="The login with which videos are published on YouTube.", no_args_is_help=True)


@youtube.command()
def login(
    service: Annotated[str, typer.Option(help="The service of the settings that it is for")] = "youtube",
    port: Annotated[int, typer.Option(help="Where the browser's answer is waited for; 0: any free port")] = 0,
) -> None:
    """Log in to the Google account of a channel, in a browser. The login stays on this machine."""
    with plain_errors():
        settings = read_settings()
        calls = call_desk_of(settings).on(Assignment("login", runs.PUBLICATION))
        kit = kit_of(settings, service, "publisher", calls)
        publisher = provider_module(kit)
        if not hasattr(publisher, "login_of"):
            raise BadInput("nobody logs in to it", where=f"--service {service}", remedy="Name one like youtube")
        file = publisher.login_of(kit).consent(port=port)
        out.print(f"Logged in. The login is in {file}, for you alone; who may use it is shown at myaccount.google.com.")


def _check_publishable(settings: Settings, instance: runs.Instance, key: str) -> None:
    """BadInput naming what is missing before a video can be published."""
    runs.ensure_video(settings, instance, key)
    if missing := [asset for asset in runs.due(settings, instance, key) if asset != runs.PUBLICATION]:
        raise BadInput(
            f"it is not finished: {', '.join(missing[:3])} must be made first",
            where=key,
            remedy=f"Make it: vidfactory make {key}",
        )
    if why := runs.held_back(settings, key):
        raise BadInput(
            f"it may not be published ({why})",
            where=key,
            remedy=f"Decide: vidfactory approve {key}, or reject {key} --reason TEXT (--change to decide otherwise)",
        )


def _check_published(key: str, making: runs.Making) -> None:
    """An error where a run did not publish the video."""
    for step in making.steps:
        if step.state != "made":
            raise VidfactoryError(step.note or "it was cut off", where=key, remedy="")
    if not making.success:
        raise VidfactoryError("it was cut off", where=key, remedy=f"Go on: vidfactory publish {key}")


def _package(store: ArtifactStore, key: str) -> Package:
    """The package of a video; BadInput where there is none yet."""
    try:
        package = store.load(key, "package")
    except MissingArtifact as error:
        raise BadInput("it is not packaged yet", where=key, remedy=f"Make it: vidfactory make {key}") from error
    assert isinstance(package, Package)
    return package


def _library_folder(settings: Settings, store: ArtifactStore, key: str) -> Path:
    """The video's place in the library, which holds what is published: BadInput where it must not be."""
    found = reviews.candidate(store, key)
    if found is None:
        raise BadInput("its film is not inspected as it is packed", where=key, remedy=f"Make it: vidfactory make {key}")
    standing = reviews.review_of(store.studio, settings, found)
    if not standing.may_be_published:
        raise BadInput(
            f"it does not go to the library: {standing.why}",
            where=key,
            remedy="Approve it, or name a folder of your own to look at it",
        )
    return store.studio.library / key


def _add_if_waiting(table: Table, settings: Settings, store: ArtifactStore, key: str) -> None:
    found = reviews.candidate(store, key)
    if found is None or found.is_published:
        return
    standing = reviews.review_of(store.studio, settings, found)
    if standing.state == "waiting":
        table.add_row(key, escaped(found.package.listing.title), escaped(standing.why))


def _decide(key: str, ruling: reviews.Ruling, *, change: bool) -> None:
    """Keep a decision; with `change` it is made in full knowledge of those before it."""
    with plain_errors():
        settings = read_settings()
        store = ArtifactStore(studio_of(settings))
        found = reviews.candidate(store, checked_key(key))
        seen = len(reviews.decisions(store.studio, key, found.package.edition)) if found and change else 0
        named = replace(ruling, by=ruling.by or settings.reviewer, seen=seen)
        made = asyncio.run(reviews.decide(store, key, named, dt.datetime.now(tz=dt.UTC)))
        out.print(f"[bold]{key}[/] was {escaped(reviews.told(made))}")
        if made.approved:
            out.print(f"Publish it: vidfactory publish {key} (Dagster does so by itself while it runs)")
