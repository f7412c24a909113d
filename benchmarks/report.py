"""Figures with their bars, as a table in the terminal and as BENCHMARKS.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """Something measured, the bar that it had to reach, and whether it did; without a bar it only informs."""

    what: str
    measured: str
    bar: str = ""
    passed: bool | None = None

    @property
    def verdict(self) -> str:
        return {None: "", True: "pass", False: "FAIL"}[self.passed]


def at_least(what: str, value: float, bar: float, form: str = "{:.2f}") -> Figure:
    return Figure(what, form.format(value), f"at least {form.format(bar)}", value >= bar)


def at_most(what: str, value: float, bar: float, form: str = "{:.2f}") -> Figure:
    return Figure(what, form.format(value), f"at most {form.format(bar)}", value <= bar)


@dataclass(frozen=True)
class Clocked:
    """All runs of one contestant in seconds, and how many frames its film has."""

    who: str
    frames: int
    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.runs)


@dataclass(frozen=True)
class Stretch:
    """One film of `minutes`, rendered once: seconds, and the most memory of all processes in bytes."""

    minutes: float
    seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Section:
    """A table of its own, with a text before it and a picture in letters behind it, which may be empty."""

    title: str
    heads: Sequence[str]
    rows: list[Sequence[str]]
    text: str
    picture: str


@dataclass(frozen=True)
class Report:
    """All that a benchmark found; `about` says on what and how, one line each."""

    about: tuple[str, ...]
    figures: tuple[Figure, ...]
    clocked: tuple[Clocked, ...]
    stretches: tuple[Stretch, ...]
    notes: tuple[str, ...]
    sections: tuple[Section, ...] = ()

    @property
    def passed(self) -> bool:
        return all(figure.passed is not False for figure in self.figures)


Rows = tuple[str, Sequence[str], list[Sequence[str]]]
"""A table: its title, its heads and its rows."""


def tables(report: Report) -> list[Rows]:
    found: list[Rows] = [
        (
            "Figures",
            ("what", "measured", "bar", ""),
            [(figure.what, figure.measured, figure.bar, figure.verdict) for figure in report.figures],
        ),
    ]
    if report.clocked:
        heads: Sequence[str] = ("who", "median, s", "fastest to slowest, s", "frames a second")
        found.append(("Wall times", heads, [_clocked_row(clocked) for clocked in report.clocked]))
    if report.stretches:
        heads = ("film, min", "time, s", "time for a minute of film, s", "peak memory, MiB")
        found.append(("By length, the whole film with sound, one run each", heads, [*map(_row, report.stretches)]))
    found += [(section.title, section.heads, section.rows) for section in report.sections]
    return found


def terminal(report: Report) -> list[Table]:
    shown = []
    for title, heads, rows in tables(report):
        table = Table(*heads, title=title)
        for row in rows:
            table.add_row(*row)
        shown.append(table)
    return shown


def markdown(report: Report) -> str:
    parts = ["# Benchmarks", "Written by `make bench`. Figures of one run on one machine."]
    parts.append("\n".join(f"- {line}" for line in report.about))
    beside = {section.title: section for section in report.sections}
    for title, heads, rows in tables(report):
        parts.append(f"## {title}")
        section = beside.get(title)
        parts += [section.text] if section else []
        parts.append(_markdown_table(heads, rows))
        parts += [f"```\n{section.picture}\n```"] if section and section.picture else []
    parts.append("## How it is measured")
    parts.append("\n".join(f"- {note}" for note in report.notes))
    return "\n\n".join(parts) + "\n"


def _clocked_row(clocked: Clocked) -> Sequence[str]:
    spread = f"{min(clocked.runs):.1f} to {max(clocked.runs):.1f}"
    return clocked.who, f"{clocked.median:.1f}", spread, f"{clocked.frames / clocked.median:.0f}"


def _row(stretch: Stretch) -> Sequence[str]:
    return (
        f"{stretch.minutes:g}",
        f"{stretch.seconds:.1f}",
        f"{stretch.seconds / stretch.minutes:.1f}",
        f"{stretch.peak_bytes / 2**20:.0f}",
    )


def _markdown_table(heads: Sequence[str], rows: list[Sequence[str]]) -> str:
    return "\n".join(map(_markdown_row, [heads, ["---"] * len(heads), *rows]))


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
