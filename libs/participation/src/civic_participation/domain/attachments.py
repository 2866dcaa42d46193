"""Files that are attached to what somebody wrote: whose they are, how far they are, and who sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from civic_chassis.kernel.errors import DomainError, Kind, Violation
from civic_chassis.kernel.text import clean_text

# What a text calls its files.
FIELD = "attachments"
ATTACHMENTS_MAX = 5
ALT_TEXT_MAX = 500


class AttachmentState(StrEnum):
    """How far a file is: nobody but its author sees one before it is READY."""

    PROCESSING = "processing"
    READY = "ready"
    REFUSED = "refused"
    # A moderator took it away.
    HIDDEN = "hidden"


class Note(StrEnum):
    """What the editor should know of a document."""

    ENCRYPTED = "encrypted"
    UNTAGGED = "pdf_untagged"
    UNTITLED = "pdf_untitled"
    NO_LANGUAGE = "pdf_no_language"
    UNREADABLE = "pdf_unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """A smaller form of a picture; `name` is the last part of its address."""

    name: str
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a text. `digest` is that of what may be downloaded, empty before it is ready."""

    id: UUID
    tenant: str
    name: str
    size: int
    media_type: str
    create_time: datetime
    state: AttachmentState = AttachmentState.PROCESSING
    alt_text: str = ""
    width: int = 0
    height: int = 0
    digest: str = ""
    reason: str = ""
    notes: tuple[Note, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = ()

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")

    @property
    def is_video(self) -> bool:
        return self.media_type.startswith("video/")

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the text, and as the JSON API shows it there."""
        address = f"/api/v1/{self.tenant}/files/{self.id}"
        ready = self.state is AttachmentState.READY
        return {
            "id": str(self.id),
            "name": self.name,
            "size": self.size,
            "media_type": self.media_type,
            "state": self.state.value,
            "alt_text": self.alt_text,
            "width": self.width or None,
            "height": self.height or None,
            "encrypted": Note.ENCRYPTED in self.notes,
            "reason": self.reason or None,
            "content_url": f"{address}/content" if ready else None,
            "thumbnails": [
                {
                    "url": f"{address}/thumbnails/{thumbnail.name}",
                    "media_type": thumbnail.media_type,
                    "width": thumbnail.width,
                    "height": thumbnail.height,
                }
                for thumbnail in self.thumbnails
                if ready
            ],
        }


def shown(attachments: Sequence[Attachment]) -> tuple[dict[str, Any], ...]:
    """What is kept with a text; what a moderator took away is not in it."""
    return tuple(each.as_json() for each in attachments if each.state is not AttachmentState.HIDDEN)


def checked_ids(ids: Sequence[UUID], *, max: int = ATTACHMENTS_MAX) -> tuple[UUID, ...]:
    """The ids, each once, in their order. Raises TOO_MANY_FILES."""
    found = tuple(dict.fromkeys(ids))
    if len(found) > max:
        limits = {"max": str(max), "actual": str(len(found))}
        violation = Violation(FIELD, "TOO_MANY_FILES", "too many files", limits)
        raise DomainError(Kind.INVALID, "TOO_MANY_FILES", "too many files", metadata=limits, violations=(violation,))
    return found


def checked_alt_text(text: str) -> str:
    """What a picture shows, in words. Raises INVALID_ARGUMENT."""
    return clean_text(text, "alt_text", min=0, max=ALT_TEXT_MAX)


def file_missing(attachment_id: UUID | None = None) -> DomainError:
    """No such file, or none of this person's; without an id where what was sent is none."""
    named = {"file": str(attachment_id)} if attachment_id is not None else {}
    violation = Violation(FIELD, "FILE_NOT_FOUND", "no such file of this person", named)
    return DomainError(Kind.INVALID, "FILE_NOT_FOUND", "no such file", violations=(violation,))


def file_taken(field: str = FIELD) -> DomainError:
    """The file belongs to another text."""
    violation = Violation(field, "FILE_TAKEN", "the file belongs to another text")
    return DomainError(Kind.CONFLICT, "FILE_TAKEN", "the file belongs to another text", violations=(violation,))


def file_unfinished() -> DomainError:
    """Pieces are missing, or it was refused."""
    violation = Violation(FIELD, "FILE_UNFINISHED", "the file is not complete")
    return DomainError(Kind.CONFLICT, "FILE_UNFINISHED", "the file is not complete", violations=(violation,))


def not_found() -> DomainError:
    """No attachment, or none that this caller may see."""
    return DomainError(Kind.NOT_FOUND, "FILE_NOT_FOUND", "no such file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What became of a file that was looked at and cleaned."""

    state: AttachmentState
    size: int = 0
    digest: str = ""
    width: int = 0
    height: int = 0
    reason: str = ""
    notes: tuple[Note, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = field(default=())
