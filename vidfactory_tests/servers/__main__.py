"""`python -m vidfactory_tests.servers`: the fake services as a process of their own, until it is ended."""

import argparse
import signal
import sys
from pathlib import Path
from threading import Event

from vidfactory_tests.servers.server import KEY, FakeServices, read_latencies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: one that is free")
    parser.add_argument("--latencies", type=Path, help='a JSON file as {"openai.images": 6.0}')
    parser.add_argument("--seed", type=int, default=0, help="of the faults")
    parser.add_argument("--key", default=KEY, help="the key that is accepted")
    options = parser.parse_args()
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with FakeServices(port=options.port, seed=options.seed, key=options.key) as services:
        if options.latencies:
            services.switches.latencies(read_latencies(options.latencies.read_text("utf-8")))
        sys.stdout.write(f"{services.address}\n")
        sys.stdout.flush()
        ended.wait()


if __name__ == "__main__":
    main()
