"""Commands of orders over HTTP: the server, and the tokens of those who order.

Belongs here: asking and showing. Does not belong here: what is served (`ordering`).
"""

import datetime as dt
from typing import Annotated

import typer
from rich.table import Table

from vidfactory import runs
from vidfactory.definitions import studio_of
from vidfactory.errors import BadInput
from vidfactory.ordering.tokens import SCOPES, Tokens
from vidfactory.settings import read_settings
from vidfactory.terminal import escaped, out, plain_errors

tokens = typer.Typer(help="Who may order over HTTP.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="What it is called, like the customer", metavar="NAME")]


def serve(
    port: Annotated[int, typer.Option(help="Where it listens", min=1, max=65535)] = 3002,
    host: Annotated[str, typer.Option(help="Who reaches it: 127.0.0.1 this machine, 0.0.0.0 everybody")] = "127.0.0.1",
) -> None:
    """Take orders over HTTP. Ends with Ctrl-C. Videos are made while Dagster runs (vidfactory ui)."""
    from vidfactory.ordering.server import open_door, serve  # noqa: PLC0415  -- no other command needs a web server

    settings = read_settings()
    with plain_errors(), runs.open_instance(settings) as instance:
        door = open_door(settings, host, port)
        out.print(f"Orders on http://{host}:{port}/v1, described at http://{host}:{port}/openapi.json")
        if not Tokens(studio_of(settings)).known():
            out.print("Every request needs a token. Make one: vidfactory tokens new NAME")
        serve(settings, instance, door)


@tokens.command()
def new(
    name: Name,
    channel: Annotated[list[str] | None, typer.Option(help="Only for this channel; may be given again")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="May ask, and not order")] = False,
    per_minute: Annotated[int, typer.Option(help="Requests in a minute", min=1)] = 120,
) -> None:
    """Make a token and show it, this once: the studio keeps only its hash."""
    with plain_errors():
        settings = read_settings()
        channels = tuple(channel or ())
        if unknown := [each for each in channels if each not in settings.channels]:
            known = ", ".join(settings.channels) or "none"
            raise BadInput(f"there is no channel {unknown[0]!r}", where="--channel", remedy=f"There are: {known}")
        made = Tokens(studio_of(settings)).make(
            name,
            dt.datetime.now(tz=dt.UTC),
            scopes=("read",) if read_only else SCOPES,
            channels=channels,
            per_minute=per_minute,
        )
        typer.echo(made)
        typer.echo("Keep it now: it cannot be shown again.", err=True)


@tokens.command("list")
def list_tokens() -> None:
    """The tokens that there are, and what each may do."""
    with plain_errors():
        table = Table("name", "may", "channels", "a minute", "made")
        for name, each in Tokens(studio_of(read_settings())).known().items():
            channels = ", ".join(each.channels) or "all"
            made = f"{each.at.astimezone():%Y-%m-%d %H:%M}"
            table.add_row(name, ", ".join(each.scopes), escaped(channels), str(each.per_minute), made)
        out.print(table if table.row_count else "There is no token. Make one: vidfactory tokens new NAME")


@tokens.command()
def revoke(name: Name) -> None:
    """Take a token back; servers know it within seconds."""
    with plain_errors():
        Tokens(studio_of(read_settings())).revoke(name)
        out.print(f"{name} may come in no more.")
