"""Replicate: predictions by model or version, waited for or polled, and the files that they made.

A prediction is billed when it is accepted, so that a second order of the same one shows. Also one that is stopped
for its content has run and is charged (`metrics.predict_time`).
"""

import re
from decimal import Decimal
from functools import partial
from time import sleep
from typing import Any

from vidfactory.schema.base import Size
from vidfactory_tests.servers.jobs import Job, Jobs, State
from vidfactory_tests.servers.pictures import picture
from vidfactory_tests.servers.prices import CALLS
from vidfactory_tests.servers.wire import FREE, Answer, Request, Route, Service, json_answer

SDXL = "stability-ai/sdxl"
SDXL_VERSION = "7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc"
NSFW = "NSFW content detected. Try running it again, or try a different prompt."
INTERRUPTED = "Prediction interrupted; please retry (code: PA)"
LONGEST_WAIT_S = 60.0
RATIOS = {"1:1": (1024, 1024), "16:9": (1344, 768), "9:16": (768, 1344), "3:2": (1216, 832), "2:3": (832, 1216)}
_STATES: dict[State, str] = {
    "waiting": "starting",
    "running": "processing",
    "done": "succeeded",
    "failed": "failed",
    "cancelled": "canceled",
}
_TITLES = {401: "Unauthenticated", 404: "Not found", 422: "Input validation failed", 429: "Too many requests"}


def service() -> Service:
    jobs = Jobs()

    def create(pattern: str) -> Route:
        return Route(
            "POST",
            pattern,
            "predict",
            answer=partial(_create, jobs),
            refuse=partial(_create, jobs, fails=NSFW),
            fail_job=lambda request, billed: _create(jobs, request, fails=INTERRUPTED, billed=billed),
            model=_model,
        )

    return Service(
        name="replicate",
        routes=(
            create("/v1/models/{owner}/{name}/predictions"),
            create("/v1/predictions"),
            Route("GET", "/v1/predictions/{id}", "poll", answer=partial(_poll, jobs)),
            Route("POST", "/v1/predictions/{id}/cancel", "cancel", answer=partial(_cancel, jobs)),
            Route("GET", "/files/{id}/out-0.png", "download", answer=partial(_download, jobs), takes_key=False),
            Route("GET", "/v1/account", "account", answer=lambda _: json_answer({"type": "user", "username": "test"})),
        ),
        is_authorised=lambda request: request.key in {request.bearer, request.headers.get("authorization", "")[6:]},
        wrong_key=lambda _: _failure(401, "You did not pass a valid authentication token"),
        failure=_failure,
    )


def _failure(status: int, detail: str = "") -> Answer:
    title = _TITLES.get(status, "Internal server error")
    return json_answer({"title": title, "detail": detail or title, "status": status}, status)


def _model(request: Request) -> str:
    if "owner" in request.captured:
        return f"{request.captured['owner']}/{request.captured['name']}"
    version = str(request.json.get("version", ""))
    return SDXL if version.endswith(SDXL_VERSION) else version.partition(":")[0]


def _create(jobs: Jobs, request: Request, *, fails: str = "", billed: bool = True) -> Answer:
    wanted = request.json.get("input")
    if not isinstance(wanted, dict) or "prompt" not in wanted:
        return _failure(422, "- input: prompt is required")
    job = jobs.add(
        Job(jobs.name(request.digest), _model(request), wanted["prompt"], wanted, request.job_s, fails, charged=billed)
    )
    prefer = re.fullmatch(r"wait(?:=(\d+))?", request.headers.get("prefer", ""))
    if prefer:
        sleep(min(job.seconds, float(prefer[1] or LONGEST_WAIT_S)))
    cost = CALLS.get(f"replicate:{job.model}", CALLS["replicate:other"]) if billed else FREE
    return _report(request, job, status=201, cost=cost, is_new=not prefer)


def _poll(jobs: Jobs, request: Request) -> Answer:
    job = jobs.find(request.captured["id"])
    return _report(request, job) if job else _failure(404, "The requested resource could not be found.")


def _cancel(jobs: Jobs, request: Request) -> Answer:
    job = jobs.find(request.captured["id"])
    if job is None:
        return _failure(404)
    job.cancelled = job.state in {"waiting", "running"}
    return _report(request, job)


def _report(request: Request, job: Job, status: int = 200, cost: Decimal = FREE, *, is_new: bool = False) -> Answer:
    state: State = "waiting" if is_new else job.state
    over = state in {"done", "failed", "cancelled"}
    address = f"{request.base}/v1/predictions/{job.id}"
    content: dict[str, Any] = {
        "id": job.id,
        "model": job.model,
        "version": SDXL_VERSION if job.model == SDXL else "hidden",
        "input": job.request,
        "logs": "",
        "output": [f"{request.base}/files/{job.id}/out-0.png"] if state == "done" else None,
        "data_removed": False,
        "error": job.fails if state == "failed" else None,
        "status": _STATES[state],
        "created_at": "2026-11-20T12:00:00.000Z",
        "started_at": None if state == "waiting" else "2026-11-20T12:00:01.000Z",
        "completed_at": "2026-11-20T12:00:03.000Z" if over else None,
        "urls": {"get": address, "cancel": f"{address}/cancel", "web": f"{request.base}/p/{job.id}"},
        "metrics": {"predict_time": max(job.seconds, 0.5)} if over and job.charged else {},
    }
    return json_answer(content, status, cost)


def _download(jobs: Jobs, request: Request) -> Answer:
    job = jobs.find(request.captured["id"])
    if job is None or job.state != "done":
        return _failure(404)
    width, height = RATIOS.get(str(job.request.get("aspect_ratio")), (1024, 1024))
    size = Size(width=job.request.get("width", width), height=job.request.get("height", height))
    return Answer(200, picture(f"{job.prompt}/{job.request.get('seed')}", size), "image/png")
