"""How English words are pronounced, in the ARPAbet of the CMU dictionary.

Belongs here: the dictionary that comes with pocketsphinx, and a guess for words that it does not know.
Does not belong here: what is done with a pronunciation.

The guess is a heuristic: espeak-ng's rules say the word, and each of its phonemes becomes the nearest one of
the CMU dictionary, which has fewer. Over 6,000 words of the dictionary a tenth of the phonemes came out
otherwise than there, nearly all of them vowels that differ in colour: near enough to find a word, not to teach one.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import pocketsphinx

from vidfactory.providers import espeak_child
from vidfactory.providers.children import run_child
from vidfactory.providers.espeak_narrator import EspeakVoice

DICTIONARY = "en-us/cmudict-en-us.dict"

_SOUNDS = """
i@3=IH+R aI@=AY+AH aI3=AY+ER @L=AH+L A@=AA+R O@=AO+R o@=AO+R e@=EH+R i@=IY+AH U@=UH+R n-=AH+N 3:=ER A:=AA
O:=AO i:=IY u:=UW eI=EY aI=AY OI=OY aU=AW oU=OW tS=CH dZ=JH I2=IH I#=IH a#=AH E#=AH @2=AH @-= O2=AO aa=AE 3=ER
@=AH 0=AA A=AA a=AE E=EH e=EH I=IH i=IY O=AO o=OW U=UH u=UW V=AH y=UW Y=IH b=B d=D f=F g=G h=HH j=Y k=K l=L
m=M n=N N=NG p=P r=R s=S S=SH t=T T=TH D=DH v=V w=W x=K z=Z Z=ZH C=SH
"""
ARPABET: Mapping[str, tuple[str, ...]] = {
    name: tuple(filter(None, phones.split("+")))
    for name, _, phones in (sound.partition("=") for sound in _SOUNDS.split())
}
"""espeak-ng's names for the phonemes of American English, and the CMU dictionary's for the nearest sounds."""
_NAMES = re.compile("|".join(re.escape(name) for name in sorted(ARPABET, key=len, reverse=True)))


def pronunciations(words: Iterable[str], timeout_s: float) -> dict[str, tuple[str, ...]]:
    """The ways to pronounce each of `words` (small letters), as ARPAbet phones with spaces between.

    A word that nobody can pronounce has none. Runs espeak-ng, for at most `timeout_s`, where the dictionary does
    not know a word.
    """
    wanted = set(words)
    known = _in_dictionary(wanted)
    guessed = _guessed(sorted(wanted - known.keys()), timeout_s)
    return {word: known.get(word) or guessed[word] for word in wanted}


def arpabet(phonemes: str) -> str:
    """espeak-ng's phonemes of a word, such as "v,0l@t'Ilit#i", in ARPAbet; a doubled sound is one."""
    phones = [phone for name in _NAMES.findall(phonemes) for phone in ARPABET[name]]
    return " ".join(phone for phone, _ in groupby(phones))


def _in_dictionary(wanted: set[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    with Path(pocketsphinx.get_model_path(DICTIONARY)).open(encoding="utf-8") as lines:
        for line in lines:
            entry, _, phones = line.partition(" ")
            word = entry.partition("(")[0]
            if word in wanted:
                found[word] = (*found.get(word, ()), phones.strip())
    return found


def _guessed(words: list[str], timeout_s: float) -> dict[str, tuple[str, ...]]:
    if not words:
        return {}
    request = {"voice": "en-us", "paragraphs": [[word] for word in words], **asdict(EspeakVoice())}
    answer = run_child(espeak_child, json.dumps(request).encode(), timeout_s)
    said = [head["openings"][0] for head in json.loads(answer.partition(b"\n")[0])["paragraphs"]]
    return {word: tuple(filter(None, [arpabet(phonemes)])) for word, phonemes in zip(words, said, strict=True)}
