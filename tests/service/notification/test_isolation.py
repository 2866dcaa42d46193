"""Who may call what: nobody, another person, another tenant's staff."""

from collections.abc import Callable
from typing import Any

import pytest
from civic.notification.v1 import (
    following_pb2,
    following_service_pb2,
    preference_service_pb2,
    recipient_service_pb2,
    template_service_pb2,
)
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.service import Person, Stub

from tests.service.notification.conftest import Portal

Ask = Callable[[Portal, Person | None], Any]
_TEXT = {"kind": "digest", "language": "de", "subject_line": "Fremd", "text": "Ein fremder Text."}


def _of(service: Callable[[Portal, Person | None], Stub], method: str, request: Any) -> Ask:
    def ask(portal: Portal, caller: Person | None) -> Any:
        return getattr(service(portal, caller), method)(request(portal) if callable(request) else request)

    return ask


PARTICIPANT: dict[str, Ask] = {
    "KeepRecipient": _of(Portal.recipients, "KeepRecipient", recipient_service_pb2.KeepRecipientRequest()),
    "GetRecipient": _of(Portal.recipients, "GetRecipient", recipient_service_pb2.GetRecipientRequest()),
    "RetryRecipient": _of(Portal.recipients, "RetryRecipient", recipient_service_pb2.RetryRecipientRequest()),
    "PutFollowing": _of(
        Portal.followings,
        "PutFollowing",
        lambda portal: following_service_pb2.PutFollowingRequest(
            object=portal.named(), rhythm=following_pb2.RHYTHM_NOW, title="T", path="/a"
        ),
    ),
    "DeleteFollowing": _of(
        Portal.followings,
        "DeleteFollowing",
        lambda portal: following_service_pb2.DeleteFollowingRequest(object=portal.named()),
    ),
    "GetFollowing": _of(
        Portal.followings,
        "GetFollowing",
        lambda portal: following_service_pb2.GetFollowingRequest(object=portal.named()),
    ),
    "ListMyFollowings": _of(Portal.followings, "ListMyFollowings", following_service_pb2.ListMyFollowingsRequest()),
    "ListPreferences": _of(Portal.preferences, "ListPreferences", preference_service_pb2.ListPreferencesRequest()),
    "PutPreference": _of(
        Portal.preferences, "PutPreference", preference_service_pb2.PutPreferenceRequest(kind="phase.ended")
    ),
}
STAFF: dict[str, Ask] = {
    "ListTemplates": _of(Portal.templates, "ListTemplates", template_service_pb2.ListTemplatesRequest()),
    "GetTemplate": _of(
        Portal.templates, "GetTemplate", template_service_pb2.GetTemplateRequest(kind="digest", language="de")
    ),
    "UpdateTemplate": _of(
        Portal.templates, "UpdateTemplate", template_service_pb2.UpdateTemplateRequest(etag="0", **_TEXT)
    ),
    "ResetTemplate": _of(
        Portal.templates,
        "ResetTemplate",
        template_service_pb2.ResetTemplateRequest(kind="digest", language="de", etag="0"),
    ),
    "PreviewTemplate": _of(Portal.templates, "PreviewTemplate", template_service_pb2.PreviewTemplateRequest(**_TEXT)),
}


@pytest.mark.parametrize("method", [*PARTICIPANT, *STAFF])
async def test_nobody_is_refused(portal: Portal, method: str) -> None:
    with pytest.raises(DomainError) as caught:
        await (PARTICIPANT | STAFF)[method](portal, None)
    assert (caught.value.kind, caught.value.reason) == (Kind.UNAUTHENTICATED, "SIGN_IN_REQUIRED")


@pytest.mark.parametrize("method", STAFF)
async def test_texts_are_for_staff_of_the_tenant(portal: Portal, neighbour: Portal, method: str) -> None:
    for caller in (portal.person(), portal.moderator, neighbour.admin):
        with pytest.raises(DomainError) as caught:
            await STAFF[method](portal, caller)
        assert (caught.value.kind, caught.value.reason) == (Kind.FORBIDDEN, "ROLE_REQUIRED")
    assert await portal.rows("SELECT * FROM template") == []


async def test_what_one_person_follows_nobody_else_finds_or_ends(portal: Portal, neighbour: Portal) -> None:
    anna, ben = await portal.follower(), portal.person("ben")
    await portal.keep(ben)
    for place, caller in ((portal, ben), (neighbour, anna)):
        with pytest.raises(DomainError) as caught:
            await PARTICIPANT["GetFollowing"](place, caller)
        assert caught.value.reason == "FOLLOWING_NOT_FOUND"
        await PARTICIPANT["DeleteFollowing"](place, caller)
    assert list((await PARTICIPANT["ListMyFollowings"](portal, ben)).followings) == []
    assert (await PARTICIPANT["GetFollowing"](portal, anna)).following.object == portal.named()
    assert (await PARTICIPANT["GetRecipient"](portal, ben)).recipient.address == ben.address
