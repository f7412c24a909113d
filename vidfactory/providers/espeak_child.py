"""The process in which espeak-ng runs: text in on standard input, samples and events out on standard output.

Belongs here: the C library's structures and calls, nothing else. It is run as a script, one process
for one narration, because the library keeps hidden state (only a fresh process gives the same bytes
again) and because a crash in it must not take the studio down.
Does not belong here: anything of vidfactory; what the events mean is for `espeak_narrator`.

Request, as JSON: `voice`, `variant`, `rate`, `pitch`, `range`, `gap`, `volume` and `paragraphs` (lists of words).
Answer: one line of JSON, then the paragraphs' samples behind one another as signed 16-bit integers.
"""

import ctypes
import json
import sys
from pathlib import Path
from typing import Any

import espeakng_loader

SYNCHRONOUS = 2
PHONEME_EVENTS_DONT_EXIT = 0x8001
UTF_8 = 1
CHARACTERS = 1
PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "range": 4, "gap": 7}
END_OF_LIST, WORD, PHONEME = 0, 1, 7


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    """`espeak_EVENT` of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def main() -> None:
    request = json.load(sys.stdin)
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    home = str(Path(espeakng_loader.get_data_path()).parent).encode()
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, home, PHONEME_EVENTS_DONT_EXIT)
    if rate <= 0:
        sys.exit("espeak-ng found no data")
    voice = f"{request['voice']}+{request['variant']}"
    known = Path(espeakng_loader.get_data_path(), "voices", "!v", request["variant"]).is_file()
    if library.espeak_SetVoiceByName(voice.encode()) != 0 or not known:
        sys.exit(f"espeak-ng has no voice {voice!r}")
    for name, number in PARAMETERS.items():
        library.espeak_SetParameter(number, request[name], 0)
    spoken = [_synthesise(library, " ".join(words)) for words in request["paragraphs"]]
    openings = [_openings(library, words) for words in request["paragraphs"]]
    heads = [
        {"samples": len(pcm) // 2, **events, "openings": sounds}
        for (pcm, events), sounds in zip(spoken, openings, strict=True)
    ]
    sys.stdout.buffer.write(json.dumps({"rate": rate, "paragraphs": heads}).encode() + b"\n")
    for pcm, _ in spoken:
        sys.stdout.buffer.write(pcm)


def _synthesise(library: ctypes.CDLL, text: str) -> tuple[bytes, dict[str, list[Any]]]:
    """Samples of `text`, its words as (character, sample) and its phonemes as (name, sample)."""
    pcm = bytearray()
    words: list[tuple[int, int]] = []
    phonemes: list[tuple[str, int]] = []

    def collect(samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            pcm.extend(ctypes.string_at(samples, count * 2))
        for event in events:
            if event.type == END_OF_LIST:
                return 0
            if event.type == WORD:
                words.append((event.text_position - 1, event.sample))
            elif event.type == PHONEME:
                phonemes.append((event.id.string.decode("utf-8", "replace"), event.sample))
        return 0

    callback = _CALLBACK(collect)
    library.espeak_SetSynthCallback(callback)
    encoded = text.encode() + b"\0"
    failed = library.espeak_Synth(encoded, ctypes.c_size_t(len(encoded)), 0, CHARACTERS, 0, UTF_8, None, None)
    if failed:
        sys.exit(f"espeak_Synth returned {failed}")
    library.espeak_Synchronize()
    return bytes(pcm), {"words": words, "phonemes": phonemes}


def _openings(library: ctypes.CDLL, words: list[str]) -> list[str]:
    """How each word begins when it does not follow its neighbour: the phonemes from it to the next word."""
    followers = [*words[1:], ""]
    return [_phonemes(library, f"{word} {follower}") for word, follower in zip(words, followers, strict=True)]


def _phonemes(library: ctypes.CDLL, text: str) -> str:
    """Phonemes of the first clause of `text`."""
    translate = library.espeak_TextToPhonemes
    translate.restype = ctypes.c_char_p
    rest = ctypes.c_char_p(text.encode())
    said: bytes = translate(ctypes.byref(rest), UTF_8, 0)
    return said.decode("utf-8", "replace")


if __name__ == "__main__":
    main()
