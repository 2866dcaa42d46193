"""Calls to the notification service that pages and JSON API share; each raises DomainError."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from civic.notification.v1 import (
    following_pb2,
    following_service_pb2,
    following_service_pb2_grpc,
    notice_pb2,
    preference_service_pb2,
    preference_service_pb2_grpc,
    recipient_service_pb2,
    recipient_service_pb2_grpc,
    template_service_pb2,
    template_service_pb2_grpc,
    unsubscribe_service_pb2,
    unsubscribe_service_pb2_grpc,
)

from civic_gateway.clients import Asker, Service

Following = following_pb2.Following
Rhythm = following_pb2.Rhythm
Preference = preference_service_pb2.Preference
Recipient = recipient_service_pb2.Recipient
Template = template_service_pb2.Template
Subscription = unsubscribe_service_pb2.GetSubscriptionResponse
Scope = unsubscribe_service_pb2.SubscriptionScope
Preview = template_service_pb2.PreviewTemplateResponse

# What a Dialog is called among the objects that can be followed.
TOPIC = "discussion.topic"


@dataclass(frozen=True, slots=True)
class Words:
    """A mail text as staff writes it."""

    subject_line: str
    text: str


class FollowingCalls:
    """The notification service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._followings = following_service_pb2_grpc.FollowingServiceStub(service.channel)
        self._preferences = preference_service_pb2_grpc.PreferenceServiceStub(service.channel)
        self._recipients = recipient_service_pb2_grpc.RecipientServiceStub(service.channel)
        self._templates = template_service_pb2_grpc.TemplateServiceStub(service.channel)
        self._leaving = unsubscribe_service_pb2_grpc.UnsubscribeServiceStub(service.channel)

    async def put(self, asker: Asker, topic_id: str, rhythm: Rhythm.ValueType, *, title: str, path: str) -> Following:
        """Follows a Dialog, or changes how often."""
        request = following_service_pb2.PutFollowingRequest(
            object=_topic(topic_id), rhythm=rhythm, title=title, path=path
        )
        answer: following_service_pb2.PutFollowingResponse = await self._service.call(
            self._followings.PutFollowing, request, asker
        )
        return answer.following

    async def delete(self, asker: Asker, kind: str, object_id: str) -> None:
        """Follows an object no longer."""
        named = notice_pb2.FollowedObject(kind=kind, id=object_id)
        request = following_service_pb2.DeleteFollowingRequest(object=named)
        await self._service.call(self._followings.DeleteFollowing, request, asker)

    async def get(self, asker: Asker, kind: str, object_id: str) -> Following:
        """Raises FOLLOWING_NOT_FOUND."""
        named = notice_pb2.FollowedObject(kind=kind, id=object_id)
        request = following_service_pb2.GetFollowingRequest(object=named)
        answer: following_service_pb2.GetFollowingResponse = await self._service.call(
            self._followings.GetFollowing, request, asker
        )
        return answer.following

    async def change(self, asker: Asker, following: Following, rhythm: Rhythm.ValueType) -> None:
        """Follows what is followed in another rhythm."""
        request = following_service_pb2.PutFollowingRequest(
            object=following.object, rhythm=rhythm, title=following.title, path=following.path
        )
        await self._service.call(self._followings.PutFollowing, request, asker)

    async def list_mine(
        self, asker: Asker, *, page_size: int, page_token: str
    ) -> following_service_pb2.ListMyFollowingsResponse:
        """What the person follows in all tenants, newest first."""
        request = following_service_pb2.ListMyFollowingsRequest(page_size=page_size, page_token=page_token)
        answer: following_service_pb2.ListMyFollowingsResponse = await self._service.call(
            self._followings.ListMyFollowings, request, asker
        )
        return answer

    async def preferences(self, asker: Asker) -> Sequence[Preference]:
        """One for each kind of notice."""
        request = preference_service_pb2.ListPreferencesRequest()
        answer: preference_service_pb2.ListPreferencesResponse = await self._service.call(
            self._preferences.ListPreferences, request, asker
        )
        return answer.preferences

    async def prefer(self, asker: Asker, kind: str, rhythm: Rhythm.ValueType) -> Preference:
        """UNSPECIFIED forgets what the person said."""
        request = preference_service_pb2.PutPreferenceRequest(kind=kind, rhythm=rhythm)
        answer: preference_service_pb2.PutPreferenceResponse = await self._service.call(
            self._preferences.PutPreference, request, asker
        )
        return answer.preference

    async def keep_recipient(self, asker: Asker, language: str) -> Recipient:
        """Raises ADDRESS_MISSING."""
        request = recipient_service_pb2.KeepRecipientRequest(language=language)
        answer: recipient_service_pb2.KeepRecipientResponse = await self._service.call(
            self._recipients.KeepRecipient, request, asker
        )
        return answer.recipient

    async def recipient(self, asker: Asker) -> Recipient:
        """Raises RECIPIENT_NOT_FOUND."""
        request = recipient_service_pb2.GetRecipientRequest()
        answer: recipient_service_pb2.GetRecipientResponse = await self._service.call(
            self._recipients.GetRecipient, request, asker
        )
        return answer.recipient

    async def retry(self, asker: Asker) -> Recipient:
        """Tries an address again that was given up."""
        request = recipient_service_pb2.RetryRecipientRequest()
        answer: recipient_service_pb2.RetryRecipientResponse = await self._service.call(
            self._recipients.RetryRecipient, request, asker
        )
        return answer.recipient

    async def templates(self, asker: Asker) -> Sequence[Template]:
        """Every mail text of the tenant as it is sent."""
        request = template_service_pb2.ListTemplatesRequest()
        answer: template_service_pb2.ListTemplatesResponse = await self._service.call(
            self._templates.ListTemplates, request, asker
        )
        return answer.templates

    async def template(self, asker: Asker, kind: str, language: str) -> Template:
        """Raises TEMPLATE_NOT_FOUND."""
        request = template_service_pb2.GetTemplateRequest(kind=kind, language=language)
        answer: template_service_pb2.GetTemplateResponse = await self._service.call(
            self._templates.GetTemplate, request, asker
        )
        return answer.template

    async def update_template(self, asker: Asker, kind: str, language: str, words: Words, *, etag: str) -> Template:
        """Raises INVALID_ARGUMENT naming an unknown placeholder."""
        request = template_service_pb2.UpdateTemplateRequest(
            kind=kind, language=language, etag=etag, subject_line=words.subject_line, text=words.text
        )
        answer: template_service_pb2.UpdateTemplateResponse = await self._service.call(
            self._templates.UpdateTemplate, request, asker
        )
        return answer.template

    async def reset_template(self, asker: Asker, kind: str, language: str, *, etag: str) -> Template:
        """Goes back to the portal's text."""
        request = template_service_pb2.ResetTemplateRequest(kind=kind, language=language, etag=etag)
        answer: template_service_pb2.ResetTemplateResponse = await self._service.call(
            self._templates.ResetTemplate, request, asker
        )
        return answer.template

    async def preview(self, asker: Asker, kind: str, language: str, words: Words) -> Preview:
        """The mail with example values."""
        request = template_service_pb2.PreviewTemplateRequest(
            kind=kind, language=language, subject_line=words.subject_line, text=words.text
        )
        answer: Preview = await self._service.call(self._templates.PreviewTemplate, request, asker)
        return answer

    async def subscription(self, token: str) -> Subscription:
        """What the token of a mail would end. Raises TOKEN_UNKNOWN."""
        request = unsubscribe_service_pb2.GetSubscriptionRequest(token=token)
        answer: Subscription = await self._service.call(self._leaving.GetSubscription, request, Asker())
        return answer

    async def unsubscribe(self, token: str) -> None:
        """Ends it. Raises TOKEN_UNKNOWN."""
        request = unsubscribe_service_pb2.UnsubscribeRequest(token=token)
        await self._service.call(self._leaving.Unsubscribe, request, Asker())


def _topic(topic_id: str) -> notice_pb2.FollowedObject:
    return notice_pb2.FollowedObject(kind=TOPIC, id=topic_id)
