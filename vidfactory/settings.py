"""What can be set from outside. Read by `build_defs` and the command line, nowhere else."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from vidfactory.errors import BadInput

MAX_RENDER_WORKERS = 8


def _project_root() -> Path:
    """The checkout that this package runs from, else the current folder."""
    checkout = Path(__file__).resolve().parent.parent
    return checkout if (checkout / "dagster.yaml").exists() else Path.cwd()


class Settings(BaseSettings):
    """Environment variables `VIDFACTORY_<NAME>`, or the same in a file `.env`."""

    model_config = SettingsConfigDict(env_prefix="VIDFACTORY_", env_file=".env", frozen=True, extra="ignore")

    project: Path = Field(default_factory=_project_root)
    profile: Literal["offline"] = "offline"
    """Which providers serve. More profiles come with the services."""
    studio: str = ""
    """Where artifacts are kept: a folder or an fsspec address. Empty: `data/studio` in the project."""
    local: Path | None = None
    """A folder of this machine for orders, scratch files and Dagster's state. Empty: `data/studio`."""
    inbox: Path | None = None
    """Where orders are dropped as YAML files. Empty: `data/inbox`."""
    chromium: Path | None = None
    """The browser that draws the cards. Empty: the first one found."""
    workers: int = Field(default_factory=lambda: max(2, os.cpu_count() or 2), ge=1)
    """How many assets of one video are made side by side."""

    render_workers: int = Field(default_factory=lambda: min(MAX_RENDER_WORKERS, os.cpu_count() or 2), ge=1)
    """How many processes render one film. Each takes about 150 MB, and keeps one core busy."""
    render_cache_gb: float = Field(5.0, ge=0)
    """How much disk finished segments may take before those used longest ago go."""

    @property
    def data(self) -> Path:
        return self.project / "data"

    @property
    def local_folder(self) -> Path:
        return (self.local or self.data / "studio").resolve()

    @property
    def studio_address(self) -> str:
        """Absolute, so that it means the same from every folder."""
        if "://" in self.studio:
            return self.studio
        return str(Path(self.studio or self.data / "studio").resolve())

    @property
    def inbox_folder(self) -> Path:
        return (self.inbox or self.data / "inbox").resolve()

    @property
    def dagster_home(self) -> Path:
        return self.local_folder / "dagster"


def read_settings() -> Settings:
    """The settings of this environment; BadInput naming the variable that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"VIDFACTORY_{first['loc'][0]}".upper()
        raise BadInput(f"{first['msg']}, not {first['input']!r}", where=name, remedy="Change or unset it") from error
