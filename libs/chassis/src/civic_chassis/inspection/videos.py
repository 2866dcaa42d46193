"""Videos by their first bytes; what else is in them is seen where they are cleaned."""

from civic_chassis.inspection.kinds import FileKind

# Brands of ISO 14496-12 that hold films. Pictures (HEIC, AVIF) have brands of their own.
_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash", b"qt  "}
)
_EBML = b"\x1a\x45\xdf\xa3"
_HEAD_BYTES = 64


def video_kind(head: bytes) -> FileKind | None:
    """The kind of a video that begins with these bytes; None for anything else."""
    if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
        return FileKind.MP4
    if head.startswith(_EBML) and b"webm" in head[:_HEAD_BYTES]:
        return FileKind.WEBM
    return None
