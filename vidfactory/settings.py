"""What can be set from outside. Read by `build_defs` and the command line, nowhere else."""

import getpass
import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from vidfactory.channels import read_channels
from vidfactory.errors import BadInput
from vidfactory.schema.brief import Decisions, FinanceOrder
from vidfactory.schema.channel import Channel, Retention
from vidfactory.schema.crew import Chain, Port, Wishes
from vidfactory.schema.release import Review

MAX_RENDER_WORKERS = 8
ALL_BRANCHES = 8
"""So many assets are never due at once: those that wait for services keep no core, and must not keep a place."""
DEFAULTS = Path(__file__).with_name("studio.toml")


def _project_root() -> Path:
    """The checkout that this package runs from, else the current folder."""
    checkout = Path(__file__).resolve().parent.parent
    return checkout if (checkout / "dagster.yaml").exists() else Path.cwd()


def _user() -> str:
    """Who is logged in on this machine; empty where the system has no name for that."""
    try:
        return getpass.getuser()
    except (KeyError, ImportError):  # a user by number alone, as in containers; Windows without USERNAME
        return ""


TOML_FILES = (DEFAULTS, _project_root() / "vidfactory.toml", Path("vidfactory.toml"))
ENV_FILES = (_project_root() / ".env", Path(".env"))


class Service(BaseModel):
    """A service as it is used here; `services.NAME` in `vidfactory.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    like: str = ""
    """The service whose provider speaks to it, where that is not its own name: "openai" for Ollama."""
    address: str = ""
    """Where it answers. Empty: where its own SDK expects it."""
    key_name: str = ""
    """The environment variable that holds its key; empty where it takes none."""
    key: SecretStr | None = None
    models: Mapping[str, str] = {}
    """The model for each port that it serves."""
    options: Mapping[str, str | int | float | bool] = {}
    """What only this service knows, such as a region."""
    prices: Mapping[str, Annotated[Decimal, Field(ge=0)]] = {}
    """US dollars for a unit, where it is not what the tariff says."""
    concurrency: int = Field(4, ge=1)
    """How many calls may be under way at once."""
    per_minute: int = Field(60, ge=1)
    """How many calls may begin in a minute."""
    timeout_s: float = Field(120, gt=0)
    """How long one call may take."""
    idempotent: bool = False
    """Whether it promises to charge once for a request that it is sent twice with the same idempotency key."""


class Credentials(BaseModel):
    """Whose name films are signed with: two PEM files, which go together. Without them the studio signs itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    certificate: Path | None = None
    """The certificate that signs, then those that vouch for it."""
    key_file: Path | None = None
    """Its private key, without a password."""

    @model_validator(mode="after")
    def _go_together(self) -> "Credentials":
        if (self.certificate is None) != (self.key_file is None):
            raise ValueError("certificate and key_file go together")
        return self


class Webhook(BaseModel):
    """Somebody who is told what happens; `webhooks.NAME` in `vidfactory.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: HttpUrl
    """Where messages are posted."""
    key_name: str = Field(min_length=1)
    """The environment variable that holds the secret which messages are signed with."""
    key: SecretStr | None = None


class Alarms(BaseModel):
    """From where on something is wrong, and who is told; `alarms` in `vidfactory.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook: str = ""
    """One of `webhooks`; empty: the checks in Dagster alone tell."""
    error_rate: float = Field(0.10, ge=0, le=1)
    """Share of the runs of a day that failed."""
    render_minutes: float = Field(30, gt=0)
    video_usd: Decimal = Field(Decimal(20), ge=0)
    budget_share: float = Field(0.9, gt=0, le=1)
    """How much of a channel's budget of the day may be used before somebody should know."""
    queued: int = Field(50, ge=1)
    """Runs that wait."""
    silent_hours: float = Field(24, gt=0)
    """How long a channel's source may bring nothing."""


class Settings(BaseSettings):
    """Environment variables `VIDFACTORY_<NAME>`, the same in a file `.env`, and `vidfactory.toml`, in that order.

    Keys of services stand in the environment, in `.env`, or in the TOML file as `services.NAME.key`.
    """

    model_config = SettingsConfigDict(
        env_prefix="VIDFACTORY_",
        env_nested_delimiter="__",
        env_file=ENV_FILES,
        toml_file=TOML_FILES,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,  # keys are among it
    )

    project: Path = Field(default_factory=_project_root)
    profile: str = "offline"
    """Which providers serve: `offline`, `local`, `cloud`, or one of your own."""
    profiles: Mapping[str, Mapping[Port, Chain]] = {}
    providers: Mapping[Port, Chain] = {}
    """What goes before the profile, by port."""
    scenarios: Mapping[str, Annotated[Decimal, Field(gt=0, le=1)]] = {}
    """The profiles that a quote compares, and the quality that is expected of each, from 0 to 1."""
    services: Mapping[str, Service] = {}
    channels: Mapping[str, Channel] = {}
    """By id; `read_settings` finds them in the folder of `channel_files`."""
    refused_channels: Mapping[str, str] = {}
    """Why a file of that folder is no channel, by its path."""
    webhooks: Mapping[str, Webhook] = {}
    alarms: Alarms = Alarms()
    channel_files: Path | None = None
    """Where channels are kept, one YAML file each. Empty: `channels` in the project."""
    voice: str = ""
    """The voice profile of videos that name none."""
    budget_usd: Decimal = Field(Decimal(5), ge=0)
    """What the services may cost for one video, in US dollars."""
    review: Review = "doubtful"
    """When a person must approve a video before it is published."""
    retention: Retention = Retention()
    """When what belongs to a finished video goes, for those of no channel."""
    reviewer: str = Field(default_factory=_user)
    """Who decides about a video where a decision names nobody. Empty: it must name somebody."""
    credentials: Credentials = Credentials()
    """Whose name films are signed with."""
    studio: str = ""
    """Where artifacts are kept: a folder or an fsspec address. Empty: `data/studio` in the project."""
    local: Path | None = None
    """A folder of this machine for orders, scratch files and Dagster's state. Empty: `data/studio`."""
    inbox: Path | None = None
    """Where orders are dropped as YAML files. Empty: `data/inbox`."""
    chromium: Path | None = None
    """The browser that draws the cards. Empty: the first one found."""
    workers: int = Field(default_factory=lambda: max(ALL_BRANCHES, os.cpu_count() or 2), ge=1)
    """How many assets of one video are made side by side."""

    executor: Literal["processes", "celery"] = "processes"
    """Who makes a run's assets: processes of the machine that the run is on, or Celery's workers on any machine."""
    limits: SecretStr = SecretStr("")
    """Where machines agree how much of a service is in use: a postgresql:// address. Empty: each machine by itself."""
    broker: SecretStr = Field(SecretStr(""), validate_default=True)
    """The Redis in which Celery's workers find what they are to do, like `redis://:password@host:6379/0`."""
    dagster_yaml: Path | None = None
    """Dagster's configuration. Empty: the project's `dagster.yaml`, or that of `deploy/` for Celery's workers."""
    render_workers: int = Field(default_factory=lambda: min(MAX_RENDER_WORKERS, os.cpu_count() or 2), ge=1)
    """How many processes render one film. Each takes about 150 MB, and keeps one core busy."""
    render_cache_gb: float = Field(5.0, ge=0)
    """How much disk finished segments may take before those used longest ago go."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not used here
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, deep_merge=True)
        return init_settings, env_settings, dotenv_settings, toml

    @model_validator(mode="before")
    @classmethod
    def _with_keys(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Give each service and webhook the key that its `key_name` has in the environment, else in `.env`."""
        known = {**{name: text for file in ENV_FILES for name, text in dotenv_values(file).items()}, **os.environ}
        given = {field: values[field] for field in ("services", "webhooks") if field in values}
        return {**values, **{field: _keyed(each, known) for field, each in given.items()}}

    @field_validator("channels", mode="before")
    @classmethod
    def _are_files(cls, channels: object) -> object:
        written = channels if isinstance(channels, Mapping) else {}
        if named := [name for name, channel in written.items() if not isinstance(channel, Channel)]:
            raise ValueError(f"a channel is a file of its own; move it to channels/{named[0]}.yaml")
        return channels

    @model_validator(mode="after")
    def _profile_is_known(self) -> "Settings":
        if self.profile not in self.profiles:
            raise ValueError(f"there is no profile {self.profile!r}; there are {', '.join(self.profiles)}")
        return self

    @model_validator(mode="after")
    def _alarms_have_a_webhook(self) -> "Settings":
        if self.alarms.webhook and self.alarms.webhook not in self.webhooks:
            known = ", ".join(self.webhooks) or "none"
            raise ValueError(f"alarms: there is no webhook {self.alarms.webhook!r}; there are: {known}")
        return self

    @model_validator(mode="after")
    def _scenarios_are_profiles(self) -> "Settings":
        if unknown := [name for name in self.scenarios if name not in self.profiles]:
            known = ", ".join(self.profiles)
            raise ValueError(f"scenarios: there is no profile {', '.join(unknown)}; there are {known}")
        return self

    @field_validator("broker")
    @classmethod
    def _is_redis(cls, broker: SecretStr, others: ValidationInfo) -> SecretStr:
        scheme = urlsplit(broker.get_secret_value()).scheme
        if scheme not in {"redis", "rediss"} and (scheme or others.data.get("executor") == "celery"):
            raise ValueError("the executor celery needs the address of a Redis, like redis://:password@host:6379/0")
        return broker

    @field_validator("limits")
    @classmethod
    def _is_postgresql(cls, limits: SecretStr) -> SecretStr:
        address = limits.get_secret_value()
        try:
            parts = urlsplit(address)
            wrong = (bool(address) and parts.scheme not in {"postgresql", "postgres"}) or (parts.port or 0) < 0
        except ValueError:  # of a port that is none
            wrong = True
        if wrong:
            raise ValueError(
                "limits is the address of a PostgreSQL database, like postgresql://user:password@host/name"
            )
        return limits

    def chain(self, port: Port, wishes: Wishes) -> tuple[str, ...]:
        """The providers of a port for one video: as the order says, else its channel, the settings, the profile."""
        for wanted in (wishes.providers, self.channel(wishes).crew, self.providers, self.profiles[self.profile]):
            if port in wanted:
                return wanted[port]
        return ()

    def channel(self, wishes: Wishes) -> Channel:
        """The channel of an order; an empty one where it names none, BadInput where nobody knows it."""
        if wishes.channel is None:
            return Channel()
        if wishes.channel not in self.channels:
            wrong = next((why for path, why in self.refused_channels.items() if Path(path).stem == wishes.channel), "")
            if wrong:
                raise BadInput(f"the channel {wishes.channel!r} cannot be used", where="channel", remedy=wrong)
            raise BadInput(
                f"there is no channel {wishes.channel!r}",
                where="channel",
                remedy=f"Add channels/{wishes.channel}.yaml; there are: {', '.join(self.channels) or 'none'}",
            )
        return self.channels[wishes.channel]

    def decided(self, order: FinanceOrder) -> Decisions:
        """What an order and its channel say of the film and its crew; BadInput for a channel that nobody knows."""
        return self.channel(order.wishes).decide(order)

    def voice_of(self, wishes: Wishes) -> str:
        return wishes.voice or self.channel(wishes).voice or self.voice

    def budget_of(self, wishes: Wishes) -> Decimal:
        """What the services may cost for one video."""
        own = (wishes.budget_usd, self.channel(wishes).budget.video_usd)
        return next((budget for budget in own if budget is not None), self.budget_usd)

    def day_budget_of(self, wishes: Wishes) -> Decimal | None:
        """What the services may cost for all videos of its channel in one day; None for no limit."""
        return self.channel(wishes).budget.day_usd

    def review_of(self, wishes: Wishes) -> Review:
        """When a person must approve a video of these wishes."""
        return self.channel(wishes).review or self.review

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
    def kinds_of_services(self) -> Mapping[str, str]:
        """Whose provider speaks to each service."""
        return {name: service.like or name for name, service in self.services.items()}

    @property
    def channels_folder(self) -> Path:
        return (self.channel_files or self.project / "channels").resolve()

    @property
    def dagster_home(self) -> Path:
        return self.local_folder / "dagster"

    @property
    def dagster_configuration(self) -> Path:
        usual = {"processes": "dagster.yaml", "celery": "deploy/dagster.yaml"}
        return (self.dagster_yaml or self.project / usual[self.executor]).resolve()


def _keyed(given: object, known: Mapping[str, str | None]) -> object:
    if not isinstance(given, Mapping):
        return given  # which its own field complains about
    keyed = {}
    for name, each in given.items():
        key = isinstance(each, Mapping) and known.get(str(each.get("key_name", "")))
        keyed[name] = {"key": key, **each} if key else each
    return keyed


def read_settings() -> Settings:
    """The settings of this environment; BadInput naming the variable or the file that cannot be used."""
    for file in dict.fromkeys(path.resolve() for path in ENV_FILES):
        _check_lines(file)
    for file in TOML_FILES:
        try:
            tomllib.loads(file.read_text(encoding="utf-8") if file.exists() else "")
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"it is no TOML: {error}", where=str(file), remedy="Correct it") from error
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = [str(part) for part in first["loc"]]
        variable = f"VIDFACTORY_{place[0] if place else 'profile'}".upper()
        own = len(place) <= 1 and variable in os.environ
        name = variable if own else f"{'.'.join(place) or 'profile'} in vidfactory.toml or .env"
        raise BadInput(first["msg"].removeprefix("Value error, "), where=name, remedy="Change or unset it") from error
    channels = read_channels(settings.channels_folder, settings.kinds_of_services)
    refused = {path: str(error) for path, error in channels.refused.items()}
    return settings.model_copy(update={"channels": channels.found, "refused_channels": refused})


def _check_lines(file: Path) -> None:
    """BadInput naming the first line of a `.env` that says nothing: the key that was meant there would be missing."""
    if not file.is_file():
        return
    with file.open(encoding="utf-8") as stream:
        for binding in parse_stream(stream):
            if binding.error:
                raise BadInput(
                    "it is no NAME=value", where=f"{file}, line {binding.original.line}", remedy="Correct or remove it"
                )
