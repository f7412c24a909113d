"""What every narrator keeps to, the embedded ones and those of services."""

import asyncio
from decimal import Decimal
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from vidfactory.errors import BadInput, Permanent, Transient
from vidfactory.ports import Assignment, Speech
from vidfactory.storage.call_desk import CallDesk, Patience
from vidfactory.storage.studio import Studio
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.narrators import (
    CREDITED,
    FAILING,
    NARRATORS,
    SCRIPT,
    SERVED,
    SHORT,
    WORDS,
    kit_of,
    spoken,
)
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import (
    CutAfter,
    CutBefore,
    Fault,
    NotJson,
    Slow,
    Status,
    TooMany,
    Truncated,
    WrongShape,
)

every_narrator = pytest.mark.parametrize("name", NARRATORS)
every_service = pytest.mark.parametrize("name", FAILING)


def quiet_stretches(speech: Speech) -> list[tuple[float, float]]:
    """Start and length in seconds of what is quieter than a thousandth, longer than half a second."""
    step = speech.sound.rate // 100
    samples = speech.sound.samples[0]
    levels = np.abs(samples[: len(samples) // step * step]).reshape(-1, step).max(axis=1)
    place, found = 0, []
    for is_quiet, stretch in groupby(levels < 1e-3):
        length = len(list(stretch))
        if is_quiet and length > 50:
            found.append((place / 100, length / 100))
        place += length
    return found


@every_narrator
def test_the_sound_is_mono_in_range_and_as_long_as_the_script(
    name: str, services: FakeServices, tmp_path: Path
) -> None:
    sound = spoken(name, services, tmp_path).sound
    assert sound.samples.dtype == np.float32
    assert sound.samples.shape[0] == 1
    assert 0.05 < np.abs(sound.samples).max() <= 1
    assert sound.rate >= 16_000
    assert 4 < sound.samples.shape[1] / sound.rate < 20


@every_narrator
def test_a_pause_of_more_than_half_a_second_is_heard_between_paragraphs_and_nowhere_else(
    name: str, services: FakeServices, tmp_path: Path
) -> None:
    speech = spoken(name, services, tmp_path)
    seconds = speech.sound.samples.shape[1] / speech.sound.rate
    inside = [start for start, length in quiet_stretches(speech) if start > 0.1 and start + length < seconds - 0.1]
    assert len(inside) == 1
    assert 0.2 < inside[0] / seconds < 0.6, "between the paragraphs"


@every_narrator
def test_word_times_rise_lie_in_the_sound_and_count_over_all_paragraphs(
    name: str, services: FakeServices, tmp_path: Path
) -> None:
    speech = spoken(name, services, tmp_path)
    if not NARRATORS[name].times:
        assert speech.words == ()
        return
    assert [word.index for word in speech.words] == list(range(WORDS))
    assert all(0 <= word.start_s < word.end_s for word in speech.words)
    assert all(a.end_s <= b.start_s for a, b in pairwise(speech.words))
    assert speech.words[-1].end_s <= speech.sound.samples.shape[1] / speech.sound.rate
    gaps = [b.start_s - a.end_s for a, b in pairwise(speech.words)]
    assert [index for index, gap in enumerate(gaps) if gap > 0.5] == [len(SCRIPT[0]) - 1]


@every_narrator
def test_the_same_script_is_the_same_request_and_the_same_sound(
    name: str, services: FakeServices, tmp_path: Path
) -> None:
    first, second = Direct(), Direct()
    sounds = [spoken(name, services, tmp_path, calls).sound.samples.tobytes() for calls in (first, second)]
    assert sounds[0] == sounds[1]
    assert first.made == second.made
    assert bool(first.made) == (name in SERVED)


@every_service
def test_the_same_script_twice_is_one_bill_and_one_that_broke_is_mended(
    name: str, services: FakeServices, tmp_path: Path, studio: Studio
) -> None:
    services.next(NARRATORS[name].fake, Status(500), TooMany())
    video = Assignment(video="finance-one", asset="narration", budget_usd=Decimal(1))
    desks = [CallDesk(studio, patience=Patience(first_wait_s=0.001, jitter_s=0)) for _ in range(2)]
    first, second = (spoken(name, services, tmp_path, desk.on(video)) for desk in desks)
    assert first.sound.samples.tobytes() == second.sound.samples.tobytes()
    assert first.words == second.words
    assert services.spent == first.made_by.cost_usd > 0
    assert not services.billed_twice()


@every_narrator
def test_the_credit_holds_what_the_service_billed_and_no_more_than_was_reserved(
    name: str, services: FakeServices, tmp_path: Path
) -> None:
    calls = Direct()
    speech = spoken(name, services, tmp_path, calls)
    assert speech.made_by.provider == CREDITED.get(name, name.partition(" ")[0])
    assert speech.made_by.cost_usd == services.spent
    assert speech.made_by.cost_usd <= sum(call.price for call in calls.made)
    assert (speech.made_by.cost_usd > 0) == (name in SERVED)


@every_narrator
def test_a_language_without_a_voice_is_refused_before_anything_is_asked(
    name: str, services: FakeServices, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=r"tlh.*speaks.*en"):
        spoken(name, services, tmp_path, language="tlh")
    assert not services.served


@every_narrator
def test_a_script_without_a_word_is_refused(name: str, services: FakeServices, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing to say"):
        spoken(name, services, tmp_path, script=((),))
    assert not services.served


@every_service
def test_a_wrong_key_is_named_with_its_setting_and_never_shown(
    name: str, services: FakeServices, tmp_path: Path
) -> None:
    options = {**NARRATORS[name].options, **({"access_key_id": "wrong"} if name == "polly" else {})}
    with pytest.raises(Permanent, match=r"_API_KEY") as refused:
        spoken(name, services, tmp_path, script=SHORT, key=SecretStr("sk-mistaken-secret"), options=options)
    assert "sk-mistaken-secret" not in f"{refused.value!r} {refused.value.__cause__!r}"
    assert refused.value.charged == 0
    assert services.spent == 0


@every_service
def test_a_missing_key_is_named_before_anything_is_sent(name: str, services: FakeServices, tmp_path: Path) -> None:
    if name == "polly":
        pytest.skip("boto3 finds credentials of its own where the settings hold none")
    with pytest.raises(Permanent, match=r"no key.*_API_KEY"):
        spoken(name, services, tmp_path, script=SHORT, key=None)
    assert not services.served


@every_service
def test_a_busy_service_says_how_long_to_wait(name: str, services: FakeServices, tmp_path: Path) -> None:
    services.rate(NARRATORS[name].fake, 1, TooMany(7))
    with pytest.raises(Transient) as busy:
        spoken(name, services, tmp_path, script=SHORT)
    assert busy.value.retry_after_s == pytest.approx(7, abs=2)
    assert busy.value.charged == 0


@every_service
def test_the_sdk_does_not_try_again_by_itself(name: str, services: FakeServices, tmp_path: Path) -> None:
    calls = Direct()
    services.rate(NARRATORS[name].fake, 1, Status(500))
    with pytest.raises(Transient) as broken:
        spoken(name, services, tmp_path, calls, SHORT)
    assert broken.value.charged == 0
    assert len(services.served) == len(calls.made)


@every_service
@pytest.mark.parametrize("fault", [CutBefore(), CutAfter(0), CutAfter(0.5)], ids=str)
def test_a_cut_connection_may_have_been_charged(
    name: str, services: FakeServices, tmp_path: Path, fault: Fault
) -> None:
    services.next(NARRATORS[name].fake, fault)
    with pytest.raises(Transient) as cut:
        spoken(name, services, tmp_path, script=SHORT)
    assert cut.value.charged is None


@every_service
@pytest.mark.parametrize("fault", [Truncated(), NotJson(), WrongShape()], ids=str)
def test_an_answer_that_cannot_be_used_is_worth_another_try(
    name: str, services: FakeServices, tmp_path: Path, fault: Fault
) -> None:
    services.next(NARRATORS[name].fake, fault)
    with pytest.raises(Transient, match="cannot be read") as broken:
        spoken(name, services, tmp_path)
    assert broken.value.charged is None


@every_service
def test_a_body_that_dribbles_is_held_to_the_time_limit(name: str, services: FakeServices, tmp_path: Path) -> None:
    services.rate(NARRATORS[name].fake, 1, Slow(0.8))
    with pytest.raises(Transient) as slow:
        spoken(name, services, tmp_path, script=SHORT, timeout_s=0.3)
    assert slow.value.charged is None


@every_service
def test_an_unknown_model_is_a_permanent_failure(name: str, services: FakeServices, tmp_path: Path) -> None:
    with pytest.raises((Permanent, BadInput), match=r"no-such-model|nobody knows"):
        spoken(name, services, tmp_path, script=SHORT, models={"narrator": "no-such-model"})
    assert services.spent == 0


@every_service
def test_a_probe_asks_for_something_free(name: str, services: FakeServices, tmp_path: Path) -> None:
    kit = kit_of(name, services, tmp_path)
    assert asyncio.run(NARRATORS[name].module.probe(kit))
    assert services.spent == 0
    assert len(services.served) == 1


@every_service
def test_the_key_is_in_no_call_and_no_representation(name: str, services: FakeServices, tmp_path: Path) -> None:
    calls = Direct()
    kit = kit_of(name, services, tmp_path, calls, options={**NARRATORS[name].options, "access_key_id": "id"})
    narrator = NARRATORS[name].module.provide(kit)
    if name != "polly":
        asyncio.run(narrator.speak(SHORT, "en"))
    assert services.key not in f"{calls.made!r} {narrator!r}"
