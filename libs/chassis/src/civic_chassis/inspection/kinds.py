"""The kinds of files that are taken, and the reasons why one is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MAX_FILE_BYTES = 20 * 1024 * 1024
# A state sets another limit; this one stands where nobody did.
MAX_VIDEO_BYTES = 200 * 1024 * 1024


class FileKind(StrEnum):
    """A kind of file by its media type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    GIF = "image/gif"
    PDF = "application/pdf"
    ODT = "application/vnd.oasis.opendocument.text"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    MP4 = "video/mp4"
    WEBM = "video/webm"

    @property
    def is_picture(self) -> bool:
        return self.value.startswith("image/")

    @property
    def is_video(self) -> bool:
        return self.value.startswith("video/")

    @property
    def extensions(self) -> tuple[str, ...]:
        """Endings of names that fit; the first is the usual one."""
        return _EXTENSIONS[self]


_EXTENSIONS = {
    FileKind.JPEG: ("jpg", "jpeg", "jpe", "jfif"),
    FileKind.PNG: ("png",),
    FileKind.WEBP: ("webp",),
    FileKind.GIF: ("gif",),
    FileKind.PDF: ("pdf",),
    FileKind.ODT: ("odt",),
    FileKind.DOCX: ("docx",),
    FileKind.MP4: ("mp4", "m4v"),
    FileKind.WEBM: ("webm",),
}

# As people call them, in the order in which a sentence names them.
ALLOWED = "JPEG, PNG, WebP, GIF, PDF, ODT, DOCX"
# Where a video is taken at all. Other codecs do not play everywhere.
ALLOWED_VIDEOS = "MP4 (H.264), WebM"


class Refusal(StrEnum):
    """Why a file is not taken; the interface has a sentence for each."""

    TOO_LARGE = "FILE_TOO_LARGE"
    EMPTY = "FILE_EMPTY"
    KIND = "FILE_KIND"
    DAMAGED = "FILE_DAMAGED"
    PIXELS = "FILE_PIXELS"
    AMBIGUOUS = "FILE_AMBIGUOUS"
    MACROS = "FILE_MACROS"
    UNPACKED = "FILE_UNPACKED"
    VIRUS = "FILE_VIRUS"


class Refused(Exception):
    """The file is not taken; `metadata` is what the sentence about it needs."""

    def __init__(self, refusal: Refusal, metadata: Mapping[str, str]) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.metadata = metadata


def refused(refusal: Refusal, **metadata: str) -> Refused:
    """The exception with what its sentence needs."""
    return Refused(refusal, metadata)


@dataclass(frozen=True, slots=True)
class Found:
    """What a file turned out to be; width and height are 0 for what is no picture."""

    kind: FileKind
    width: int = 0
    height: int = 0
    encrypted: bool = False
