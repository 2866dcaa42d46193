"""Errors on the wire: DomainError to google.rpc.Status and back."""

from collections.abc import Iterable, Mapping

import grpc
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]

from civic_chassis.kernel.errors import DomainError, Kind, Violation

DETAILS_KEY = "grpc-status-details-bin"

_CODES: Mapping[Kind, grpc.StatusCode] = {
    Kind.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Kind.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Kind.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    Kind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Kind.GONE: grpc.StatusCode.NOT_FOUND,
    Kind.CONFLICT: grpc.StatusCode.ALREADY_EXISTS,
    Kind.PRECONDITION: grpc.StatusCode.FAILED_PRECONDITION,
    Kind.VERSION: grpc.StatusCode.ABORTED,
    Kind.LIMIT: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Kind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Kind.DEADLINE: grpc.StatusCode.DEADLINE_EXCEEDED,
    Kind.INTERNAL: grpc.StatusCode.INTERNAL,
}
_VIOLATION_PREFIX = "violations."


def code_of(kind: Kind) -> grpc.StatusCode:
    return _CODES[kind]


def to_details(error: DomainError) -> bytes:
    """The serialised google.rpc.Status with ErrorInfo and, where fields are named, BadRequest.

    BadRequest has no place for a violation's metadata; ErrorInfo carries it as `violations.<index>.<key>`.
    """
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=error.domain, metadata=error.metadata)
    info.metadata["kind"] = error.kind.value
    status = status_pb2.Status(code=code_of(error.kind).value[0], message=error.message)
    details = status.details
    if error.violations:
        request = error_details_pb2.BadRequest()
        for index, violation in enumerate(error.violations):
            request.field_violations.add(field=violation.field, description=violation.message, reason=violation.reason)
            for key, value in violation.metadata.items():
                info.metadata[f"{_VIOLATION_PREFIX}{index}.{key}"] = value
        details.add().Pack(info)
        details.add().Pack(request)
    else:
        details.add().Pack(info)
    serialized: bytes = status.SerializeToString()
    return serialized


def from_rpc_error(error: grpc.aio.AioRpcError) -> DomainError:
    """The error that the server raised, or what a failed transport amounts to."""
    details = _details(error.trailing_metadata() or ())
    return _from_details(details) if details else _from_code(error.code())


def is_from_server(error: grpc.aio.AioRpcError) -> bool:
    """Whether a server of ours answered, in contrast to a transport that failed."""
    return _details(error.trailing_metadata() or ()) is not None


def _details(metadata: Iterable[tuple[str, str | bytes]]) -> bytes | None:
    for key, value in metadata:
        if key == DETAILS_KEY and isinstance(value, bytes):
            return value
    return None


def _from_details(serialized: bytes) -> DomainError:
    status = status_pb2.Status.FromString(serialized)
    info = error_details_pb2.ErrorInfo()
    request = error_details_pb2.BadRequest()
    for detail in status.details:
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            detail.Unpack(info)
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            detail.Unpack(request)
    metadata = dict(info.metadata)
    kind = Kind(metadata.pop("kind", Kind.INTERNAL.value))
    violations = [
        Violation(found.field, found.reason, found.description, _take_violation_metadata(metadata, index))
        for index, found in enumerate(request.field_violations)
    ]
    return DomainError(kind, info.reason, status.message, domain=info.domain, metadata=metadata, violations=violations)


def _take_violation_metadata(metadata: dict[str, str], index: int) -> dict[str, str]:
    prefix = f"{_VIOLATION_PREFIX}{index}."
    keys = [key for key in metadata if key.startswith(prefix)]
    return {key.removeprefix(prefix): metadata.pop(key) for key in keys}


def _from_code(code: grpc.StatusCode) -> DomainError:
    # A server that sheds load answers RESOURCE_EXHAUSTED before our code runs: no limit of the person's.
    if code in (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.CANCELLED,
    ):
        return DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "the service is away at the moment")
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DomainError(Kind.DEADLINE, "DEADLINE_EXCEEDED", "the deadline of the call passed")
    return DomainError(Kind.INTERNAL, "INTERNAL", "unexpected answer", metadata={"code": code.name})
