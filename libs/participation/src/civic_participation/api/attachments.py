"""Attachments as messages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from civic.common.v1 import attachment_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from civic_participation.domain.attachments import Attachment, AttachmentState, Note

_STATES = {
    AttachmentState.PROCESSING: attachment_pb2.ATTACHMENT_STATE_PROCESSING,
    AttachmentState.READY: attachment_pb2.ATTACHMENT_STATE_READY,
    AttachmentState.REFUSED: attachment_pb2.ATTACHMENT_STATE_REFUSED,
    AttachmentState.HIDDEN: attachment_pb2.ATTACHMENT_STATE_HIDDEN,
}


def attachment_message(attachment: Attachment, *, notes: bool) -> attachment_pb2.Attachment:
    """The attachment in full; `notes` are for staff."""
    return attachment_pb2.Attachment(
        name=f"tenants/{attachment.tenant}/files/{attachment.id}",
        id=str(attachment.id),
        file_name=attachment.name,
        size=attachment.size,
        media_type=attachment.media_type,
        state=_STATES[attachment.state],
        alt_text=attachment.alt_text,
        width=attachment.width,
        height=attachment.height,
        encrypted=Note.ENCRYPTED in attachment.notes,
        reason=attachment.reason,
        thumbnails=[
            attachment_pb2.Thumbnail(name=each.name, media_type=each.media_type, width=each.width, height=each.height)
            for each in attachment.thumbnails
            if attachment.state is AttachmentState.READY
        ],
        notes=[note.value for note in attachment.notes] if notes else [],
        digest=attachment.digest,
        create_time=_timestamp(attachment.create_time),
    )


def shown_message(tenant: str, shown: Mapping[str, Any]) -> attachment_pb2.Attachment:
    """An attachment from what is kept of it with its text."""
    return attachment_pb2.Attachment(
        name=f"tenants/{tenant}/files/{shown['id']}",
        id=shown["id"],
        file_name=shown["name"],
        size=shown["size"],
        media_type=shown["media_type"],
        state=_STATES[AttachmentState(shown["state"])],
        alt_text=shown["alt_text"],
        width=shown["width"] or 0,
        height=shown["height"] or 0,
        encrypted=shown["encrypted"],
        reason=shown["reason"] or "",
        thumbnails=[
            attachment_pb2.Thumbnail(
                name=each["url"].rpartition("/")[2],
                media_type=each["media_type"],
                width=each["width"],
                height=each["height"],
            )
            for each in shown["thumbnails"]
        ],
    )


def _timestamp(instant: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(instant)
    return made
