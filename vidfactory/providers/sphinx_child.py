"""The process in which pocketsphinx runs: a sound and its words in on standard input, their times out.

Belongs here: the library's calls, nothing else. It is run as a script because the library holds the
interpreter's lock for as long as it searches, and because a crash in it must not take the studio down.
Does not belong here: anything of vidfactory; what words and times mean is for `pocketsphinx_aligner`.

Request: one line of JSON with `rate`, `beam`, `silence`, `skip`, `longest_skip` and `words` (for each, the ways
to pronounce it), then the samples as signed 16-bit integers.
Answer: JSON, a list of (word's index, first frame, frame behind the last) of the words that are heard; a frame is
10 ms. It is empty where the words do not fit the sound at all.
"""

import json
import sys
from typing import Any

from pocketsphinx import Decoder

SEARCH = "script"


def main() -> None:
    request = json.loads(sys.stdin.buffer.readline())
    decoder = _decoder(request)
    decoder.start_utt()
    decoder.process_raw(sys.stdin.buffer.read(), full_utt=True)
    decoder.end_utt()
    heard = [
        (int(part.word.partition("(")[0]), part.start_frame, part.end_frame + 1)
        for part in decoder.seg() or ()
        if part.word[0].isdigit()
    ]
    json.dump(heard, sys.stdout)


def _decoder(request: dict[str, Any]) -> Decoder:
    """A search for the words in their order. Each is named by its index, so that no two are the same."""
    beam = request["beam"]
    decoder = Decoder(
        lm=None,
        dict=None,
        samprate=request["rate"],
        silprob=request["silence"],
        loglevel="FATAL",
        bestpath=False,
        beam=beam,
        pbeam=beam,
        wbeam=beam,
    )
    for index, ways in enumerate(request["words"]):
        for number, phones in enumerate(ways, 1):
            decoder.add_word(f"{index}({number})" if number > 1 else str(index), phones, update=False)
    grammar = decoder.create_fsg(SEARCH, 0, len(request["words"]), _ways_through(request))
    decoder.add_fsg(SEARCH, grammar)
    decoder.activate_search(SEARCH)
    return decoder


def _ways_through(request: dict[str, Any]) -> list[tuple[Any, ...]]:
    """From each place in the script to behind the next word, or, hardly ever, to behind one further on.

    The sound may begin late in the script or break off early: that is as rare as two skips.
    """
    count, skip, longest = len(request["words"]), request["skip"], request["longest_skip"]
    steps = [
        (place, after + 1, 1.0 if after == place else skip, str(after))
        for place in range(count)
        for after in range(place, min(count, place + longest + 1))
    ]
    late = [(0, after + 1, skip**2, str(after)) for after in range(longest + 1, count)]
    ends = [(place, count, skip if count - place <= longest else skip**2) for place in range(count)]
    return [*steps, *late, *ends]


if __name__ == "__main__":
    main()
