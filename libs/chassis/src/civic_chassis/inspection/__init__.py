"""What a file is by its contents, and why it is refused; nothing is decoded or unpacked into memory here."""

from civic_chassis.inspection.documents import is_encrypted_pdf
from civic_chassis.inspection.kinds import (
    ALLOWED,
    ALLOWED_VIDEOS,
    MAX_FILE_BYTES,
    MAX_VIDEO_BYTES,
    FileKind,
    Found,
    Refusal,
    Refused,
    refused,
)
from civic_chassis.inspection.look import inspect
from civic_chassis.inspection.names import MAX_NAME, disposition, safe_name
from civic_chassis.inspection.pictures import MAX_PIXELS, MAX_SIDE
from civic_chassis.inspection.videos import video_kind

__all__ = [
    "ALLOWED",
    "ALLOWED_VIDEOS",
    "MAX_FILE_BYTES",
    "MAX_NAME",
    "MAX_PIXELS",
    "MAX_SIDE",
    "MAX_VIDEO_BYTES",
    "FileKind",
    "Found",
    "Refusal",
    "Refused",
    "disposition",
    "inspect",
    "is_encrypted_pdf",
    "refused",
    "safe_name",
    "video_kind",
]
