"""How the server says that something went wrong: `application/problem+json`, as RFC 9457 has it.

Belongs here: the shape, which failure has which status, and what strangers are not told. Does not belong here: the
failures themselves.
"""

import http
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from vidfactory.errors import BadInput, MissingArtifact, StorageUnavailable, Taken, VidfactoryError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
LATER = "Try again later, or ask whoever runs the studio"
MEANING = ("value_error", "assertion_error")
"""Pydantic's names for what a schema cannot say: the field is as it should be, and cannot be used all the same."""
STATUSES: Sequence[tuple[type[VidfactoryError], int]] = ((MissingArtifact, 404), (Taken, 409), (BadInput, 422))
"""What a caller can mend. Everything else is the studio's own trouble, of which strangers are told no details."""


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str = Field(examples=["body.seconds"])
    said: str = Field(examples=["Input should be less than or equal to 120"])


class ProblemDetails(BaseModel):
    """What went wrong, and what to do about it."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["there is no channel 'markets'"])
    where: str = Field("", description="What it is about", examples=["channel"])
    remedy: str = Field("", description="What to do", examples=["There are: daily-markets"])
    errors: list[FieldProblem] = Field([], description="Each field that is wrong")
    request: str = Field("", description="Name it when you ask for help", examples=["3f2a9c0d5b7e4e2f"])


class Problem(Exception):
    """An answer that is not what was asked for."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        where: str = "",
        remedy: str = "",
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.detail, self.where, self.remedy = status, detail, where, remedy
        self.errors, self.headers = errors, dict(headers or {})
        super().__init__(detail)


def of_body(error: ValidationError) -> Problem:
    """The problem of a body: 400 where it is not what the description says, 422 where it means nothing here."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    fields = [FieldProblem(field=_place(("body", *each["loc"])), said=_said(each["msg"])) for each in found]
    status = 422 if all(each["type"] in MEANING for each in found) else 400
    return Problem(status, "the order cannot be used", where="body", remedy="Correct what is named", errors=fields)


async def answer(request: Request, error: Exception) -> JSONResponse:
    """The answer that tells of any failure."""
    problem = _problem(error)
    if problem.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request %s: %s", _number(request), error, exc_info=None if isinstance(error, Problem) else error)
    title = http.HTTPStatus(problem.status).phrase
    details = ProblemDetails(
        type="about:blank",
        title=title,
        status=problem.status,
        detail=problem.detail,
        where=problem.where,
        remedy=problem.remedy,
        errors=list(problem.errors),
        request=_number(request),
    )
    return JSONResponse(details.model_dump(), problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The failures of an address, for its description."""
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        status: {"description": http.HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def schema() -> dict[str, Any]:
    """The shape of a failure, for the description."""
    return ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")


def _problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case HTTPException():
            return Problem(error.status_code, _http_said(error), headers=error.headers)
        case RequestValidationError():
            fields = [FieldProblem(field=_place(each["loc"]), said=_said(each["msg"])) for each in error.errors()]
            return Problem(400, "the request cannot be used", remedy="Correct what is named", errors=fields)
        case StorageUnavailable():
            return Problem(503, "the studio's storage does not answer", remedy=LATER, headers={"retry-after": "60"})
        case VidfactoryError():
            status = next((status for kind, status in STATUSES if isinstance(error, kind)), None)
            if status:
                return Problem(status, error.what, where=error.where, remedy=error.remedy)
    return Problem(500, "the studio could not do it", remedy=LATER)


def _http_said(error: HTTPException) -> str:
    if error.status_code == http.HTTPStatus.NOT_FOUND:
        return "there is no such address"
    if error.status_code == http.HTTPStatus.METHOD_NOT_ALLOWED:
        return "this address does not take that method"
    return str(error.detail)


def _number(request: Request) -> str:
    return str(request.scope.get("state", {}).get("number", ""))


def _place(parts: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in parts)


def _said(text: str) -> str:
    return text.removeprefix("Value error, ")
