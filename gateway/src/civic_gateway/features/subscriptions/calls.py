"""Calls about subscriptions: the filter to the catalog, the follower to notification; each raises DomainError."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from civic.catalog.v1 import subscription_service_pb2, subscription_service_pb2_grpc
from civic.notification.v1 import (
    following_pb2,
    following_service_pb2,
    following_service_pb2_grpc,
    guest_service_pb2,
    guest_service_pb2_grpc,
    notice_pb2,
)
from civic_chassis.kernel.errors import DomainError, Kind

from civic_gateway.clients import Asker, Service
from civic_gateway.features.catalog.calls import Wanted, filter_message
from civic_gateway.limits import Buckets, rate_limited

Following = following_pb2.Following
Rhythm = following_pb2.Rhythm
Found = subscription_service_pb2.GetSubscriptionResponse
Question = guest_service_pb2.GetQuestionResponse

# What a subscription is called among the objects that can be followed.
SUBSCRIPTION: Final = "catalog.subscription"
_HOUR_SECONDS: Final = 3_600.0
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Named:
    """What is subscribed to: the filter, and what it is called in the subscriber's language."""

    wanted: Wanted
    title: str
    language: str


class SubscriptionCalls:
    """The catalog and the notification service; `secret` keys what the one learns of an address."""

    def __init__(self, catalog: Service, notification: Service, *, secret: str, questions_per_hour: int) -> None:
        self._catalog = catalog
        self._notification = notification
        self._subscriptions = subscription_service_pb2_grpc.SubscriptionServiceStub(catalog.channel)
        self._followings = following_service_pb2_grpc.FollowingServiceStub(notification.channel)
        self._guests = guest_service_pb2_grpc.GuestServiceStub(notification.channel)
        self._secret = secret.encode()
        self._questions = Buckets(questions_per_hour, seconds=_HOUR_SECONDS)

    async def follow(self, asker: Asker, named: Named, rhythm: Rhythm.ValueType) -> str:
        """Subscribes for a signed-in person; returns the subscription's id."""
        made = await self._create(asker, named, "")
        request = following_service_pb2.PutFollowingRequest(
            object=_object(made), rhythm=rhythm, title=named.title, path=path_of(made)
        )
        await self._notification.call(self._followings.PutFollowing, request, asker)
        return made

    async def ask(self, asker: Asker, named: Named, rhythm: Rhythm.ValueType, *, address: str, client: str) -> None:
        """Lets the address be asked whether it wants to subscribe; says nothing about it. Raises RATE_LIMITED."""
        wait = self._questions.take(client)
        if wait:
            raise rate_limited(wait)
        made = await self._create(asker, named, self._word_for(address))
        request = guest_service_pb2.RequestFollowingRequest(
            address=address,
            language=named.language,
            object=_object(made),
            rhythm=rhythm,
            title=named.title,
            path=path_of(made),
        )
        await self._notification.call(self._guests.RequestFollowing, request, asker)

    async def get(self, subscription: str) -> Found:
        """`.filter` and `.title`. Raises SUBSCRIPTION_NOT_FOUND."""
        request = subscription_service_pb2.GetSubscriptionRequest(subscription_id=subscription)
        answer: Found = await self._catalog.call(self._subscriptions.GetSubscription, request, Asker())
        return answer

    async def mine(self, asker: Asker, subscription: str) -> Following:
        """The person's own. Raises SUBSCRIPTION_NOT_FOUND."""
        token = ""
        while True:
            request = following_service_pb2.ListMyFollowingsRequest(page_size=_MOST, page_token=token)
            answer: following_service_pb2.ListMyFollowingsResponse = await self._notification.call(
                self._followings.ListMyFollowings, request, asker
            )
            for each in answer.followings:
                if each.object.kind == SUBSCRIPTION and each.object.id == subscription:
                    return each
            token = answer.next_page_token
            if not token:
                raise DomainError(Kind.NOT_FOUND, "SUBSCRIPTION_NOT_FOUND", "not one of the caller's")

    async def question(self, token: str) -> Question:
        """What the mail asks. Raises TOKEN_UNKNOWN or QUESTION_EXPIRED."""
        request = guest_service_pb2.GetQuestionRequest(token=token)
        answer: Question = await self._notification.call(self._guests.GetQuestion, request, Asker())
        return answer

    async def confirm(self, token: str) -> str:
        """The token by which the address manages what it follows. Raises TOKEN_UNKNOWN or QUESTION_EXPIRED."""
        request = guest_service_pb2.ConfirmFollowingRequest(token=token)
        answer: guest_service_pb2.ConfirmFollowingResponse = await self._notification.call(
            self._guests.ConfirmFollowing, request, Asker()
        )
        return answer.manage_token

    async def of_guest(self, token: str) -> Sequence[Following]:
        """What the address of the token follows, newest first. Raises TOKEN_UNKNOWN."""
        request = guest_service_pb2.ListGuestFollowingsRequest(token=token)
        answer: guest_service_pb2.ListGuestFollowingsResponse = await self._notification.call(
            self._guests.ListGuestFollowings, request, Asker()
        )
        return answer.followings

    async def change_of_guest(
        self, token: str, tenant: str, kind: str, object_id: str, rhythm: Rhythm.ValueType
    ) -> None:
        """NEVER ends it. Raises TOKEN_UNKNOWN."""
        request = guest_service_pb2.ChangeGuestFollowingRequest(
            token=token, tenant=tenant, object=notice_pb2.FollowedObject(kind=kind, id=object_id), rhythm=rhythm
        )
        await self._notification.call(self._guests.ChangeGuestFollowing, request, Asker())

    async def _create(self, asker: Asker, named: Named, subscriber: str) -> str:
        request = subscription_service_pb2.CreateSubscriptionRequest(
            filter=filter_message(named.wanted), title=named.title, subscriber=subscriber
        )
        answer: subscription_service_pb2.CreateSubscriptionResponse = await self._catalog.call(
            self._subscriptions.CreateSubscription, request, asker
        )
        return answer.subscription_id

    def _word_for(self, address: str) -> str:
        """The same for the same address, and of no use to whoever reads it."""
        plain = address.strip().lower().encode()
        return hmac.new(self._secret, b"subscriber\x00" + plain, sha256).hexdigest()


def path_of(subscription: str) -> str:
    """Where its list is shown."""
    return f"/abonnement/{subscription}"


def _object(subscription: str) -> notice_pb2.FollowedObject:
    return notice_pb2.FollowedObject(kind=SUBSCRIPTION, id=subscription)
