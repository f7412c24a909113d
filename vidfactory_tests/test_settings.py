"""Settings: where each value comes from, what goes before what, and that keys stay where they are."""

import traceback
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from vidfactory.errors import BadInput
from vidfactory.providers.crew import kit_of, provider_files
from vidfactory.schema.channel import Channel, ChannelBudget
from vidfactory.schema.crew import PORTS, Wishes
from vidfactory.settings import Settings, read_settings
from vidfactory_tests.providers.direct import Direct

SECRET = "sk-planted-4f9a1c"  # noqa: S105 - planted, to be looked for
CHANNELS = {
    "news": Channel(
        providers={"writer": ("google",)}, voice="calm-educator", budget=ChannelBudget(video_usd=Decimal(2))
    )
}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Writes a file of settings into a folder of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)

    def written(name: str, text: str) -> None:
        (tmp_path / name).write_text(text, encoding="utf-8")

    return written


Write = Callable[[str, str], None]


@pytest.mark.parametrize("profile", ["offline", "local", "cloud", "premium", "balanced", "budget"])
def test_each_profile_that_ships_names_somebody_for_every_port_but_those_that_no_format_needs(profile: str) -> None:
    settings = Settings(profile=profile)
    empty = [port for port in PORTS if not settings.chain(port, Wishes())]
    assert set(empty) <= {"animator", "browser"}


def test_wishes_go_before_the_channel_before_the_settings_before_the_profile() -> None:
    settings = Settings(
        profile="offline", channels=CHANNELS, providers={"writer": ("openai",), "market": ("yfinance",)}
    )
    channel = Wishes(channel="news")
    assert settings.chain("writer", Wishes(channel="news", providers={"writer": ("anthropic",)})) == ("anthropic",)
    assert settings.chain("writer", channel) == ("google",)
    assert settings.chain("writer", Wishes()) == ("openai",)
    assert settings.chain("market", channel) == ("yfinance",)
    assert settings.chain("narrator", channel) == ("espeak",)
    assert settings.chain("animator", channel) == ()


def test_voice_and_budget_follow_the_same_order() -> None:
    settings = Settings(channels=CHANNELS, voice="house", budget_usd=Decimal(5))
    assert [settings.voice_of(wish) for wish in (Wishes(), Wishes(channel="news"), Wishes(voice="x"))] == [
        "house",
        "calm-educator",
        "x",
    ]
    free = Wishes(channel="news", budget_usd=Decimal(0))
    assert [settings.budget_of(wish) for wish in (Wishes(), Wishes(channel="news"), free)] == [5, 2, 0]


def test_an_unknown_channel_is_named_with_those_that_there_are() -> None:
    with pytest.raises(BadInput, match=r"no channel 'opera'.*there are: news"):
        Settings(channels=CHANNELS).chain("writer", Wishes(channel="opera"))


def test_a_toml_file_is_laid_over_what_ships_and_the_environment_over_both(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("vidfactory.toml", 'profile = "cloud"\nbudget_usd = 3\n[services.elevenlabs]\nconcurrency = 9\n')
    monkeypatch.setenv("VIDFACTORY_BUDGET_USD", "4")
    settings = read_settings()
    assert (settings.profile, settings.budget_usd) == ("cloud", 4)
    service = settings.services["elevenlabs"]
    assert (service.concurrency, service.key_name) == (9, "ELEVENLABS_API_KEY"), "the rest of the service stays"


def test_a_profile_of_one_s_own_may_be_a_scenario(write: Write) -> None:
    write("vidfactory.toml", '[profiles.mine]\nwriter = "house"\n[scenarios]\nmine = 0.9\n')
    assert read_settings().scenarios["mine"] == Decimal("0.9")


def test_keys_come_from_the_env_file_and_the_environment_goes_first(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(".env", f"ANTHROPIC_API_KEY={SECRET}\nVIDFACTORY_VOICE=house\n")
    settings = read_settings()
    key = settings.services["anthropic"].key
    assert key is not None
    assert key.get_secret_value() == SECRET
    assert settings.voice == "house"
    monkeypatch.setenv("ANTHROPIC_API_KEY", "another")
    key = read_settings().services["anthropic"].key
    assert key is not None
    assert key.get_secret_value() == "another"


def test_a_key_stands_in_no_description_of_the_settings(write: Write) -> None:
    write(".env", f"ANTHROPIC_API_KEY={SECRET}\n")
    write("vidfactory.toml", f'[services.mine]\nlike = "openai"\nkey = "{SECRET}"\n')
    settings = read_settings()
    kit = kit_of(settings, "anthropic", "writer", Direct())
    for told in (settings, settings.services, settings.model_dump(), settings.model_dump_json(), kit):
        assert SECRET not in f"{told!r} {told!s}"


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ('profile = "opera"', "no profile 'opera'; there are offline, local, cloud"),
        ("[scenarios]\nopera = 0.5", "scenarios: there is no profile opera"),
        ("[scenarios]\nbudget = 7", r"scenarios\.budget in vidfactory\.toml"),
        ("budget_usd = -1", r"budget_usd in vidfactory\.toml"),
        ("services = 3", r"services in vidfactory\.toml"),
        ("[services.elevenlabs]\nconcurency = 3", r"services\.elevenlabs\.concurency in vidfactory\.toml"),
        ("[services.elevenlabs]\nconcurrency = 0", r"services\.elevenlabs\.concurrency in vidfactory\.toml"),
        ("[services.elevenlabs.prices]\ncharacter = -1", r"services\.elevenlabs\.prices"),
        ("[services.elevenlabs.prices]\ncharacter = nan", r"services\.elevenlabs\.prices"),
        ('[profiles.mine]\nactor = "house"', r"profiles\.mine\.actor"),
        ("[profiles.mine]\nwriter = []", r"profiles\.mine\.writer"),
        ("profile = ", r"vidfactory\.toml: it is no TOML"),
        ("[channels.news]\nvoice = 'house'", r"channels in vidfactory\.toml.*move it to channels/news\.yaml"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_its_place(write: Write, toml: str, complaint: str) -> None:
    write("vidfactory.toml", toml)
    with pytest.raises(BadInput, match=complaint):
        read_settings()


def test_a_variable_of_the_environment_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDFACTORY_PROFILE", "opera")
    monkeypatch.setenv("VIDFACTORY_BUDGET_USD", "lots")
    with pytest.raises(BadInput, match=r"^VIDFACTORY_BUDGET_USD: "):
        read_settings()
    monkeypatch.delenv("VIDFACTORY_BUDGET_USD")
    with pytest.raises(BadInput, match=r"^VIDFACTORY_PROFILE: there is no profile 'opera'"):
        read_settings()


def test_a_line_of_the_env_file_that_says_nothing_is_named_without_its_text(write: Write) -> None:
    write(".env", f"VIDFACTORY_VOICE=house\nANTHROPIC_API_KEY {SECRET}\n")
    with pytest.raises(BadInput, match=r"\.env, line 2: it is no NAME=value") as caught:
        read_settings()
    assert SECRET not in str(caught.value)


def test_a_key_stands_in_no_error_about_the_settings(write: Write) -> None:
    write("vidfactory.toml", f'[services.mine]\nkey = "{SECRET}"\ncolour = "{SECRET}"\nkey_name = ["{SECRET}"]\n')
    with pytest.raises(BadInput) as caught:
        read_settings()
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_an_entry_of_a_chain_may_name_a_model_behind_the_service() -> None:
    settings = Settings()
    kit = kit_of(settings, "replicate/stability-ai/sdxl", "illustrator", Direct())
    assert (kit.name, kit.model) == ("replicate", "stability-ai/sdxl")
    assert kit_of(settings, "elevenlabs/eleven_flash_v2_5", "narrator", Direct()).model == "eleven_flash_v2_5"
    plain = kit_of(settings, "elevenlabs", "narrator", Direct())
    assert plain.model == settings.services["elevenlabs"].models["narrator"]
    assert plain.service.key_name == "ELEVENLABS_API_KEY"


def test_a_model_of_an_entry_holds_for_its_port_alone() -> None:
    kit = kit_of(Settings(), "openai/gpt-5.5-mini", "writer", Direct())
    assert kit.service.models["narrator"] == Settings().services["openai"].models["narrator"]


def test_channels_are_read_from_the_folder_that_is_set_and_the_refused_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "news.yaml").write_text("name: News\nproviders: {writer: mine}\n", encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("name: Bad\ntheme: pink\n", encoding="utf-8")
    monkeypatch.setenv("VIDFACTORY_CHANNEL_FILES", str(tmp_path))
    monkeypatch.setenv("VIDFACTORY_SERVICES__MINE__LIKE", "openai")
    settings = read_settings()
    assert settings.channels.keys() == {"news"}
    (why,) = settings.refused_channels.values()
    assert "bad.yaml, line 2, theme: there is no theme 'pink'" in why
    with pytest.raises(BadInput, match=r"the channel 'bad' cannot be used. .*line 2, theme"):
        settings.channel(Wishes(channel="bad"))


def test_whoever_may_be_asked_is_imported_ahead_of_time() -> None:
    """Each of a chain is asked for what it remembers, and an SDK takes a second to import."""
    settings = Settings(profile="offline", providers={"writer": ("anthropic", "openai"), "trends": ("x", "folder")})
    files = provider_files(settings)
    for name in ("anthropic_writer", "openai_writer", "x_trends", "folder_trends", "espeak_narrator"):
        assert f"vidfactory.providers.{name}" in files
    assert "vidfactory.providers.google_writer" not in files
