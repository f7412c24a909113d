"""`vidfactory channels ...`: what channels there are, and whether a file is one.

Belongs here: what is shown and asked. Does not belong here: what a channel is, and how its file is read (`channels`).
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from vidfactory.channels import read_channel
from vidfactory.schema.channel import Channel, Hours
from vidfactory.schema.crew import Wishes
from vidfactory.settings import Settings, read_settings
from vidfactory.terminal import err, escaped, out, plain_errors

app = typer.Typer(help="The channels: list them, or check a file.", invoke_without_command=True)


@app.callback()
def list_channels(context: typer.Context) -> None:
    """Show all channels and how they stand now; exit code 2 where a file is refused."""
    if context.invoked_subcommand:
        return
    with plain_errors():
        settings = read_settings()
    if settings.channels:
        out.print(_table(settings, dt.datetime.now(tz=dt.UTC)))
    elif not settings.refused_channels:
        out.print(f"No channels yet. Add one: {settings.channels_folder / 'ID.yaml'}", soft_wrap=True)
    for why in settings.refused_channels.values():
        err.print(f"[bold red]Refused:[/] {escaped(why)}", soft_wrap=True)
    if settings.refused_channels:
        raise typer.Exit(2)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A channel's file, for example channels/market-minute.yaml")],
) -> None:
    """Say what channel a file is; exit code 2 with line and reason where it is none."""
    with plain_errors():
        settings = read_settings()
        channel = read_channel(file, settings.kinds_of_services)
    alone = settings.model_copy(update={"channels": {file.stem: channel}})
    out.print(_table(alone, dt.datetime.now(tz=dt.UTC)))
    if file.resolve().parent != settings.channels_folder:
        out.print(f"It is a channel once it lies in {settings.channels_folder}", soft_wrap=True)


def _table(settings: Settings, now: dt.datetime) -> Table:
    """One row a channel: whether it works now, what it makes, how much and when, what it may spend, who lets it out."""
    table = Table(Column("channel", overflow="fold"), "makes", "works", "spends and shows")
    for name, channel in settings.channels.items():
        parts = (_named(name, channel, now), _film(channel), _works(channel), _spends(settings, Wishes(channel=name)))
        table.add_row(*("\n".join(part) for part in parts))
        table.add_section()
    return table


def _named(name: str, channel: Channel, now: dt.datetime) -> Iterator[str]:
    yield f"[bold]{name}[/]"
    if channel.name:
        yield escaped(channel.name)
    if not channel.videos_per_day:
        yield "[yellow]paused[/]"
    else:
        yield "[green]open now[/]" if channel.hours.holds(now) else "[yellow]closed now[/]"


def _film(channel: Channel) -> Iterator[str]:
    yield f"{channel.format}, {channel.seconds} s"
    yield f"{channel.aspect}, {channel.quality}"
    yield f"look {channel.theme or channel.format}"
    if channel.voice:
        yield f"voice {channel.voice}"


def _works(channel: Channel) -> Iterator[str]:
    hours, sources = channel.hours, channel.sources
    yield f"{_counted(channel.videos_per_day, 'video')} a day"
    yield "at any hour" if hours.begin == hours.end else f"{hours.begin:%H:%M} to {_end(hours)}"
    yield hours.zone
    about = {"query": sources.queries, "account": sources.accounts, "feed": sources.feeds, "symbol": sources.symbols}
    found = [_counted(len(names), kind) for kind, names in about.items() if names]
    yield f"from {', '.join(found)}" if found else "what is ordered"


def _spends(settings: Settings, wishes: Wishes) -> Iterator[str]:
    video, day = settings.budget_of(wishes), settings.day_budget_of(wishes)
    if video == 0 or day == 0:
        yield "[yellow]nothing: it makes only what is free[/]"
    else:
        yield f"${video:.2f} a video"
        yield f"${day:.2f} a day" if day is not None else "no limit a day"
    yield f"review: {settings.review_of(wishes)}"
    yield escaped(f"to {', '.join(settings.chain('publisher', wishes))}")


def _counted(count: int, kind: str) -> str:
    return f"{count} {kind if count == 1 else kind.replace('query', 'querie') + 's'}"


def _end(hours: Hours) -> str:
    return f"{hours.end:%H:%M}" if hours.end != dt.time(0) else "24:00"
