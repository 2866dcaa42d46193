"""The one function that looks at a file."""

from civic_chassis.inspection import documents, packages, pictures
from civic_chassis.inspection.kinds import ALLOWED, MAX_FILE_BYTES, Found, Refusal, refused


def inspect(contents: bytes) -> Found:
    """What the file is by its contents, whatever its name or its sender says. Raises Refused.

    Its cost grows with the file's own size, never with what it claims to hold.
    """
    if not contents:
        raise refused(Refusal.EMPTY)
    if len(contents) > MAX_FILE_BYTES:
        raise refused(Refusal.TOO_LARGE, max=str(MAX_FILE_BYTES), megabytes=str(MAX_FILE_BYTES // 1024 // 1024))
    for begins, look in _LOOKS:
        if begins(contents):
            try:
                return look(contents)
            except (IndexError, ValueError) as error:
                # A number that points behind the end of the file.
                raise refused(Refusal.DAMAGED) from error
    raise refused(Refusal.KIND, allowed=ALLOWED)


_LOOKS = (
    (lambda contents: contents.startswith(b"\xff\xd8\xff"), pictures.jpeg),
    (lambda contents: contents.startswith(b"\x89PNG\r\n\x1a\n"), pictures.png),
    (lambda contents: contents[:4] == b"RIFF" and contents[8:12] == b"WEBP", pictures.webp),
    (lambda contents: contents[:6] in (b"GIF87a", b"GIF89a"), pictures.gif),
    (documents.is_pdf, documents.pdf),
    (lambda contents: contents.startswith(b"PK\x03\x04"), packages.package),
)
