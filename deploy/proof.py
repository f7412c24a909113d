"""What a cluster stands: `make cluster-proof`.

Orders shorts on a cluster of its own, does harm to it while they are made, and looks whether all are there, whole, made
once and paid for once. Takes about a quarter of an hour on two cores for twelve. What was found is printed, and
kept as `proof.json` in the cluster's folder.

Belongs here: orders, harm, and findings that do not trust the studio's own word: the store is read as it is, and what
was paid is asked of the services (fakes that count). Does not belong here: how a cluster is started (`cluster.py`).
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from deploy.cluster import BUCKET, PROJECT, Cluster, Trouble

SERVICE_KEY = "proof"
PROVIDERS = {"narrator": ["elevenlabs"], "illustrator": ["google"]}
"""Who is paid; everything else is made by the house."""
ORDER = """posts: {posts}
title: Proof {number}
symbol: GOOG
seconds: 45
quality: draft
takes: {{narration: {number}, illustrations: {number}, backdrop: {number}}}
"""
PATIENCE_S = 3 * 3600
LAST = "package"
"""The asset with which a video is finished: what follows is up to its publisher."""
HARM = ("daemon", "worker", "redis", "store", "worker", "database")


@dataclass
class Moment:
    """One harm that was done, and when, in seconds from the start."""

    at_s: float
    what: str


class Proof:
    """One cluster, its orders and its troubles."""

    def __init__(self, cluster: Cluster, services: str, videos: int, seed: int) -> None:
        self.cluster, self.services, self.videos = cluster, services, videos
        self.chance = random.Random(seed)
        self.begun = time.monotonic()
        self.moments: list[Moment] = []
        self.wanted = [f"finance-proof-{number}" for number in range(1, videos + 1)]

    def order(self) -> None:
        """Drop the orders into the inbox, as a person would."""
        inbox = Path(self.cluster.environment("code")["VIDFACTORY_INBOX"])
        inbox.mkdir(parents=True, exist_ok=True)
        samples = json.loads((PROJECT / "data" / "samples" / "posts.json").read_text("utf-8"))
        about = [post for post in samples["tweets"] if "goog" in post["id"]]
        for number, key in enumerate(self.wanted, start=1):
            posts = self.cluster.state / f"posts-{number}.json"
            posts.write_text(json.dumps({**samples, "tweets": [about[number % len(about)]]}), "utf-8")
            hidden = inbox / f".{key}.part"
            hidden.write_text(ORDER.format(posts=posts, number=number), "utf-8")
            hidden.rename(inbox / f"{key}.yaml")

    def watch(self, harm: list[str]) -> None:
        """Look after the cluster until every video is finished, and do each harm when its share of steps is made."""
        due = [number / (len(harm) + 1) for number in range(len(harm))]  # the first while the orders are taken in
        deadline, told = time.monotonic() + PATIENCE_S, 0.0
        while True:
            for name in self.cluster.look_after():
                self._note(f"{name} was started again")
            self._check_refused()
            made = self._progress()
            if time.monotonic() - told > 30:
                told = time.monotonic()
                print(
                    f"{self._now():6.0f} s  {len(made['finished'])} of {self.videos} finished, {made['share']:.0%}",
                    flush=True,
                )
            if len(made["finished"]) == self.videos and not made["going"]:
                return
            if time.monotonic() > deadline:
                self._note("patience is over")
                return
            if harm and made["share"] >= due[len(due) - len(harm)]:
                time.sleep(self.chance.uniform(0, 6))
                self._do(harm.pop(0))
            time.sleep(2)

    def _check_refused(self) -> None:
        refused = Path(self.cluster.environment("code")["VIDFACTORY_INBOX"]) / "refused"
        if reasons := [reason.read_text("utf-8") for reason in refused.glob("*.reason.txt")]:
            raise Trouble(f"an order was refused: {reasons[0]}")

    def _do(self, harm: str) -> None:
        if harm == "worker":
            name = self.chance.choice([name for name in self.cluster.programs if name.startswith("worker")])
            self._note(f"kill -9 {name}")
            self.cluster.down(name, signal.SIGKILL)
            self.cluster.programs[name].wanted = True  # as a machine comes back
        elif harm == "daemon":
            self._note("a second daemon for 60 s")
            with self._second_daemon():
                time.sleep(60)
        else:
            programs, seconds = {"redis": ("redis", 3.0), "store": ("proxy", 20.0), "database": ("postgres", 15.0)}[
                harm
            ]
            self._note(f"{programs} is away for {seconds:.0f} s")
            self.cluster.down(programs)
            time.sleep(seconds)
            self.cluster.up(programs)

    @contextmanager
    def _second_daemon(self) -> Iterator[None]:
        program = self.cluster.programs["daemon"]
        with (self.cluster.state / "logs" / "daemon2.log").open("ab") as log:
            other = subprocess.Popen(
                program.command,
                cwd=PROJECT,
                env={**program.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield
        finally:
            other.terminate()
            other.wait()

    def _progress(self) -> dict[str, Any]:
        """Who is finished, which runs are going on, and the share of all assets that is made; by Dagster's page."""
        query = """{ runsOrError(limit: 500) { ... on Runs { results { status tags { key value } } } }
          assetNodes { assetKey { path } groupName assetMaterializations(limit: 1000) { partition } } }"""
        try:
            found = self._asked(query)
        except OSError:
            return {"finished": [], "going": True, "share": 0.0}  # its page is away with its database
        runs = found["runsOrError"]["results"]
        going = [run for run in runs if run["status"] in {"QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING"}]
        going = [run for run in going if any(tag["value"] in self.wanted for tag in run["tags"])]
        made = {
            "/".join(node["assetKey"]["path"]): {each["partition"] for each in node["assetMaterializations"]}
            for node in found["assetNodes"]
        }
        finished = [key for key in self.wanted if key in made[LAST]]
        steps = [len(partitions & set(self.wanted)) for partitions in made.values()]
        full = sum(1 for count in steps if count)
        return {
            "finished": finished,
            "going": bool(going),
            "share": sum(steps) / max(1, 26 * self.videos),
            "full": full,
        }

    def _asked(self, query: str) -> Any:
        body = json.dumps({"query": query}).encode()
        address = f"{self.cluster.address('dagster')}/graphql"
        with urlopen(Request(address, body, {"Content-Type": "application/json"}), timeout=30) as answer:  # noqa: S310
            return json.load(answer)["data"]

    def _note(self, what: str) -> None:
        self.moments.append(Moment(self._now(), what))
        print(f"{self._now():6.0f} s  {what}", flush=True)

    def _now(self) -> float:
        return time.monotonic() - self.begun


@dataclass(frozen=True)
class Findings:
    """What stands against the studio (`faults`), and what can be measured (`figures`)."""

    faults: list[str]
    figures: dict[str, Any]


class Inspection:
    """Looks at the store, the services' books and Dagster's log when all is done."""

    def __init__(self, proof: Proof) -> None:
        import boto3  # noqa: PLC0415  -- slow to import

        self.proof = proof
        known = proof.cluster.environment("person")
        self.store = boto3.client(
            "s3",
            endpoint_url=known["AWS_ENDPOINT_URL"],
            aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
            region_name=known["AWS_DEFAULT_REGION"],
        )
        self.prefix = known["VIDFACTORY_STUDIO"].partition(f"{BUCKET}/")[2]
        self.faults: list[str] = []

    def all(self) -> Findings:
        figures = {**self._films(), **self._wholeness(), **self._money(), **self._log()}
        return Findings(self.faults, figures)

    def _keys(self, folder: str) -> list[str]:
        pages = self.store.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{self.prefix}/{folder}/")
        return [each["Key"] for page in pages for each in page.get("Contents", [])]

    def _read(self, key: str) -> bytes:
        content: bytes = self.store.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content

    def _films(self) -> dict[str, Any]:
        there = {key.split("/")[2] for key in self._keys("videos") if key.endswith(f"/{LAST}/artifact.json")}
        missing = [key for key in self.proof.wanted if key not in there]
        if missing:
            self.faults.append(f"not finished: {', '.join(missing)}")
        return {"videos": self.proof.videos, "finished": self.proof.videos - len(missing)}

    def _wholeness(self) -> dict[str, Any]:
        """Every file that an artifact names is there, with the content that it names."""
        keys = self._keys("videos")
        artifacts = [key for key in keys if key.endswith("/artifact.json")]
        files = 0
        for key in artifacts:
            for media in _media(json.loads(self._read(key))):
                name = f"{key.rpartition('/')[0]}/{media['path']}"
                files += 1
                if name not in keys:
                    self.faults.append(f"{key} names {media['path']}, which is not there")
                elif hashlib.sha256(self._read(name)).hexdigest() != media["sha256"]:
                    self.faults.append(f"{name} is not what {key} says")
        return {"artifacts": len(artifacts), "files": files}

    def _money(self) -> dict[str, Any]:
        """What the services have billed against what the ledger says.

        A call that a kill cut off may be billed twice, for its service cannot know that the answer was lost. Then the
        ledger must hold it as doubtful.
        """
        with urlopen(f"{self.proof.services}/control/served", timeout=60) as answer:  # noqa: S310
            served = [each for each in json.load(answer) if Decimal(each["billed"])]
        entries = [json.loads(self._read(key)) for key in self._keys("ledger") if key.endswith(".json")]
        billed = sum((Decimal(each["billed"]) for each in served), Decimal(0))
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for entry in entries:
            sums[entry["state"]] += Decimal(entry["usd"])
        doubts = sum(entry["state"] == "doubtful" for entry in entries)
        settled = Counter(entry["call"] for entry in entries if entry["state"] == "settled")
        if paid := [call for call, count in settled.items() if count > 1]:
            self.faults.append(f"{len(paid)} calls were paid for twice: {', '.join(paid[:3])}")
        if len(served) > sum(settled.values()) + doubts:
            self.faults.append(
                f"{len(served)} calls were billed, and the ledger knows of {sum(settled.values())} and {doubts}"
            )
        if sums["reserved"]:
            self.faults.append(f"${sums['reserved']} are promised for ever")
        if not sums["settled"] <= billed <= sums["settled"] + sums["doubtful"]:
            self.faults.append(f"the services have billed ${billed}, the ledger says {dict(sums)}")
        return {
            "calls_paid": len(settled),
            "calls_billed": len(served),
            "doubtful": doubts,
            "billed_usd": str(billed),
            "ledger_usd": {state: str(usd) for state, usd in sums.items()},
        }

    def _log(self) -> dict[str, Any]:
        """Which assets were made more than once, whether ever by two at once, and what Dagster itself takes."""
        text = self.proof.cluster.run_module("person", "deploy.log_figures", self.proof.wanted)
        told: dict[str, Any] = json.loads(text.splitlines()[-1])
        kills = sum(moment.what.startswith("kill") for moment in self.proof.moments)
        if told["at_once"]:
            self.faults.append(f"made by two at once: {told['at_once']}")
        if told["ordered_twice"]:
            self.faults.append(f"started twice: {told['ordered_twice']}")
        told["kills"] = kills
        return told


def _media(content: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(content, dict):
        if {"path", "sha256", "size"} <= content.keys():
            yield content
        for each in content.values():
            yield from _media(each)
    elif isinstance(content, list):
        for each in content:
            yield from _media(each)


@contextmanager
def paid_services() -> Iterator[str]:
    """The address of the fakes, in a process of their own."""
    command = [sys.executable, "-m", "vidfactory_tests.servers", "--key", SERVICE_KEY]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.proof", description=__doc__.partition("\n")[0])
    parser.add_argument("--videos", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--harm", default=",".join(HARM), help=f"of {', '.join(dict.fromkeys(HARM))}; none for throughput"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the moments and victims")
    parser.add_argument("--state", type=Path, default=PROJECT / "data" / "cluster-proof")
    parser.add_argument("--port", type=int, default=4100)
    options = parser.parse_args()
    from vidfactory_tests.servers.studio import services_environment  # noqa: PLC0415  -- needs the development tools

    state, harm = options.state.resolve(), [each for each in options.harm.split(",") if each not in {"", "none"}]
    if unknown := set(harm) - set(HARM):
        parser.error(f"there is no harm {', '.join(unknown)}; there are {', '.join(dict.fromkeys(HARM))}")
    shutil.rmtree(state, ignore_errors=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with paid_services() as services:
        environment = {
            **services_environment(services, SERVICE_KEY),
            "VIDFACTORY_PROVIDERS": json.dumps(PROVIDERS),
            "VIDFACTORY_RENDER_CACHE_GB": "0",  # the films resemble each other, and each shall cost what it costs
            "VIDFACTORY_REVIEW": "never",
        }
        cluster = Cluster(state, options.port, options.workers, environment)
        (state / "cluster.pid").write_text(str(os.getpid()), encoding="utf-8")
        try:
            cluster.start()
            proof = Proof(cluster, services, options.videos, options.seed)
            proof.order()
            proof.watch(list(harm))
            found = Inspection(proof).all()
        except Trouble as trouble:
            sys.exit(f"Error: {trouble}")
        finally:
            cluster.end()
            (state / "cluster.pid").unlink(missing_ok=True)
    hours = max(found.figures["wall_s"], 1) / 3600
    figures = {
        "workers": options.workers,
        "cores": os.cpu_count(),
        "seed": options.seed,
        "moments": [f"{moment.at_s:.0f} s {moment.what}" for moment in proof.moments],
        **found.figures,
        "videos_per_hour": round(found.figures["finished"] / hours, 1),
        "faults": found.faults,
    }
    (state / "proof.json").write_text(json.dumps(figures, indent=2), "utf-8")
    print(json.dumps(figures, indent=2))
    print("It does not hold: " + "; ".join(found.faults) if found.faults else "It holds.")
    sys.exit(bool(found.faults))


if __name__ == "__main__":
    main()
