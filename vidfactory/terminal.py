"""What all commands share: where they print, and how they fail."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from vidfactory.errors import VidfactoryError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def plain_errors() -> Iterator[None]:
    """One clear message and exit code 2 for what the person can mend."""
    try:
        yield
    except VidfactoryError as error:
        err.print(f"[bold red]Error:[/] {escaped(str(error))}", soft_wrap=True)
        raise typer.Exit(2) from error


def escaped(text: str) -> str:
    """`text` as it is, whatever rich would take for its own marks."""
    return text.replace("[", r"\[")
