"""Files as the JSON API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from civic.common.v1 import attachment_pb2
from civic_chassis.upload import Upload, UploadState

STATES: Final[Mapping[int, str]] = {
    attachment_pb2.ATTACHMENT_STATE_PROCESSING: "processing",
    attachment_pb2.ATTACHMENT_STATE_READY: "ready",
    attachment_pb2.ATTACHMENT_STATE_REFUSED: "refused",
    attachment_pb2.ATTACHMENT_STATE_HIDDEN: "hidden",
}


def attachment(message: attachment_pb2.Attachment) -> dict[str, Any]:
    """A file of a text: the same form that services keep for lists as JSON."""
    address = address_of(message)
    ready = message.state == attachment_pb2.ATTACHMENT_STATE_READY
    return {
        "id": message.id,
        "name": message.file_name,
        "size": message.size,
        "media_type": message.media_type,
        "state": STATES[message.state],
        "alt_text": message.alt_text,
        "width": message.width or None,
        "height": message.height or None,
        "encrypted": message.encrypted,
        "reason": message.reason or None,
        "content_url": f"{address}/content" if ready else None,
        "thumbnails": [
            {
                "url": f"{address}/thumbnails/{each.name}",
                "media_type": each.media_type,
                "width": each.width,
                "height": each.height,
            }
            for each in message.thumbnails
        ],
    }


def address_of(message: attachment_pb2.Attachment) -> str:
    """Its address in the JSON API."""
    return "/api/v1/" + message.name.removeprefix("tenants/")


def upload(found: Upload) -> dict[str, Any]:
    """An upload that no tool holds yet, for the person who sent it."""
    shown: dict[str, Any] = {
        "id": str(found.id),
        "name": found.name,
        "size": found.length,
        "media_type": found.kind.value if found.kind is not None else "",
        "state": found.state.value,
        "alt_text": found.alt_text,
        "width": found.width or None,
        "height": found.height or None,
        "encrypted": found.encrypted,
        "reason": found.refusal.value if found.refusal is not None else None,
        "expire_time": found.expire_time.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "content_url": None,
        "thumbnails": [],
    }
    if found.state is UploadState.RECEIVING:
        shown["received"] = found.offset
    return shown
