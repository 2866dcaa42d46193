"""Files as the JSON API shows them."""

from __future__ import annotations

from typing import Any

from civic_chassis.upload import Upload, UploadState


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
