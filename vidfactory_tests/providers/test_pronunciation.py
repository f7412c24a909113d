from pathlib import Path

import pocketsphinx
import pytest

from vidfactory.providers.pronunciation import ARPABET, DICTIONARY, arpabet, pronunciations


@pytest.mark.parametrize(
    ("phonemes", "phones"),
    [
        ("v,0l@t'Ilit#i", "V AA L AH T IH L IY T IY"),
        ("SrINkfl'eIS@n", "SH R IH NG K F L EY SH AH N"),
        ("dZ,i:;,oU,oUdZ'i:", "JH IY OW JH IY"),
        ("r'Et,o@ri", "R EH T AO R IY"),
        ("", ""),
    ],
)
def test_espeak_phonemes_become_the_nearest_of_the_dictionary(phonemes: str, phones: str) -> None:
    assert arpabet(phonemes) == phones


def test_every_phone_is_one_that_the_model_knows() -> None:
    lines = Path(pocketsphinx.get_model_path(DICTIONARY)).read_text(encoding="utf-8").splitlines()
    known = {phone for line in lines for phone in line.split()[1:]}
    assert {phone for phones in ARPABET.values() for phone in phones} <= known


def test_a_word_of_the_dictionary_has_all_its_pronunciations() -> None:
    assert pronunciations(["read"], 10)["read"] == ("R EH D", "R IY D")


def test_a_word_that_the_dictionary_does_not_know_is_said_by_the_rules() -> None:
    said = pronunciations(["shrinkflation", "xiaomi", "the"], 10)
    assert said["shrinkflation"] == ("SH R IH NG K F L EY SH AH N",)
    assert len(said["xiaomi"]) == 1
    assert "DH AH" in said["the"]
