"""The command line: `vidfactory ...`. It asks, shows and exits; the work is done elsewhere."""

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.markdown import Markdown
from rich.table import Column, Table

from vidfactory import (
    commands_channels,
    commands_cluster,
    commands_money,
    commands_release,
    commands_serve,
    commands_trends,
    commands_upkeep,
    commands_voices,
    runs,
)
from vidfactory.definitions import studio_of
from vidfactory.desks.screenplay import as_markdown
from vidfactory.doctor import Finding, examine, probe
from vidfactory.errors import BadInput, VidfactoryError
from vidfactory.orders import (
    bring_recording,
    check_with,
    checked_finance_order,
    checked_key,
    is_placed,
    order_video,
    place,
)
from vidfactory.progress import run_with_progress
from vidfactory.providers.chromium import install_chromium
from vidfactory.retention import shelf, tombstone
from vidfactory.schema.base import Artifact
from vidfactory.schema.film import Poster, Quality, Video
from vidfactory.schema.frame import Aspect
from vidfactory.schema.release import Package, Publication
from vidfactory.schema.screenplay import Screenplay
from vidfactory.schema.upkeep import Tombstone
from vidfactory.settings import Settings, read_settings
from vidfactory.staleness import video_format
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.terminal import err, escaped, out, plain_errors

INTERRUPTED = 130
"""Exit code of a shell for Ctrl-C."""
WIDE = 160
"""Characters of a terminal in which the doctor's findings fit side by side."""
DEMO_KEY = "finance-demo"
DEMO_POSTS = "samples/posts.json"

app = typer.Typer(help="A video studio as a Dagster asset graph.", no_args_is_help=True, add_completion=False)
new = typer.Typer(help="Order a video.", no_args_is_help=True)
app.add_typer(new, name="new")
app.command()(commands_cluster.worker)
app.command()(commands_cluster.prepare)
app.command()(commands_money.quote)
app.command()(commands_money.cost)
app.add_typer(commands_money.cache, name="cache")
app.add_typer(commands_voices.app, name="voices")
app.add_typer(commands_channels.app, name="channels")
app.command()(commands_trends.trends)
app.command()(commands_upkeep.backfill)
app.command()(commands_upkeep.clean)
app.command()(commands_upkeep.restore)
app.command()(commands_upkeep.retired)
app.command()(commands_release.export)
app.command()(commands_release.review)
app.command()(commands_release.approve)
app.command()(commands_release.reject)
app.command()(commands_release.publish)
app.add_typer(commands_release.youtube, name="youtube")
app.command()(commands_serve.serve)
app.add_typer(commands_serve.tokens, name="tokens")

Key = Annotated[str, typer.Argument(help="The video, for example finance-demo", metavar="KEY")]
Kind = TypeVar("Kind", bound=Artifact)


@new.command("finance")
def new_finance(  # noqa: PLR0913, PLR0917 - one for each option
    posts: Annotated[Path | None, typer.Option(help="Posts as JSON: normalised, or from X's recent search")] = None,
    query: Annotated[str | None, typer.Option(help="What to search posts for, in place of posts of your own")] = None,
    prices: Annotated[Path | None, typer.Option(help="Prices as CSV with Yahoo's column names")] = None,
    narration: Annotated[Path | None, typer.Option(help="The script, read by you: any file of sound")] = None,
    symbol: Annotated[str | None, typer.Option(help="Only posts about this symbol")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the video")] = None,
    theme: Annotated[str, typer.Option(help="The look; without it the channel's, else the format's own")] = "",
    seconds: Annotated[
        int | None, typer.Option(help="Wished length, 45 to 120; without it the channel's, else 60")
    ] = None,
    aspect: Annotated[
        Aspect | None, typer.Option(help="Shape of the frame; without it the channel's, else 9:16")
    ] = None,
    quality: Annotated[
        Quality | None,
        typer.Option(help="Size and encoding: draft is 720 px, ultra 2160 px; without it the channel's, else social"),
    ] = None,
    channel: Annotated[str | None, typer.Option(help="A channel of channels/")] = None,
    voice: Annotated[str, typer.Option(help="A voice profile")] = "",
    budget: Annotated[float | None, typer.Option(help="What services may cost for it, in US dollars")] = None,
    provider: Annotated[
        list[str] | None, typer.Option(help="Who serves at a port, PORT=NAME or PORT=NAME,NAME", metavar="PORT=NAME")
    ] = None,
    publish_at: Annotated[
        str | None,
        typer.Option(help="From when the public may see it, like 2026-12-01T18:00+01:00", metavar="MOMENT"),
    ] = None,
    key: Annotated[str | None, typer.Option(help="Key of the video, finance-<slug>; without it one is made")] = None,
    make_it: Annotated[bool, typer.Option("--make", help="Make it at once")] = False,
) -> None:
    """Order a short about a post that moves a market."""
    settings = read_settings()
    with plain_errors():
        order = checked_finance_order(
            "command line",
            {
                "posts": posts or (None if query else settings.data / DEMO_POSTS),
                "query": query,
                "prices": prices,
                "narration": narration,
                "symbol": symbol,
                "title": title,
                "theme": theme,
                "seconds": seconds,
                "aspect": aspect,
                "quality": quality,
                "channel": channel,
                "voice": voice,
                "budget_usd": budget,
                "providers": _by_port(provider or []),
                "publish_at": publish_at,
            },
        )
        if key:
            video_format(checked_key(key))
        studio = studio_of(settings)
        chosen = order_video(studio, settings, order, dt.datetime.now(tz=dt.UTC), key or "")
        with runs.open_instance(settings) as instance:
            runs.add_video(instance, chosen)
        out.print(f"Ordered [bold]{chosen}[/] ({studio.order_path(chosen)})")
        if make_it:
            make_video(settings, chosen, None, None)
        else:
            out.print(f"Make it:  vidfactory make {chosen}")


@app.command()
def make(
    key: Key,
    first: Annotated[str | None, typer.Option("--from", help="Make this asset again, and all that follows")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Stop after this asset")] = None,
    narration: Annotated[
        Path | None, typer.Option(help="The script, read by you: from now on it speaks in place of a narrator")
    ] = None,
) -> None:
    """Make what is missing or out of date of a video."""
    with plain_errors():
        settings = read_settings()
        if narration:
            bring_recording(studio_of(settings), checked_key(key), narration)
        make_video(settings, checked_key(key), first, last)


@app.command()
def demo() -> None:
    """Make the sample short from the posts that ship with the project."""
    settings = read_settings()
    with plain_errors():
        if not is_placed(studio_of(settings), DEMO_KEY):
            order = checked_finance_order("samples", {"posts": settings.data / DEMO_POSTS})
            check_with(order, _today(), settings)
            place(studio_of(settings), DEMO_KEY, order, _today())
        make_video(settings, DEMO_KEY, None, None)


@app.command()
def status() -> None:
    """All videos of the studio, and how far each is."""
    settings = read_settings()
    with plain_errors(), runs.open_instance(settings) as instance:
        table = Table("video", "made", "due next", "length")
        for key in runs.video_keys(instance):
            try:
                table.add_row(key, *_state(settings, instance, key))
            except VidfactoryError as error:
                table.add_row(key, "?", escaped(str(error)), "")
        out.print(table if table.row_count else "No videos yet. Order one: vidfactory new finance")


@app.command()
def show(key: Key) -> None:
    """A video's script, and its artifacts with time and cost."""
    settings = read_settings()
    with plain_errors(), runs.open_instance(settings) as instance:
        store = shelf(studio_of(settings), checked_key(key))
        if store.exists(key, "screenplay"):
            out.print(Markdown(as_markdown(_loaded(store, key, "screenplay", Screenplay))))
        stone = tombstone(store.studio, key)
        if stone is not None:
            _show_stone(stone)
            return
        name = _known(instance, key)
        table = Table("asset", "made", "seconds", "bytes", "cost")
        for asset in runs.assets_of(name):
            facts = runs.last_made(instance, name, asset)
            if facts is None:
                table.add_row(asset, "not yet")
            else:
                table.add_row(asset, facts.when, f"{facts.seconds:.1f}", f"{facts.size:,}", f"${facts.cost_usd:.2f}")
        out.print(table)


@app.command("open")
def open_video(key: Key) -> None:
    """Play the finished video with the program that the machine uses for MP4 files."""
    settings = read_settings()
    with plain_errors():
        film = _film(shelf(studio_of(settings), checked_key(key)), key)
        out.print(str(film))
        if typer.launch(str(film)) != 0:
            raise VidfactoryError("no program here plays it", where=key, remedy=f"Open {film} yourself")


@app.command()
def doctor(
    live: Annotated[bool, typer.Option("--live", help="Also make the cheapest real call of each service")] = False,
) -> None:
    """What each part of the studio would use on this machine, what it costs, and what is missing."""
    with plain_errors():
        settings = read_settings()
        findings = examine(settings)
        _show_findings(findings)
        calls = probe(settings) if live else []
        for call in calls:
            sign = "[green]✓[/]" if call.good else "[red]✗[/]"
            out.print(f"{sign} {call.part:<12} {call.seconds:5.1f} s  {escaped(f'{call.uses}: {call.said}')}")
    if not all(finding.good for finding in findings) or not all(call.good for call in calls):
        raise typer.Exit(2)


def _show_findings(findings: list[Finding]) -> None:
    """One table, or two where one would cut the names of models and keys."""
    wide = out.width >= WIDE
    table = Table("part", *(Column(name, overflow="fold") for name in ("uses", "state")))
    prices = table if wide else Table("part", Column("uses", overflow="fold"))
    for name in ("price", "limits"):
        prices.add_column(name)
    for finding in findings:
        first, rest = (finding.part, escaped(finding.uses)), (finding.price, finding.limits)
        table.add_row(*first, _health(finding), *(rest if wide else ()))
        if not wide and finding.limits:
            prices.add_row(*first, *rest)
    out.print(table)
    if not wide and prices.row_count:
        out.print(prices)


def _health(finding: Finding) -> str:
    if not finding.good:
        return f"[red]{escaped(finding.remedy)}[/]"
    return f"{'[green]ok[/]' if finding.is_ready else '[yellow]not ready:[/]'} {escaped(finding.note)}".strip()


@app.command()
def browser() -> None:
    """Find a Chromium, or install one: Playwright's, else Debian's."""
    with plain_errors():
        out.print(f"Chromium: {install_chromium(read_settings().chromium)}")


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on 127.0.0.1")] = 3000) -> None:
    """Open Dagster: the graph, the videos, the launchpad. Ends with Ctrl-C."""
    settings = read_settings()
    with plain_errors(), runs.open_instance(settings):
        pass
    out.print(f"Dagster on http://127.0.0.1:{port}, state in {settings.dagster_home}")
    workspace = str(settings.project / "workspace.yaml")
    command = [sys.executable, "-m", "dagster", "dev", "-w", workspace, "-h", "127.0.0.1", "-p", str(port)]
    os.execv(command[0], command)  # noqa: S606  # this very interpreter, no shell


@app.command()
def screen(port: Annotated[int, typer.Option(help="Port on 127.0.0.1", min=1, max=65535)] = 3001) -> None:
    """Open the screening room: look at videos and decide what is published. Ends with Ctrl-C."""
    from vidfactory.screening.app import open_door, serve  # noqa: PLC0415  -- no other command needs a web server

    settings = read_settings()
    with plain_errors(), runs.open_instance(settings) as instance:
        door = open_door(port)
        out.print(f"The screening room on http://127.0.0.1:{port}")
        serve(settings, instance, door)


def _film(store: ArtifactStore, key: str) -> Path:
    """The film; the one of the package, which is the same and signed, where the clean-up has taken the other."""
    if store.exists(key, "video") or not store.exists(key, "package"):
        return _loaded(store, key, "video", Video).file.path
    return _loaded(store, key, "package", Package).video.path


def _show_stone(stone: Tombstone) -> None:
    """What is known of a video that was retired."""
    facts = {
        "title": stone.title,
        "channel": stone.channel or "none",
        "worked on": f"{stone.worked_on:%Y-%m-%d}, retired {stone.retired:%Y-%m-%d}",
        "cost": f"${stone.cost_usd:.2f}",
        "kept in": stone.archive,
        **{each.publisher: each.address for each in stone.appearances},
    }
    for name, text in facts.items():
        out.print(f"{name:<12}{escaped(text)}", soft_wrap=True)
    out.print(f"Bring it back: vidfactory restore {stone.video}")


def make_video(settings: Settings, key: str, first: str | None, last: str | None) -> None:
    """Run what is due (or what was asked for), showing each asset as it is made, then where things are.

    After each run it is asked again what is due, because an input that came out new makes its
    dependants due; one that came out the same does not.
    """
    with runs.open_instance(settings) as instance:
        runs.ensure_video(settings, instance, key)
        wanted = runs.selection(key, first, last)
        todo = wanted if first else _todo(settings, instance, key, wanted)
        makings = []
        while todo:
            makings.append(run_with_progress(instance, key, todo))
            if not makings[-1].success:
                _report_failure(key, makings[-1])
            waiting = {step.asset for making in makings for step in making.steps if step.state == "waiting"}
            todo = [asset for asset in _todo(settings, instance, key, wanted) if asset not in waiting]
        _report(settings, key, makings)


def _todo(settings: Settings, instance: runs.Instance, key: str, wanted: list[str]) -> list[str]:
    """Those of the wanted assets that are due and need not wait for others, or for a person."""
    now = runs.ready(key, [asset for asset in runs.due(settings, instance, key) if asset in wanted])
    if now == [runs.PUBLICATION] and runs.held_back(settings, key):
        return []
    return now


def _report_failure(key: str, making: runs.Making) -> None:
    failed = [step for step in making.steps if step.state == "failed"]
    for step in failed:
        err.print(f"[bold red]Error:[/] {escaped(f'{key}, {step.asset}: {step.note}')}", soft_wrap=True)
    err.print(f"What was made is kept. Go on with: vidfactory make {key}", soft_wrap=True)
    if making.interrupted:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(2 if failed and all(step.mendable for step in failed) else 1)


def _report(settings: Settings, key: str, makings: list[runs.Making]) -> None:
    store = ArtifactStore(studio_of(settings))
    steps = [step for making in makings for step in making.steps]
    if not steps:
        out.print(f"{key} is up to date.")
    else:
        seconds, cost = sum(making.seconds for making in makings), sum(step.cost_usd for step in steps)
        out.print(f"{key}: {len(steps)} steps in {seconds:.1f} s for ${cost:.2f}")
    if store.exists(key, "poster"):
        film, stills = _loaded(store, key, "video", Video), _loaded(store, key, "poster", Poster)
        for name, media in (
            ("video", film.file),
            ("poster", stills.poster),
            ("contact sheet", stills.contact_sheet),
        ):
            out.print(f"{name + ':':<15}{media.path}", soft_wrap=True)
    if why := next((step.note for step in steps if step.state == "waiting"), runs.held_back(settings, key)):
        out.print(f"{'not published:':<15}{escaped(why)}", soft_wrap=True)
    elif store.exists(key, runs.PUBLICATION):
        for seen in _loaded(store, key, runs.PUBLICATION, Publication).appearances:
            out.print(f"{seen.publisher + ':':<15}{escaped(seen.address)}", soft_wrap=True)


def _state(settings: Settings, instance: runs.Instance, key: str) -> tuple[str, str, str]:
    """How many assets are made, which is due next, and the film's length."""
    assets, due = runs.assets_of(key), runs.due(settings, instance, key)
    length = runs.last_metadata(instance, key, "video").get("duration_s")
    made = f"{len(assets) - len(due)}/{len(assets)}"
    waits = due == [runs.PUBLICATION] and runs.held_back(settings, key)
    next_one = "a person's decision" if waits else (due[0] if due else "nothing")
    return made, next_one, f"{length.value:.1f} s" if length else ""


def _by_port(wishes: list[str]) -> dict[str, list[str]]:
    """`["narrator=piper", "trends=x,rss"]` as providers by port; BadInput for a wish of another shape."""
    parted = [wish.partition("=") for wish in wishes]
    for port, _, names in parted:
        if not port or not names:
            raise BadInput(
                "a provider is chosen as PORT=NAME", where=f"--provider {port}", remedy="Like narrator=piper"
            )
    return {port: names.split(",") for port, _, names in parted}


def _known(instance: runs.Instance, key: str) -> str:
    if checked_key(key) not in runs.video_keys(instance):
        raise BadInput("there is no such video", where=key, remedy="See them with: vidfactory status")
    return key


def _loaded(store: ArtifactStore, key: str, asset: str, kind: type[Kind]) -> Kind:
    artifact = store.load(key, asset)
    assert isinstance(artifact, kind)
    return artifact


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()


if __name__ == "__main__":
    app()
