"""A job-style video service in Runway's format: order, poll, cancel, fetch the film.

A task is billed when it is accepted, so that a second order of the same one shows; `cost` of a failed task
says whether it was charged. Credits are cents.
"""

from decimal import Decimal
from functools import partial
from typing import Any

from vidfactory.schema.base import Size
from vidfactory_tests.servers.jobs import Job, Jobs, State
from vidfactory_tests.servers.pictures import film
from vidfactory_tests.servers.prices import SECONDS
from vidfactory_tests.servers.wire import FREE, Answer, Request, Route, Service, json_answer

CREDITS_A_DOLLAR = 100
RATIOS = {"1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672"}
UNSAFE = "SAFETY.INPUT.TEXT"
BROKEN = "INTERNAL.BAD_OUTPUT.CODE01"
_STATES: dict[State, str] = {
    "waiting": "PENDING",
    "running": "RUNNING",
    "done": "SUCCEEDED",
    "failed": "FAILED",
    "cancelled": "CANCELLED",
}


def service() -> Service:
    jobs = Jobs()
    return Service(
        name="runway",
        routes=(
            Route(
                "POST",
                "/v1/image_to_video",
                "order",
                answer=partial(_order, jobs),
                refuse=partial(_order, jobs, fails=UNSAFE, billed=False),
                fail_job=lambda request, billed: _order(jobs, request, fails=BROKEN, billed=billed),
                model=lambda request: str(request.json["model"]),
            ),
            Route("GET", "/v1/tasks/{id}", "poll", answer=partial(_poll, jobs)),
            Route("DELETE", "/v1/tasks/{id}", "cancel", answer=partial(_cancel, jobs)),
            Route("GET", "/files/{id}.mp4", "download", answer=partial(_download, jobs), takes_key=False),
            Route("GET", "/v1/organization", "organization", answer=lambda _: json_answer({"creditBalance": 1000})),
        ),
        is_authorised=lambda request: request.bearer == request.key,
        wrong_key=lambda _: _failure(401, "The API key is invalid."),
        failure=_failure,
    )


def _failure(status: int, message: str = "") -> Answer:
    return json_answer({"error": message or f"error {status}", "docUrl": "https://docs.dev.runwayml.com/api"}, status)


def _order(jobs: Jobs, request: Request, *, fails: str = "", billed: bool = True) -> Answer:
    wanted = request.json
    missing = {"model", "promptImage", "ratio", "duration"} - wanted.keys()
    if "x-runway-version" not in request.headers:
        return _failure(400, "The X-Runway-Version header is required.")
    if missing or wanted["ratio"] not in RATIOS or not 2 <= wanted["duration"] <= 10:
        return _failure(400, f"Validation of body failed: {', '.join(sorted(missing)) or 'ratio, duration'}")
    prompt = f"{wanted.get('promptText', '')}/{wanted.get('seed')}/{wanted['promptImage']}"
    job = Job(jobs.name(request.digest), wanted["model"], prompt, wanted, request.job_s, fails, charged=billed)
    jobs.add(job)
    content = {"id": job.id, "estimatedCost": {"credits": _credits(job)}}
    return json_answer(content, cost=_dollars(job) if billed else FREE)


def _dollars(job: Job) -> Decimal:
    return SECONDS.get(f"runway:{job.model}", SECONDS["runway:other"]) * int(job.request["duration"])


def _credits(job: Job) -> int:
    return int(_dollars(job) * CREDITS_A_DOLLAR)


def _poll(jobs: Jobs, request: Request) -> Answer:
    job = jobs.find(request.captured["id"])
    if job is None:
        return _failure(404, "No such task")
    state = job.state
    content: dict[str, Any] = {"id": job.id, "status": _STATES[state], "createdAt": "2026-11-20T12:00:00.000Z"}
    if state in {"waiting", "running"}:
        content["estimatedCost"] = {"credits": _credits(job)}
    else:
        content["cost"] = {"credits": _credits(job) if job.charged else 0}
    if state == "running":
        content["progress"] = round(job.share, 2)
    if state == "done":
        content["output"] = [f"{request.base}/files/{job.id}.mp4"]
    if state == "failed":
        content |= {"failure": "The task failed.", "failureCode": job.fails}
    return json_answer(content)


def _cancel(jobs: Jobs, request: Request) -> Answer:
    job = jobs.find(request.captured["id"])
    if job is None:
        return _failure(404, "No such task")
    job.cancelled = True
    return Answer(204)


def _download(jobs: Jobs, request: Request) -> Answer:
    job = jobs.find(request.captured["id"])
    if job is None or job.state != "done":
        return _failure(404)
    width, height = (int(side) for side in str(job.request["ratio"]).split(":"))
    return Answer(200, film(job.prompt, Size(width=width, height=height), job.request["duration"]), "video/mp4")
