"""The servicers: parse, call one verb, render."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from civic.notification.v1 import (
    following_service_pb2,
    following_service_pb2_grpc,
    guest_service_pb2,
    guest_service_pb2_grpc,
    preference_service_pb2,
    preference_service_pb2_grpc,
    recipient_service_pb2,
    recipient_service_pb2_grpc,
    template_service_pb2,
    template_service_pb2_grpc,
    unsubscribe_service_pb2,
    unsubscribe_service_pb2_grpc,
)
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer

from civic_notification.api import wire
from civic_notification.application.followings import Followings, Wanted
from civic_notification.application.guests import Guests
from civic_notification.application.recipients import Recipients
from civic_notification.application.templates import Templates
from civic_notification.application.unsubscribing import Unsubscribing

Context = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Verbs:
    """What the servicers call."""

    recipients: Recipients
    followings: Followings
    guests: Guests
    templates: Templates
    unsubscribing: Unsubscribing


def servicers(verbs: Verbs) -> Sequence[Servicer]:
    """Each servicer with the function that registers it."""
    return (
        (recipient_service_pb2_grpc.add_RecipientServiceServicer_to_server, RecipientApi(verbs.recipients)),
        (following_service_pb2_grpc.add_FollowingServiceServicer_to_server, FollowingApi(verbs.followings)),
        (guest_service_pb2_grpc.add_GuestServiceServicer_to_server, GuestApi(verbs.guests)),
        (preference_service_pb2_grpc.add_PreferenceServiceServicer_to_server, PreferenceApi(verbs.followings)),
        (template_service_pb2_grpc.add_TemplateServiceServicer_to_server, TemplateApi(verbs.templates)),
        (unsubscribe_service_pb2_grpc.add_UnsubscribeServiceServicer_to_server, UnsubscribeApi(verbs.unsubscribing)),
    )


class RecipientApi(recipient_service_pb2_grpc.RecipientServiceServicer):
    """RecipientService."""

    def __init__(self, recipients: Recipients) -> None:
        self._recipients = recipients

    async def KeepRecipient(
        self, request: recipient_service_pb2.KeepRecipientRequest, context: Context
    ) -> recipient_service_pb2.KeepRecipientResponse:
        kept = await self._recipients.keep(current_call(), request.language)
        return recipient_service_pb2.KeepRecipientResponse(recipient=wire.recipient_message(kept))

    async def GetRecipient(
        self, request: recipient_service_pb2.GetRecipientRequest, context: Context
    ) -> recipient_service_pb2.GetRecipientResponse:
        kept = await self._recipients.get(current_call())
        return recipient_service_pb2.GetRecipientResponse(recipient=wire.recipient_message(kept))

    async def RetryRecipient(
        self, request: recipient_service_pb2.RetryRecipientRequest, context: Context
    ) -> recipient_service_pb2.RetryRecipientResponse:
        kept = await self._recipients.retry(current_call())
        return recipient_service_pb2.RetryRecipientResponse(recipient=wire.recipient_message(kept))


class FollowingApi(following_service_pb2_grpc.FollowingServiceServicer):
    """FollowingService."""

    def __init__(self, followings: Followings) -> None:
        self._followings = followings

    async def PutFollowing(
        self, request: following_service_pb2.PutFollowingRequest, context: Context
    ) -> following_service_pb2.PutFollowingResponse:
        wanted = Wanted(
            kind=request.object.kind,
            id=request.object.id,
            rhythm=wire.rhythm(request.rhythm),
            title=request.title,
            path=request.path,
        )
        kept = await self._followings.put(current_call(), wanted)
        return following_service_pb2.PutFollowingResponse(following=wire.following_message(kept))

    async def DeleteFollowing(
        self, request: following_service_pb2.DeleteFollowingRequest, context: Context
    ) -> following_service_pb2.DeleteFollowingResponse:
        await self._followings.remove(current_call(), request.object.kind, request.object.id)
        return following_service_pb2.DeleteFollowingResponse()

    async def GetFollowing(
        self, request: following_service_pb2.GetFollowingRequest, context: Context
    ) -> following_service_pb2.GetFollowingResponse:
        found = await self._followings.get(current_call(), request.object.kind, request.object.id)
        return following_service_pb2.GetFollowingResponse(following=wire.following_message(found))

    async def ListMyFollowings(
        self, request: following_service_pb2.ListMyFollowingsRequest, context: Context
    ) -> following_service_pb2.ListMyFollowingsResponse:
        page = await self._followings.list_mine(
            current_call(), page_size=request.page_size, page_token=request.page_token
        )
        return following_service_pb2.ListMyFollowingsResponse(
            followings=[wire.following_message(following) for following in page.items],
            next_page_token=page.next_page_token,
        )


class GuestApi(guest_service_pb2_grpc.GuestServiceServicer):
    """GuestService."""

    def __init__(self, guests: Guests) -> None:
        self._guests = guests

    async def RequestFollowing(
        self, request: guest_service_pb2.RequestFollowingRequest, context: Context
    ) -> guest_service_pb2.RequestFollowingResponse:
        wanted = Wanted(
            kind=request.object.kind,
            id=request.object.id,
            rhythm=wire.rhythm(request.rhythm),
            title=request.title,
            path=request.path,
        )
        await self._guests.ask(current_call(), request.address, request.language, wanted)
        return guest_service_pb2.RequestFollowingResponse()

    async def GetQuestion(
        self, request: guest_service_pb2.GetQuestionRequest, context: Context
    ) -> guest_service_pb2.GetQuestionResponse:
        return wire.question_message(await self._guests.question(current_call(), request.token))

    async def ConfirmFollowing(
        self, request: guest_service_pb2.ConfirmFollowingRequest, context: Context
    ) -> guest_service_pb2.ConfirmFollowingResponse:
        token = await self._guests.confirm(current_call(), request.token)
        return guest_service_pb2.ConfirmFollowingResponse(manage_token=token)

    async def ListGuestFollowings(
        self, request: guest_service_pb2.ListGuestFollowingsRequest, context: Context
    ) -> guest_service_pb2.ListGuestFollowingsResponse:
        found = await self._guests.followings(current_call(), request.token)
        return guest_service_pb2.ListGuestFollowingsResponse(
            followings=[wire.following_message(following) for following in found]
        )

    async def ChangeGuestFollowing(
        self, request: guest_service_pb2.ChangeGuestFollowingRequest, context: Context
    ) -> guest_service_pb2.ChangeGuestFollowingResponse:
        await self._guests.change(
            current_call(),
            request.token,
            tenant=request.tenant,
            kind=request.object.kind,
            object_id=request.object.id,
            rhythm=wire.rhythm(request.rhythm),
        )
        return guest_service_pb2.ChangeGuestFollowingResponse()


class PreferenceApi(preference_service_pb2_grpc.PreferenceServiceServicer):
    """PreferenceService."""

    def __init__(self, followings: Followings) -> None:
        self._followings = followings

    async def ListPreferences(
        self, request: preference_service_pb2.ListPreferencesRequest, context: Context
    ) -> preference_service_pb2.ListPreferencesResponse:
        found = await self._followings.preferences(current_call())
        return preference_service_pb2.ListPreferencesResponse(
            preferences=[wire.preference_message(preference) for preference in found]
        )

    async def PutPreference(
        self, request: preference_service_pb2.PutPreferenceRequest, context: Context
    ) -> preference_service_pb2.PutPreferenceResponse:
        kept = await self._followings.prefer(current_call(), request.kind, wire.rhythm(request.rhythm))
        return preference_service_pb2.PutPreferenceResponse(preference=wire.preference_message(kept))


class TemplateApi(template_service_pb2_grpc.TemplateServiceServicer):
    """TemplateService."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    async def ListTemplates(
        self, request: template_service_pb2.ListTemplatesRequest, context: Context
    ) -> template_service_pb2.ListTemplatesResponse:
        found = await self._templates.list(current_call())
        return template_service_pb2.ListTemplatesResponse(
            templates=[wire.template_message(template) for template in found]
        )

    async def GetTemplate(
        self, request: template_service_pb2.GetTemplateRequest, context: Context
    ) -> template_service_pb2.GetTemplateResponse:
        found = await self._templates.get(current_call(), request.kind, request.language)
        return template_service_pb2.GetTemplateResponse(template=wire.template_message(found))

    async def UpdateTemplate(
        self, request: template_service_pb2.UpdateTemplateRequest, context: Context
    ) -> template_service_pb2.UpdateTemplateResponse:
        changed = await self._templates.update(
            current_call(),
            request.kind,
            request.language,
            request.etag,
            subject_line=request.subject_line,
            text=request.text,
        )
        return template_service_pb2.UpdateTemplateResponse(template=wire.template_message(changed))

    async def ResetTemplate(
        self, request: template_service_pb2.ResetTemplateRequest, context: Context
    ) -> template_service_pb2.ResetTemplateResponse:
        changed = await self._templates.reset(current_call(), request.kind, request.language, request.etag)
        return template_service_pb2.ResetTemplateResponse(template=wire.template_message(changed))

    async def PreviewTemplate(
        self, request: template_service_pb2.PreviewTemplateRequest, context: Context
    ) -> template_service_pb2.PreviewTemplateResponse:
        shown = await self._templates.preview(
            current_call(), request.kind, request.language, subject_line=request.subject_line, text=request.text
        )
        return template_service_pb2.PreviewTemplateResponse(
            subject_line=shown.subject_line, text=shown.text, html=shown.html
        )


class UnsubscribeApi(unsubscribe_service_pb2_grpc.UnsubscribeServiceServicer):
    """UnsubscribeService."""

    def __init__(self, unsubscribing: Unsubscribing) -> None:
        self._unsubscribing = unsubscribing

    async def GetSubscription(
        self, request: unsubscribe_service_pb2.GetSubscriptionRequest, context: Context
    ) -> unsubscribe_service_pb2.GetSubscriptionResponse:
        found = await self._unsubscribing.get(current_call(), request.token)
        return wire.subscription_message(found)

    async def Unsubscribe(
        self, request: unsubscribe_service_pb2.UnsubscribeRequest, context: Context
    ) -> unsubscribe_service_pb2.UnsubscribeResponse:
        await self._unsubscribing.leave(current_call(), request.token)
        return unsubscribe_service_pb2.UnsubscribeResponse()
