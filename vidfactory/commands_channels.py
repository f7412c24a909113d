"""`vidfactory channels ...`: what channels there are, and whether a file is one.

Belongs here: what is shown and asked. Does not belong here: what a channel is, and how its file is read (`channels`).
"""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from vidfactory.channels import read_channel
from vidfactory.schema.channel import Channel, Hours, Sources
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
    """One row a channel: what it makes, when, how much of it, what may be spent, and who lets it out."""
    columns = ("makes", "about", "works", "a day", "may spend", "review and publisher")
    table = Table(Column("channel", overflow="fold"), *columns)
    for name, channel in settings.channels.items():
        wishes = Wishes(channel=name)
        released = f"{settings.review_of(wishes)}\n{', '.join(settings.chain('publisher', wishes))}"
        table.add_row(
            escaped(f"{name}\n{channel.name}".strip()),
            escaped(_film(channel)),
            _sources(channel.sources),
            _hours(channel.hours, now),
            _videos(channel.videos_per_day),
            _budget(settings, wishes),
            escaped(released),
        )
        table.add_section()
    return table


def _film(channel: Channel) -> str:
    look = channel.theme or channel.format
    voice = f"\nvoice {channel.voice}" if channel.voice else ""
    return f"{channel.format}, look {look}\n{channel.aspect}, {channel.seconds} s, {channel.quality}{voice}"


def _sources(sources: Sources) -> str:
    counts = {
        "queries": len(sources.queries),
        "accounts": len(sources.accounts),
        "feeds": len(sources.feeds),
        "symbols": len(sources.symbols),
    }
    named = [f"{count} {name}" for name, count in counts.items() if count]
    return "\n".join(named) or "what is ordered"


def _hours(hours: Hours, now: dt.datetime) -> str:
    when = "all day" if hours.begin == hours.end else f"{hours.begin:%H:%M}-{hours.end:%H:%M}"
    state = "[green]open now[/]" if hours.holds(now) else "[yellow]closed now[/]"
    return f"{when}\n{hours.zone}\n{state}"


def _videos(count: int) -> str:
    return f"{count} video{'' if count == 1 else 's'}" if count else "[yellow]paused[/]"


def _budget(settings: Settings, wishes: Wishes) -> str:
    video, day = settings.budget_of(wishes), settings.day_budget_of(wishes)
    if video == 0 or day == 0:
        return "[yellow]nothing: makes only\nwhat is free[/]"
    return f"${video} a video\n" + (f"${day} a day" if day is not None else "no limit a day")
