"""Word and OpenDocument texts: archives, looked into without unpacking them into memory."""

import zipfile
import zlib
from io import BytesIO

from civic_chassis.inspection.kinds import ALLOWED, FileKind, Found, Refusal, refused

MAX_ENTRIES = 3_000
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
# XML packs well, but not better than this; what packs better is made to fill a memory.
MAX_RATIO = 200
_RATIO_FROM = 4 * 1024 * 1024
_STEP = 64 * 1024
_HEAD = 30
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_CONTENT_TYPES = "[Content_Types].xml"
_SMALL = 1024 * 1024


def package(contents: bytes) -> Found:
    """Raises Refused for another archive, for macros, and for one that unpacks into too much."""
    try:
        archive = zipfile.ZipFile(BytesIO(contents))
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, OSError) as error:
        raise refused(Refusal.DAMAGED) from error
    with archive:
        entries = archive.infolist()
        if archive.comment:
            raise refused(Refusal.AMBIGUOUS)
        _check_sizes(entries, len(contents))
        for entry in entries:
            _check_entry(contents, entry)
        names = {entry.filename for entry in entries}
        kind = _kind(archive, names)
        _check_macros(archive, names, kind)
    return Found(kind)


def _check_sizes(entries: list[zipfile.ZipInfo], size: int) -> None:
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or total > MAX_UNPACKED_BYTES or (total > _RATIO_FROM and total > MAX_RATIO * size):
        raise _unpacked()
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        # Entries that share their bytes unpack into more than the archive can hold.
        if entry.header_offset < end:
            raise _unpacked()
        end = entry.header_offset + _HEAD + entry.compress_size
    if end > size:
        raise refused(Refusal.DAMAGED)


def _check_entry(contents: bytes, entry: zipfile.ZipInfo) -> None:
    """An entry has to be as large as it says: whoever unpacks it later believes that number, or does not."""
    if entry.compress_type not in _METHODS or entry.flag_bits & 0x1:
        raise refused(Refusal.DAMAGED)
    head = contents[entry.header_offset : entry.header_offset + _HEAD]
    if head[:4] != b"PK\x03\x04":
        raise refused(Refusal.DAMAGED)
    begin = entry.header_offset + _HEAD + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed = memoryview(contents)[begin : begin + entry.compress_size]
    actual = len(packed) if entry.compress_type == zipfile.ZIP_STORED else _unpacked_size(packed, limit=entry.file_size)
    if actual > entry.file_size:
        raise _unpacked()
    if actual < entry.file_size:
        raise refused(Refusal.DAMAGED)


def _unpacked_size(packed: memoryview, *, limit: int) -> int:
    """How much it unpacks into, counted step by step; just above `limit` where it is more."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    rest: bytes | memoryview = packed
    try:
        while not unpacker.eof and size <= limit:
            piece = unpacker.decompress(rest, _STEP)
            size += len(piece)
            rest = unpacker.unconsumed_tail
            if not piece and not rest:
                break
    except zlib.error as error:
        raise refused(Refusal.DAMAGED) from error
    if not unpacker.eof and size <= limit:
        raise refused(Refusal.DAMAGED)
    return size


def _kind(archive: zipfile.ZipFile, names: set[str]) -> FileKind:
    if "mimetype" in names and _small(archive, "mimetype").strip() == FileKind.ODT.value.encode():
        return FileKind.ODT
    if _CONTENT_TYPES in names and "word/document.xml" in names:
        return FileKind.DOCX
    raise refused(Refusal.KIND, allowed=ALLOWED)


def _check_macros(archive: zipfile.ZipFile, names: set[str], kind: FileKind) -> None:
    if kind is FileKind.ODT:
        active = any(name.startswith(("Basic/", "Scripts/")) and not name.endswith("/") for name in names)
    else:
        lowered = {name.lower() for name in names}
        active = any(name.endswith(("vbaproject.bin", "vbadata.xml")) for name in lowered)
        active = active or b"macroenabled" in _small(archive, _CONTENT_TYPES).lower()
    if active:
        raise refused(Refusal.MACROS)


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as entry:
            return entry.read(_SMALL)
    except (zipfile.BadZipFile, zlib.error, OSError) as error:
        raise refused(Refusal.DAMAGED) from error


def _unpacked() -> Exception:
    return refused(Refusal.UNPACKED, max=str(MAX_UNPACKED_BYTES), megabytes=str(MAX_UNPACKED_BYTES // 1024 // 1024))
