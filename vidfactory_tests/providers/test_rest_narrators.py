"""What only one of the narrators OpenAI, Google, Azure and Polly does."""

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from vidfactory.errors import BadInput, Permanent, Transient
from vidfactory.providers import google_narrator, piper_narrator, polly_narrator
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.narrators import NARRATORS, SCRIPT, kit_of, spoken
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import Truncated

LOUD = (("This", "is", "HUGE,", "he", "said", "&", "left."), ("So", "<what?>"))


def asked(services: FakeServices, name: str) -> list[str]:
    return [str(entry.content) for entry in services.of(NARRATORS[name].fake, "speech")]


def test_openai_speaks_each_paragraph_by_itself(services: FakeServices, tmp_path: Path) -> None:
    spoken("openai", services, tmp_path)
    contents = sorted(services.of("openai", "speech"), key=lambda entry: str(entry.content["input"]))
    assert [entry.content["input"] for entry in contents] == [" ".join(paragraph) for paragraph in SCRIPT]
    assert all(entry.idempotency_key for entry in contents)


def test_openai_s_newer_models_are_directed_and_its_older_ones_are_not(services: FakeServices, tmp_path: Path) -> None:
    calls = Direct()
    spoken("openai", services, tmp_path, calls)
    spoken("openai tts-1", services, tmp_path, calls)
    newer, *_, older = services.of("openai", "speech")
    assert (newer.content["stream_format"], newer.content["voice"]) == ("sse", "ash")
    assert "news narrator" in newer.content["instructions"]
    assert not {"stream_format", "instructions"} & older.content.keys()


def test_openai_s_stream_that_ends_early_is_never_taken_for_whole(services: FakeServices, tmp_path: Path) -> None:
    services.next("openai", Truncated())
    with pytest.raises(Transient, match=r"cannot be read.*before it is done|Invalid JSON"):
        spoken("openai", services, tmp_path)


def test_google_is_asked_for_the_times_of_marks(services: FakeServices, tmp_path: Path) -> None:
    spoken("google", services, tmp_path)
    (entry,) = services.of("google_tts")
    assert entry.path == "/v1beta1/text:synthesize"
    assert entry.content["enableTimePointing"] == ["SSML_MARK"]
    assert entry.content["voice"] == {"languageCode": "en-US", "name": "en-US-Neural2-D"}


def test_google_s_bytes_are_counted_with_all_tags(services: FakeServices, tmp_path: Path) -> None:
    speech = spoken("google", services, tmp_path, script=SCRIPT * 7)
    sizes = [len(entry.content["input"]["ssml"].encode()) for entry in services.of("google_tts")]
    assert len(sizes) > 1
    assert max(sizes) <= google_narrator.LIMIT
    assert [word.index for word in speech.words] == list(range(7 * sum(map(len, SCRIPT))))


def test_google_s_voice_must_be_of_the_kind_that_is_paid_for(services: FakeServices, tmp_path: Path) -> None:
    options = {"voice": "en-US-Chirp3-HD-Kore"}
    with pytest.raises(BadInput, match=r"chirp3-hd, not neural2.*'chirp3-hd'"):
        spoken("google", services, tmp_path, options=options)
    speech = spoken("google", services, tmp_path, options=options, models={"narrator": "chirp3-hd"})
    assert speech.words == ()
    assert services.of("google_tts")[0].content["enableTimePointing"] == []


def test_a_voice_of_another_language_is_refused_before_anything_is_asked(
    services: FakeServices, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=r"'en'.*de-DE"):
        spoken("azure", services, tmp_path, options={"voice": "de-DE-KatjaNeural"})
    assert not services.served


def test_azure_reads_pace_style_stress_and_escaped_text(services: FakeServices, tmp_path: Path) -> None:
    calls = Direct()
    spoken("azure", services, tmp_path, calls, LOUD)
    ssml = str(calls.made[0].request["ssml"])
    assert '<voice name="en-US-GuyNeural"><mstts:express-as style="newscast-casual">This is ' in ssml
    assert '<emphasis level="strong">huge</emphasis>, he said &amp; left.<break time="650ms"/>So &lt;what?&gt;' in ssml


def test_azure_s_pace_is_a_change_in_percent(services: FakeServices, tmp_path: Path) -> None:
    kit = kit_of("azure", services, tmp_path)
    other = type(kit)(kit.name, kit.port, kit.service, calls := Direct(), voice="energetic-gamer")
    own = other.service.model_copy(update={"options": {"voice": "en-US-JennyNeural"}})
    narrator = NARRATORS["azure"].module.provide(type(kit)(kit.name, kit.port, own, calls, voice="energetic-gamer"))
    asyncio.run(narrator.speak(SCRIPT, "en"))
    assert '<prosody rate="+15%">' in str(calls.made[0].request["ssml"])


def test_azure_without_region_or_address_says_which_setting_is_missing(services: FakeServices, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"region.*services\.azure\.options\.region"):
        NARRATORS["azure"].module.provide(kit_of("azure", services, tmp_path, address=""))
    kit = kit_of("azure", services, tmp_path, address="", options={"region": "westeurope"})
    assert NARRATORS["azure"].module.provide(kit).address == "https://westeurope.tts.speech.microsoft.com"


def test_polly_is_asked_for_sound_and_for_marks(services: FakeServices, tmp_path: Path) -> None:
    calls = Direct()
    speech = spoken("polly", services, tmp_path, calls)
    assert [call.operation for call in calls.made] == ["speech", "marks"]
    assert speech.sound.rate == 24_000
    assert len([entry for entry in services.of("polly") if entry.billed]) == 2


def test_only_polly_s_standard_engine_is_told_to_stress(services: FakeServices, tmp_path: Path) -> None:
    calls = Direct()
    for engine in ("neural", "standard"):
        spoken("polly", services, tmp_path, calls, LOUD, models={"narrator": engine})
    texts = [str(call.request["Text"]) for call in calls.made[::2]]
    assert ["<emphasis" in text for text in texts] == [False, True]


def test_polly_s_throttling_comes_as_a_400_and_is_worth_another_try(services: FakeServices, tmp_path: Path) -> None:
    answer = {
        "Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"},
        "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}},
    }
    error = polly_narrator._typed(kit_of("polly", services, tmp_path), ClientError(answer, "SynthesizeSpeech"))
    assert isinstance(error, Transient)


def test_polly_without_any_credentials_says_so(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(Permanent, match="no key for it"):
        spoken("polly", services, tmp_path, key=None, options={"region": "us-east-1"})
    assert not services.served


@pytest.fixture
def reloaded() -> Iterator[None]:
    yield
    importlib.reload(polly_narrator)
    importlib.reload(piper_narrator)


@pytest.mark.parametrize(
    ("module", "sdk", "extra"), [("polly_narrator", "boto3", "aws"), ("piper_narrator", "piper", "piper")]
)
def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, reloaded: None, module: str, sdk: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, sdk, None)
    with pytest.raises(Permanent, match=rf'not installed\. Run pip install "vidfactory\[{extra}\]"'):
        importlib.reload(sys.modules[f"vidfactory.providers.{module}"])
    monkeypatch.undo()
