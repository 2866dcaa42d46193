"""An upload as a value: how far it is, what was found in it, and when it is forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from civic_chassis.inspection import MAX_FILE_BYTES, Refused, refused
from civic_chassis.inspection.kinds import FileKind, Refusal
from civic_chassis.kernel.errors import DomainError, Kind

KEEP_UNCLAIMED = timedelta(days=1)


class UploadState(StrEnum):
    """How far an upload is."""

    RECEIVING = "receiving"
    READY = "ready"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that somebody sent and no tool holds yet. `offset` is how much of `length` arrived.

    `owner` is a subject. Kind, name and digest are those that were found in the contents; `kind` is None and `name`
    empty until all of it arrived. `alt_text` is what its sender says that a picture shows, `video` that it is to be
    one, and may be as large.
    """

    id: UUID
    tenant: str
    owner: str
    raw_name: str
    length: int
    offset: int
    state: UploadState
    name: str = ""
    kind: FileKind | None = None
    digest: str = ""
    width: int = 0
    height: int = 0
    encrypted: bool = False
    refusal: Refusal | None = None
    refusal_metadata: tuple[tuple[str, str], ...] = ()
    alt_text: str = ""
    video: bool = False

    @property
    def expire_time(self) -> datetime:
        """When it is forgotten unless a tool claims it."""
        return created(self.id) + KEEP_UNCLAIMED


def check_length(length: int, limit: int = MAX_FILE_BYTES) -> None:
    """Raises Refused for a file that is empty or too large."""
    if length == 0:
        raise refused(Refusal.EMPTY)
    if length > limit:
        raise refused_size(limit)


def refused_size(limit: int = MAX_FILE_BYTES) -> Refused:
    """The refusal of more than a file may have."""
    return refused(Refusal.TOO_LARGE, max=str(limit), megabytes=str(limit // 1024 // 1024))


def created(upload_id: UUID) -> datetime:
    """The time that stands in an id of version 7."""
    return datetime.fromtimestamp((upload_id.int >> 80) / 1000, UTC)


def not_found() -> DomainError:
    """No such file, or none that this person may know of."""
    return DomainError(Kind.NOT_FOUND, "FILE_NOT_FOUND", "no such file")


def verdict_of(upload: Upload) -> dict[str, object]:
    """What was found in the contents, as it is kept beside them."""
    return {
        "name": upload.name,
        "kind": upload.kind,
        "digest": upload.digest,
        "width": upload.width,
        "height": upload.height,
        "encrypted": upload.encrypted,
    }


def judged(upload: Upload, verdict: Mapping[str, Any]) -> Upload:
    """The upload with what was found in its contents."""
    whole = replace(upload, offset=upload.length)
    if "refusal" in verdict:
        pairs = tuple(verdict["metadata"].items())
        refusal = Refusal(verdict["refusal"])
        return replace(whole, state=UploadState.REFUSED, refusal=refusal, refusal_metadata=pairs)
    found = {**verdict, "kind": FileKind(verdict["kind"])}
    return replace(whole, state=UploadState.READY, **found)
