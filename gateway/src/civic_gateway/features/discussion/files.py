"""Files of contributions: the discussion service's calls about them."""

from __future__ import annotations

from civic.common.v1 import attachment_pb2
from civic.discussion.v1 import attachment_service_pb2 as pb
from civic.discussion.v1.attachment_service_pb2_grpc import AttachmentServiceStub

from civic_gateway.clients import Asker, Page, Service
from civic_gateway.features.discussion.events import contribution_tag, topic_tag
from civic_gateway.features.files.holders import Held
from civic_gateway.features.tenants.events import tenant_tag


class DiscussionFiles:
    """The discussion service, as a holder of files."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._files = AttachmentServiceStub(service.channel)

    async def get_file(self, asker: Asker, file: str) -> Held:
        """Raises FILE_NOT_FOUND for what the asker may not see."""
        request = pb.GetAttachmentRequest(id=file)
        answer: pb.GetAttachmentResponse = await self._service.call(self._files.GetAttachment, request, asker)
        held_by = contribution_tag(answer.contribution_id) if answer.contribution_id else topic_tag(answer.topic_id)
        tags = (held_by, tenant_tag(asker.tenant or "")) if answer.public else None
        return Held(answer.attachment, tags)

    async def describe_file(self, asker: Asker, file: str, alt_text: str) -> attachment_pb2.Attachment:
        """For its author and for staff."""
        request = pb.DescribeAttachmentRequest(id=file, alt_text=alt_text)
        answer: pb.DescribeAttachmentResponse = await self._service.call(self._files.DescribeAttachment, request, asker)
        return answer.attachment

    async def list_gaps(self, asker: Asker, page: Page) -> pb.ListAttachmentGapsResponse:
        """For staff: `.gaps` and `.next_page_token`."""
        request = pb.ListAttachmentGapsRequest(page_size=page.size, page_token=page.token)
        answer: pb.ListAttachmentGapsResponse = await self._service.call(self._files.ListAttachmentGaps, request, asker)
        return answer
