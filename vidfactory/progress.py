"""A run as somebody at a terminal sees it: a line for each asset that ends, and a bar of those under way.

Belongs here: what is printed while a run goes on. Does not belong here: what a run does (`runs`).
"""

from collections.abc import Collection, Mapping

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from vidfactory import runs
from vidfactory.terminal import escaped, out


def run_with_progress(
    instance: runs.Instance, key: str, assets: Collection[str], tags: Mapping[str, str] | None = None
) -> runs.Making:
    """One run with a line for each asset that ends and a bar of those under way."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out, transient=True) as progress:
        bar = progress.add_task(key, total=len(assets))
        working: dict[str, str] = {}

        def watch(step: runs.Step) -> None:
            if step.state in ("started", "working"):
                working[step.asset] = step.note
            else:
                working.pop(step.asset, None)
                # What failed is told in full when the run has ended.
                progress.console.print(step_line(step), no_wrap=True, overflow="ellipsis")
                progress.advance(bar, step.asset in assets)
            under_way = ", ".join(f"{name} ({note})" if note else name for name, note in working.items())
            progress.update(bar, description=under_way or key)

        return runs.run(instance, key, assets, watch, tags)


def step_line(step: runs.Step) -> str:
    """What became of an asset, in one line."""
    signs = {"made": "[green]✓[/]", "failed": "[red]✗[/]", "interrupted": "[yellow]✗[/]"}
    sign = signs.get(step.state, "[yellow]-[/]")
    cost = f"${step.cost_usd:.2f}" if step.state == "made" else ""  # only what was made says what it has cost
    return f"{sign} {step.asset:<24} {step.seconds:6.1f} s  {cost:<5}  {escaped(step.note)}".rstrip()
