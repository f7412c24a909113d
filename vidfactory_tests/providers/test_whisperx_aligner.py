import importlib.util
import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vidfactory.errors import Permanent
from vidfactory.providers.kit import Kit
from vidfactory.providers.whisperx_aligner import WhisperxAligner, provide
from vidfactory.settings import Service
from vidfactory_tests.providers.aligners import WORDS, aligned, speech
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.whisperx_stand_in import SIGNATURES, StandIn, whisperx

__all__ = ["whisperx"]


def parameters(function: Callable[..., Any]) -> list[tuple[str, object]]:
    found = inspect.signature(function).parameters.values()
    return [(each.name, ... if each.default is inspect.Parameter.empty else each.default) for each in found]


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_stand_in_is_called_as_whisperx_3_8_6_is(name: str, whisperx: StandIn) -> None:
    assert parameters(getattr(whisperx, name)) == SIGNATURES[name]


@pytest.mark.skipif(importlib.util.find_spec("whisperx") is None, reason="the extra `whisperx` is not installed")
@pytest.mark.parametrize("name", SIGNATURES)
def test_the_installed_whisperx_is_called_like_the_recorded_one(name: str) -> None:
    assert parameters(getattr(importlib.import_module("whisperx.alignment"), name)) == SIGNATURES[name]


def test_the_script_is_aligned_as_one_segment_of_bare_words(whisperx: StandIn) -> None:
    aligned(WhisperxAligner(), speech().sound, ["G.O.O.G,", "rose", "thirty-two percent."], "en-GB")
    (asked,) = whisperx.aligned
    seconds = speech().sound.samples.shape[1] / speech().sound.rate
    (segment,) = asked["segments"]
    assert segment == {
        "start": 0.0,
        "end": pytest.approx(seconds, abs=0.001),
        "text": "g o o g rose thirty two percent",
    }
    assert asked["audio"].dtype == np.float32
    assert asked["audio"].shape == (round(segment["end"] * 16_000),)
    assert whisperx.loaded == [{"language": "en", "device": "cpu", "model": None, "folder": None}]


def test_the_settings_choose_model_folder_and_device(whisperx: StandIn) -> None:
    service = Service(models={"aligner": "jonatas/wav2vec2"}, options={"model_dir": "/models", "device": "cuda:1"})
    made = aligned(provide(Kit("whisperx", "aligner", service, Direct())), speech().sound, language="tlh")
    assert whisperx.loaded == [
        {"language": "tlh", "device": "cuda:1", "model": "jonatas/wav2vec2", "folder": "/models"}
    ]
    assert whisperx.aligned[0]["device"] == "cuda:1"
    assert made.made_by.model == "jonatas/wav2vec2"


def test_a_word_without_a_score_was_not_found(whisperx: StandIn) -> None:
    made = aligned(WhisperxAligner(), speech().sound, ["up", "xyzzy", "down"])
    assert [word.index for word in made.words] == [0, 2]
    assert made.score == pytest.approx(0.8)


def test_a_script_without_spaces_gets_its_times_by_character(whisperx: StandIn) -> None:
    made = aligned(WhisperxAligner(), speech().sound, ["你好,", "世界。"], "zh-CN")
    assert [word.index for word in made.words] == [0, 1]
    assert whisperx.aligned[0]["segments"][0]["text"] == "你 好 世 界"


def test_a_machine_without_that_device_says_so(whisperx: StandIn) -> None:
    with pytest.raises(Permanent, match=r"not compiled with CUDA.*options.device"):
        aligned(WhisperxAligner(device="cuda"), speech().sound)


def test_other_words_than_those_asked_for_are_refused(whisperx: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"segments": [], "word_segments": [{"word": "hello", "start": 0.0, "end": 1.0, "score": 0.9}]}
    monkeypatch.setattr(whisperx, "align", lambda *_, **__: answer)
    with pytest.raises(Permanent, match="other words"):
        aligned(WhisperxAligner(), speech().sound)


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "whisperx", None)
    with pytest.raises(Permanent, match=r'pip install "vidfactory\[whisperx\]"'):
        provide(Kit("whisperx", "aligner", Service(), Direct()))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModuleNotFoundError("No module named 'torch'"), r"pip install"),
        (LookupError("Resource punkt_tab not found"), r"nltk.downloader punkt_tab"),
        (ValueError('The chosen align_model "x" could not be found'), r"services.whisperx.models.aligner"),
        (RuntimeError("CUDA error: out of memory"), r"out of memory.*options.device"),
    ],
)
def test_what_goes_wrong_inside_says_what_to_do(
    error: Exception, said: str, whisperx: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(whisperx, "align", fail)
    with pytest.raises(Permanent, match=said):
        aligned(WhisperxAligner(), speech().sound, WORDS)
