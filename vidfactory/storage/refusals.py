"""What a storage's refusal means: whether another try may succeed, and what a person can do where none can.

Belongs here: telling apart what fsspec and the S3 client raise. Does not belong here: trying again (`objects`).

S3 says the same thing in three ways: a code in the body ("SlowDown"), a status alone where there is no body (a HEAD
answered 503), and errors of the connection, which come from three libraries. `verdict` brings them to four.
"""

import errno
from collections.abc import Iterator, Mapping
from typing import Literal

from vidfactory.errors import StorageRefused

Verdict = Literal["busy", "there", "refused", "unknown"]
"""busy: worth another try. there: a file that was to be new is there. refused: no try can succeed. unknown: pass on."""

_BUSY_STATUS = frozenset({408, 409, 429, 500, 502, 503, 504})
"""409: somebody writes the same object at this moment, or the bucket is being made."""
_BUSY_CODES = frozenset(
    {
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "SlowDownRead",
        "SlowDownWrite",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
        "XAmzContentSHA256Mismatch",  # the body was damaged on its way
        "BadDigest",
        "IncompleteBody",
        "NoSuchUpload",  # a large upload that was ended already, perhaps by an answer that was lost
    }
)
_CUT_OFF = frozenset(
    {errno.ECONNRESET, errno.ECONNREFUSED, errno.ECONNABORTED, errno.EPIPE, errno.ETIMEDOUT, errno.EHOSTUNREACH}
)
KEYS = "the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in the profile that AWS_PROFILE names"
"""Where the SDK looks for the keys, in words; what they are is never said."""


def verdict(error: BaseException) -> Verdict:
    """What `error`, raised by a storage that is no local folder, means for the request that it answers."""
    answer = _answer(error)
    if answer is not None:
        return _of_answer(*answer)
    kinds = _kinds(error)
    if kinds & {"botocore.HTTPClientError", "botocore.ConnectionError", "botocore.ResponseParserError"}:
        return "busy"
    if any(kind.startswith("botocore.") for kind in kinds):
        return "refused"
    if any(kind.startswith("aiohttp.") for kind in kinds) or isinstance(error, TimeoutError | ConnectionError):
        return "busy"
    if isinstance(error, OSError) and error.errno in _CUT_OFF:
        return "busy"
    return "unknown"


def _of_answer(code: str, status: int) -> Verdict:
    if code == "PreconditionFailed" or status == 412:
        return "there"
    if _is_full(code, status):
        return "refused"
    if code in _BUSY_CODES or status in _BUSY_STATUS:
        return "busy"
    if code in {"NoSuchKey", "404"}:
        return "unknown"  # which fsspec has made a FileNotFoundError
    return "refused"


def refusal(error: BaseException, where: str, address: str) -> StorageRefused:
    """The error that a person is told: what the storage at `address` refused for `where`, and the setting to change."""
    code, status = _answer(error) or ("", 0)
    kinds = _kinds(error)
    bucket = address.partition("://")[2].partition("/")[0]
    if kinds & {"botocore.NoCredentialsError", "botocore.PartialCredentialsError"}:
        what, remedy = "there are no keys for the storage", f"Set {KEYS}; .env is not read for them"
    elif code == "NoSuchBucket":
        what, remedy = f"there is no bucket {bucket!r}", "Make it, or name another in VIDFACTORY_STUDIO"
    elif code == "RequestTimeTooSkewed":
        what, remedy = (
            "the clock of this machine is wrong",
            "Set it; the storage refuses what is signed at another time",
        )
    elif _is_full(code, status):
        what, remedy = (
            "the storage is full",
            f"Make room in the bucket {bucket!r}, or raise its quota, and run it again",
        )
    elif status in {401, 403} or code in {
        "AccessDenied",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
    }:
        what = f"the storage refuses the keys ({code or status})"
        remedy = f"Check {KEYS}; they must be allowed to list, read, write and delete in the bucket {bucket!r}"
    else:
        what = f"the storage refuses it: {code or type(error).__name__}"
        remedy = "Check VIDFACTORY_STUDIO, AWS_ENDPOINT_URL and AWS_DEFAULT_REGION"
    return StorageRefused(what, where=where, remedy=remedy)


def _is_full(code: str, status: int) -> bool:
    return status == 507 or code == "EntityTooLarge" or "Quota" in code or "StorageFull" in code


def _answer(error: BaseException) -> tuple[str, int] | None:
    """The code and the status of what an S3 service answered; None where it answered nothing."""
    for each in _chain(error):
        response = getattr(each, "response", None)
        if isinstance(response, Mapping) and "Error" in response:
            code = str(response["Error"].get("Code", ""))
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return code, int(status or (code if code.isdigit() else 0))
    return None


def _kinds(error: BaseException) -> set[str]:
    """The names of the classes that an error is of, with the library that they come from.

    Names, because these libraries are there only where a studio lies on S3.
    """
    return {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__}


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__
