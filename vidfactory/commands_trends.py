"""The command about trends: what a channel would order a video about now, and why not about the rest."""

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Annotated

import typer
from rich.table import Column, Table

from vidfactory.definitions import crew_of, studio_of
from vidfactory.errors import BadInput
from vidfactory.scouting import DAY_S, Pace, Scouted, paces, scout
from vidfactory.settings import Settings, read_settings
from vidfactory.terminal import escaped, out, plain_errors
from vidfactory.trending import Topic

TEXT_SHOWN = 90
MOST_SHOWN = 30
"""Topics that are shown; those with the highest scores come first."""


def trends(
    channel: Annotated[str, typer.Argument(help="A channel of channels/, for example market-minute")],
    order: Annotated[bool, typer.Option("--order", help="Order what is to be ordered, as its sensor does")] = False,
) -> None:
    """Ask a channel's sources, and show the topics that it would order videos about."""
    with plain_errors():
        settings = read_settings()
        _check(settings, channel)
        _show_sources(paces(settings, channel))
        now = dt.datetime.now(tz=dt.UTC)
        found = asyncio.run(scout(crew_of(settings), studio_of(settings), channel, now, ordering=order))
        _show(found, ordering=order)
        if found.broken:
            raise ExceptionGroup("there are mistakes in the program", list(found.broken))


def _check(settings: Settings, channel: str) -> None:
    if channel not in settings.channels:
        refused = [f"{path} is refused: {reason}" for path, reason in settings.refused_channels.items()]
        known = ", ".join(settings.channels) or "none"
        raise BadInput(
            f"there is no channel {channel!r}",
            where="channel",
            remedy="; ".join([f"There are: {known}", *refused]),
        )
    if not paces(settings, channel):
        raise BadInput("it names no sources", where=channel, remedy=f"Name some in channels/{channel}.yaml")


def _show_sources(asked: tuple[Pace, ...]) -> None:
    table = Table(
        "source", "served by", "asked", Column("an answer", justify="right"), Column("a day", justify="right")
    )
    for pace in asked:
        price = "unknown" if pace.usd is None else _dollars(pace.usd)
        day = "unknown" if pace.usd is None else _dollars(pace.usd * pace.polls)
        table.add_row(escaped(str(pace.source)), pace.provider, _often(pace.every_s), price, day)
    out.print(table)


def _show(found: Scouted, *, ordering: bool) -> None:
    for trouble in found.troubles:
        out.print(f"[yellow]{escaped(trouble)}[/]", soft_wrap=True)
    for key, reason in found.refused.items():
        out.print(f"[yellow]{key} is not ordered: {escaped(reason)}[/]", soft_wrap=True)
    if found.outlook is not None:
        _show_topics(found)
        for reason, count in found.outlook.useless.items():
            out.print(f"Posts that were left out because {reason}: {count}")
    if found.closed:
        out.print(f"Nothing is ordered now: {escaped(found.closed)}.", soft_wrap=True)
    for key in found.placed:
        out.print(f"Ordered [bold]{key}[/]")
    if found.placed:
        out.print("Dagster starts them where it runs (make ui); or: vidfactory make KEY")
    elif found.outlook and found.outlook.picks and not ordering:
        out.print("Order them with --order; the channel's sensor does it by itself once it is started.")


def _show_topics(found: Scouted) -> None:
    assert found.outlook is not None
    rows = [(pick.topic, "") for pick in found.outlook.picks] + list(found.outlook.left)
    if not rows:
        out.print("There are no topics.")
        return
    table = Table(Column("score", justify="right"), Column("an hour", justify="right"), "growth", "topic", "order")
    for topic, reason in sorted(rows, key=lambda row: -row[0].score)[:MOST_SHOWN]:
        verdict = escaped(reason) if reason else "[green]yes[/]"
        table.add_row(f"{topic.score:.2f}", f"{topic.speed:,.0f}", _growth(topic), escaped(_words(topic)), verdict)
    out.print(table)
    if len(rows) > MOST_SHOWN:
        out.print(f"and {len(rows) - MOST_SHOWN} more")


def _words(topic: Topic) -> str:
    text = " ".join(topic.text.split())
    short = text if len(text) <= TEXT_SHOWN else text[:TEXT_SHOWN].rsplit(" ", 1)[0] + "…"
    return f"{short} ({len(topic.posts)} posts)" if len(topic.posts) > 1 else short


def _growth(topic: Topic) -> str:
    return f"x{2**topic.growth:.1f}" if topic.growth else ""


def _often(every_s: int) -> str:
    if not every_s:
        return "never"
    if every_s == DAY_S:
        return "once a day"
    return f"every {every_s // 60} min" if every_s < 7200 else f"every {every_s // 3600} h"


def _dollars(usd: Decimal) -> str:
    return f"${usd:.2f}" if usd else "free"
