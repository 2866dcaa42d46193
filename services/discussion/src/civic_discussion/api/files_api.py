"""The servicer of files: parse, call one verb, render."""

from collections.abc import Sequence
from typing import Any

from civic.discussion.v1 import attachment_service_pb2 as pb
from civic.discussion.v1.attachment_service_pb2_grpc import (
    AttachmentServiceServicer,
    add_AttachmentServiceServicer_to_server,
)
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer
from civic_participation.api.attachments import attachment_message

from civic_discussion.api import wire
from civic_discussion.application.files import ContributionFiles
from civic_discussion.application.paging import Asked

Context = Any


def servicers(files: ContributionFiles) -> Sequence[Servicer]:
    """The servicer with the function that registers it."""
    return ((add_AttachmentServiceServicer_to_server, AttachmentApi(files)),)


class AttachmentApi(AttachmentServiceServicer):
    """AttachmentService."""

    def __init__(self, files: ContributionFiles) -> None:
        self._files = files

    async def GetAttachment(self, request: pb.GetAttachmentRequest, context: Context) -> pb.GetAttachmentResponse:
        found = await self._files.get(current_call(), wire.file_id(request.id))
        return pb.GetAttachmentResponse(
            attachment=attachment_message(found.attachment, notes=False),
            contribution_id=str(found.contribution_id or ""),
            public=found.public,
            topic_id=str(found.topic_id),
        )

    async def DescribeAttachment(
        self, request: pb.DescribeAttachmentRequest, context: Context
    ) -> pb.DescribeAttachmentResponse:
        found = await self._files.describe(current_call(), wire.file_id(request.id), request.alt_text)
        return pb.DescribeAttachmentResponse(attachment=attachment_message(found.attachment, notes=False))

    async def ListAttachmentGaps(
        self, request: pb.ListAttachmentGapsRequest, context: Context
    ) -> pb.ListAttachmentGapsResponse:
        page = await self._files.gaps(current_call(), Asked(request.page_size, request.page_token))
        return pb.ListAttachmentGapsResponse(
            gaps=[
                pb.AttachmentGap(
                    attachment=attachment_message(held.attachment, notes=True),
                    contribution_id=str(held.contribution_id),
                    contribution_title=held.contribution_title,
                    topic_id=str(held.topic_id),
                    topic_title=held.topic_title,
                )
                for held in page.items
            ],
            next_page_token=page.next_page_token,
        )
