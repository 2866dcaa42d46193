"""PDF: begins as one, ends as one, and is nothing else besides."""

import re

from civic_chassis.inspection.kinds import FileKind, Found, Refusal, refused

# What a program that looks for another kind would look at.
_HEAD_BYTES = 1024
_TRAIL_BYTES = 1024
_MARKUP = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|script|svg|iframe|\?php)\b", re.IGNORECASE)
_OTHER_ENDS = (b"PK\x05\x06", b"PK\x01\x02")
_ENCRYPT = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R|/Encrypt\s*<<")


def is_pdf(contents: bytes) -> bool:
    """Whether it begins as a PDF; white space and a byte order mark before it do no harm."""
    return contents[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-")


def pdf(contents: bytes) -> Found:
    """Raises Refused for one without its end, and for one that is a page or an archive too."""
    end = contents.rfind(b"%%EOF")
    if end < 0:
        raise refused(Refusal.DAMAGED)
    trail = contents[end + 5 :]
    if len(trail.strip(b"\x00\r\n\t ")) > _TRAIL_BYTES or any(mark in trail for mark in _OTHER_ENDS):
        raise refused(Refusal.AMBIGUOUS)
    if _MARKUP.search(contents[:_HEAD_BYTES]) or _MARKUP.search(trail):
        raise refused(Refusal.AMBIGUOUS)
    return Found(FileKind.PDF, encrypted=is_encrypted_pdf(contents))


def is_encrypted_pdf(contents: bytes) -> bool:
    """Whether opening it needs a password, or its rights are locked."""
    return _ENCRYPT.search(contents) is not None
