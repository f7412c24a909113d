"""`vidfactory voices ...`: the voices that can speak, and those of Piper on this machine.

Belongs here: what is shown and asked. Does not belong here: what voices are (`providers/voices`,
`providers/piper_voices`).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from vidfactory.providers.piper_voices import fetch_voice, home, installed_voices, known_voices
from vidfactory.providers.voices import profiles
from vidfactory.settings import Service, Settings, read_settings
from vidfactory.terminal import out, plain_errors

PIPER = "piper"


app = typer.Typer(help="The voices of the narrators.", no_args_is_help=True)


@app.command("list")
def list_voices() -> None:
    """Show the voice profiles, and Piper's voices with those that are here."""
    with plain_errors():
        settings = read_settings()
        out.print(_profiles(), _piper(voices_folder(settings)))


@app.command("get")
def get_voice(
    name: Annotated[str, typer.Argument(help="The voice, for example en_US-lessac-medium", metavar="NAME")],
) -> None:
    """Download a voice of Piper, which then speaks without a key, a network or a price."""
    with plain_errors():
        settings = read_settings()
        address = _service(settings).address.rstrip("/") or home()
        with _progress() as show:
            path = fetch_voice(name, voices_folder(settings), address, _shown_on(show))
    out.print(f'[bold]{name}[/] is here ({path})\nUse it: providers.narrator = "{PIPER}/{name}" in vidfactory.toml')


def voices_folder(settings: Settings) -> Path:
    """Where Piper's voices lie on this machine: `services.piper.options.voices`, else the provider's own folder."""
    own = _service(settings).options.get("voices")
    return Path(str(own)) if own else settings.local_folder / PIPER


def _service(settings: Settings) -> Service:
    return settings.services.get(PIPER, Service())


def _profiles() -> Table:
    table = Table("Profile", "Speaks like", "Pace", title="Voice profiles", title_justify="left")
    for name, profile in profiles().items():
        table.add_row(name, profile.says, f"{profile.rate:g}")
    return table


def _piper(folder: Path) -> Table:
    here = installed_voices(folder)
    table = Table("Voice", "Language", "MB", "Here", title=f"Piper's voices, in {folder}", title_justify="left")
    for name, row in known_voices().items():
        table.add_row(name, row.language, str(row.megabytes), "yes" if name in here else "")
    for name in here:
        if name not in known_voices():
            table.add_row(name, "", "", "yes")
    return table


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=out)


def _shown_on(show: Progress) -> Callable[[str, int, int], None]:
    bars: dict[str, TaskID] = {}

    def told(file: str, here: int, size: int) -> None:
        if file not in bars:
            bars[file] = show.add_task(file, total=size)
        show.update(bars[file], completed=here)

    return told
