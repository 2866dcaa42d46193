"""Files as pages show them: kind and size in words, smaller forms, what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from civic.common.v1 import attachment_pb2

from civic_gateway.features.files.render import STATES, address_of
from civic_gateway.web.addresses import code_of
from civic_gateway.web.i18n import Words

_KINDS: Final = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WebP",
    "gif": "GIF",
    "pdf": "PDF",
    "text": "ODT",
    "mp4": "MP4",
    "webm": "WebM",
}


@dataclass(frozen=True, slots=True)
class FileView:
    """A file in a form or below a text; `number` is its place in the form."""

    number: int
    id: str
    name: str
    kind: str
    size: str
    is_picture: bool
    alt_text: str
    state: str
    reason: str
    address: str
    thumbnails: Sequence[attachment_pb2.Thumbnail] = ()

    @property
    def code(self) -> str:
        """The id as it stands in addresses of pages."""
        return code_of(self.id)


def file_view(
    words: Words, message: attachment_pb2.Attachment, *, number: int = 0, alt_text: str | None = None
) -> FileView:
    """A file that is attached to a text."""
    reason = f"errors.reason.{message.reason}.title"
    return FileView(
        number=number,
        id=message.id,
        name=message.file_name,
        kind=kind_in_words(message.media_type),
        size=size_in_words(words, message.size),
        is_picture=message.media_type.startswith("image/"),
        alt_text=message.alt_text if alt_text is None else alt_text,
        state=STATES[message.state],
        reason=words.text(reason) if message.reason and reason in words else "",
        address=address_of(message),
        thumbnails=message.thumbnails,
    )


def size_in_words(words: Words, size: int) -> str:
    """`1,2 MB` or `340 kB`."""
    if size >= 1_000_000:
        return f"{words.number(round(size / 1_000_000, 1))} MB"
    return f"{words.number(max(round(size / 1000), 1))} kB"


def kind_in_words(media_type: str) -> str:
    """`JPEG` for image/jpeg."""
    last = media_type.rpartition("/")[2]
    return "DOCX" if last.endswith("wordprocessingml.document") else _KINDS.get(last.rpartition(".")[2], "")
