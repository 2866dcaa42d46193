"""Recipients, followings, preferences, and leaving by the link in a mail."""

from datetime import timedelta

import pytest
from civic.notification.v1 import (
    following_pb2,
    following_service_pb2,
    notice_pb2,
    preference_service_pb2,
    recipient_service_pb2,
    unsubscribe_service_pb2,
)
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.issuer import subject_of
from civic_chassis.testing.service import Person
from civic_notification.domain.kinds import RULES
from civic_notification.domain.recipients import is_address
from civic_participation.domain.notices import FollowersOf, NoticeKind, People
from civic_participation.tenants import TenantState

from tests.service.notification.conftest import TOPIC, Portal

NOW, DAILY, WEEKLY, NEVER = (
    following_pb2.RHYTHM_NOW,
    following_pb2.RHYTHM_DAILY,
    following_pb2.RHYTHM_WEEKLY,
    following_pb2.RHYTHM_NEVER,
)


def refusal(caught: pytest.ExceptionInfo[DomainError]) -> tuple[Kind, str]:
    return caught.value.kind, caught.value.reason


async def test_a_recipient_is_what_the_token_says(portal: Portal) -> None:
    anna = portal.person()
    with pytest.raises(DomainError) as caught:
        await portal.recipients(anna).GetRecipient(recipient_service_pb2.GetRecipientRequest())
    assert refusal(caught) == (Kind.NOT_FOUND, "RECIPIENT_NOT_FOUND")
    assert (await portal.keep(anna, "")).language == "de"
    assert (await portal.keep(anna, "en")).language == "en"
    kept = await portal.keep(anna, "")
    assert kept == recipient_service_pb2.Recipient(address=anna.address, language="en")
    found = await portal.recipients(anna).GetRecipient(recipient_service_pb2.GetRecipientRequest())
    assert found.recipient == kept


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\nBcc: all@example.com",
        "a@b.example\r\nX: y",
        "a@b.example, c@d.example",
        "<a@b.example>",
        '"a b"@c.example',
        "a@b",
        "@b.example",
        "a..b@c.example",
        "a@b@c.example",
        "x" * 65 + "@b.example",
        "ü@b.example",
        "a@" + "b" * 250 + ".example",
        "",
    ],
)
async def test_what_is_no_single_address_is_refused(portal: Portal, address: str) -> None:
    assert not is_address(address)
    with pytest.raises(DomainError) as caught:
        await portal.keep(Person(name="mallory", address=address))
    assert refusal(caught) == (Kind.PRECONDITION, "ADDRESS_MISSING")
    assert await portal.rows("SELECT * FROM recipient") == []


async def test_an_address_that_is_not_confirmed_is_none(portal: Portal) -> None:
    with pytest.raises(DomainError) as caught:
        await portal.keep(Person(name="mallory", address="victim@example.com", confirmed=False))
    assert refusal(caught) == (Kind.PRECONDITION, "ADDRESS_MISSING")


async def test_a_person_can_have_their_address_tried_again(portal: Portal) -> None:
    anna = await portal.follower()
    portal.mail.answer_rcpt = lambda _: "550 5.1.1 no"
    await portal.tell()
    await portal.deliver()
    portal.mail.answer_rcpt = lambda _: None
    request = recipient_service_pb2.RetryRecipientRequest()
    assert (await portal.recipients(anna).RetryRecipient(request)).recipient.suppressed is False
    await portal.tell()
    await portal.deliver()
    assert len(portal.mail.to(anna.address)) == 1


async def test_a_language_nobody_writes_in_is_refused(portal: Portal) -> None:
    with pytest.raises(DomainError) as caught:
        await portal.keep(portal.person(), "tlh")
    assert [(each.field, each.reason) for each in caught.value.violations] == [("language", "NOT_ALLOWED")]


async def test_following_is_put_found_and_ended(portal: Portal) -> None:
    anna = portal.person()
    stub = portal.followings(anna)
    request = following_service_pb2.GetFollowingRequest(object=portal.named())
    with pytest.raises(DomainError) as caught:
        await stub.GetFollowing(request)
    assert refusal(caught) == (Kind.NOT_FOUND, "FOLLOWING_NOT_FOUND")
    first = await portal.follow(anna, DAILY)
    assert (first.tenant, first.object, first.rhythm) == (portal.tenant, portal.named(), DAILY)
    portal.clock.advance(timedelta(minutes=1))
    changed = await portal.follow(anna, WEEKLY)
    assert (changed.rhythm, changed.create_time) == (WEEKLY, first.create_time)
    assert (await stub.GetFollowing(request)).following == changed
    for _ in range(2):
        await stub.DeleteFollowing(following_service_pb2.DeleteFollowingRequest(object=portal.named()))
    with pytest.raises(DomainError):
        await stub.GetFollowing(request)


async def test_my_followings_of_all_tenants_newest_first(portal: Portal, neighbour: Portal) -> None:
    anna = portal.person()
    made = []
    for number in range(3):
        for each in (portal, neighbour):
            portal.clock.advance(timedelta(seconds=1))
            made.append(await each.follow(anna, object_id=f"n{number}"))
    stub = portal.followings(anna)
    first = await stub.ListMyFollowings(following_service_pb2.ListMyFollowingsRequest(page_size=4))
    rest = await stub.ListMyFollowings(
        following_service_pb2.ListMyFollowingsRequest(page_size=4, page_token=first.next_page_token)
    )
    assert [*first.followings, *rest.followings] == made[::-1]
    assert rest.next_page_token == ""
    other = portal.followings(portal.person("ben"))
    assert list((await other.ListMyFollowings(following_service_pb2.ListMyFollowingsRequest())).followings) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rhythm": following_pb2.RHYTHM_UNSPECIFIED}, "rhythm"),
        ({"rhythm": NEVER}, "rhythm"),
        ({"rhythm": 77}, "rhythm"),
        ({"title": ""}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"path": "//evil.example"}, "path"),
        ({"path": "https://evil.example"}, "path"),
        ({"object": notice_pb2.FollowedObject(kind="Discussion", id="1")}, "object.kind"),
        ({"object": notice_pb2.FollowedObject(kind="discussion.topic", id="' OR 1=1")}, "object.id"),
    ],
)
async def test_bad_followings_are_refused_by_field(portal: Portal, changes: dict[str, object], field: str) -> None:
    given = {"object": portal.named(), "rhythm": NOW, "title": "T", "path": "/a", **changes}
    with pytest.raises(DomainError) as caught:
        await portal.followings(portal.person()).PutFollowing(following_service_pb2.PutFollowingRequest(**given))  # type: ignore[arg-type]
    assert [each.field for each in caught.value.violations] == [field]


async def test_nobody_follows_more_than_a_thousand(portal: Portal) -> None:
    anna = portal.person()
    await portal.follow(anna, object_id="first")
    await portal.rows(
        "INSERT INTO following SELECT $1, 'discussion.topic', n::text, $2, gen_random_uuid(), 'now', 'T', '/a', now()"
        " FROM generate_series(1, 999) AS n",
        portal.tenant,
        subject_of(anna.name),
    )
    with pytest.raises(DomainError) as caught:
        await portal.follow(anna, object_id="one-more")
    assert (refusal(caught), caught.value.metadata) == ((Kind.PRECONDITION, "TOO_MANY_FOLLOWINGS"), {"max": "1000"})
    assert (await portal.follow(anna, DAILY, object_id="first")).rhythm == DAILY


async def test_a_suspended_tenant_takes_no_follower_and_lets_everybody_leave(portal: Portal) -> None:
    anna = await portal.follower()
    await portal.know(TenantState.SUSPENDED, version=2)
    with pytest.raises(DomainError) as caught:
        await portal.follow(portal.person("ben"))
    assert caught.value.reason == "TENANT_SUSPENDED"
    await portal.followings(anna).DeleteFollowing(following_service_pb2.DeleteFollowingRequest(object=portal.named()))


async def test_preferences_are_those_of_the_person(portal: Portal) -> None:
    anna = portal.preferences(portal.person())
    put = preference_service_pb2.PutPreferenceRequest(kind="phase.ended", rhythm=NEVER)
    kept = (await anna.PutPreference(put)).preference
    assert (kept.kind, kept.rhythm, kept.followed, kept.staff) == ("phase.ended", NEVER, True, False)
    listed = (await anna.ListPreferences(preference_service_pb2.ListPreferencesRequest())).preferences
    assert [each.kind for each in listed] == [kind.value for kind in RULES]
    assert {each.kind for each in listed if each.rhythm} == {"phase.ended"}
    assert {each.kind for each in listed if each.staff} == {
        "case.waiting",
        "case.objected",
        "result.reminder",
        "goal.waiting",
    }
    await anna.PutPreference(preference_service_pb2.PutPreferenceRequest(kind="phase.ended"))
    listed = (await anna.ListPreferences(preference_service_pb2.ListPreferencesRequest())).preferences
    assert {each.kind for each in listed if each.rhythm} == set()
    with pytest.raises(DomainError) as caught:
        await anna.PutPreference(preference_service_pb2.PutPreferenceRequest(kind="no.kind", rhythm=NOW))
    assert [each.field for each in caught.value.violations] == ["kind"]


def token_of(portal: Portal) -> str:
    return str(portal.mail.arrived[-1][2]["List-Unsubscribe"])[1:-1].rpartition("/")[2]


async def test_one_click_ends_following_the_object(portal: Portal) -> None:
    anna = await portal.follower()
    await portal.follow(anna, object_id="another")
    await portal.tell()
    await portal.deliver()
    stub, token = portal.unsubscribing(), token_of(portal)
    found = await stub.GetSubscription(unsubscribe_service_pb2.GetSubscriptionRequest(token=token))
    assert (found.scope, found.title, found.tenant, found.active) == (1, "Neuer Stadtpark", portal.tenant, True)
    for _ in range(2):
        await stub.Unsubscribe(unsubscribe_service_pb2.UnsubscribeRequest(token=token))
    found = await stub.GetSubscription(unsubscribe_service_pb2.GetSubscriptionRequest(token=token))
    assert (found.title, found.active) == ("", False)
    await portal.tell()
    await portal.deliver()
    assert len(portal.mail.arrived) == 1
    listed = await portal.followings(anna).ListMyFollowings(following_service_pb2.ListMyFollowingsRequest())
    assert [each.object.id for each in listed.followings] == ["another"]


async def test_one_click_ends_a_digest(portal: Portal, neighbour: Portal) -> None:
    anna = await portal.follower(rhythm=DAILY)
    await portal.follow(anna, NOW, object_id="at-once")
    await neighbour.follow(anna, DAILY)
    await portal.tell()
    portal.clock.advance(timedelta(days=1))
    await portal.deliver()
    stub, token = portal.unsubscribing(), token_of(portal)
    found = await stub.GetSubscription(unsubscribe_service_pb2.GetSubscriptionRequest(token=token))
    assert (found.scope, found.tenant, found.active) == (2, portal.tenant, True)
    await stub.Unsubscribe(unsubscribe_service_pb2.UnsubscribeRequest(token=token))
    listed = await portal.followings(anna).ListMyFollowings(following_service_pb2.ListMyFollowingsRequest())
    assert sorted((each.tenant, each.object.id) for each in listed.followings) == sorted(
        [(portal.tenant, "at-once"), (neighbour.tenant, portal.followed)]
    )


async def test_one_click_ends_a_kind_that_is_about_oneself(portal: Portal) -> None:
    anna = portal.person()
    await portal.keep(anna)
    await portal.tell(NoticeKind.TEXT_HELD, People((subject_of(anna.name),)))
    await portal.deliver()
    stub, token = portal.unsubscribing(), token_of(portal)
    found = await stub.GetSubscription(unsubscribe_service_pb2.GetSubscriptionRequest(token=token))
    assert (found.scope, found.kind, found.active) == (3, "text.held", True)
    await stub.Unsubscribe(unsubscribe_service_pb2.UnsubscribeRequest(token=token))
    await portal.tell(NoticeKind.TEXT_HELD, People((subject_of(anna.name),)))
    await portal.deliver()
    assert len(portal.mail.arrived) == 1


async def test_a_token_that_is_not_ours_opens_nothing(portal: Portal) -> None:
    await portal.follower()
    await portal.tell()
    await portal.deliver()
    token = token_of(portal)
    swapped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for bad in ("", "x", swapped, token[:-4], token + "AAAA", "ü", "=" * 40, "A" * 600):
        for call, request in [
            (portal.unsubscribing().GetSubscription, unsubscribe_service_pb2.GetSubscriptionRequest(token=bad)),
            (portal.unsubscribing().Unsubscribe, unsubscribe_service_pb2.UnsubscribeRequest(token=bad)),
        ]:
            with pytest.raises(DomainError) as caught:
                await call(request)
            assert refusal(caught) == (Kind.NOT_FOUND, "TOKEN_UNKNOWN")
    assert portal.person().name not in token


async def test_named_people_hear_in_the_rhythm_in_which_they_follow(portal: Portal) -> None:
    anna = await portal.follower("anna", DAILY)
    bora = await portal.follower("bora")
    clara = portal.person("clara")
    await portal.keep(clara)
    stranger = await portal.follower("dora")
    named = tuple(subject_of(each.name) for each in (anna, bora, clara))
    followed = FollowersOf(TOPIC, portal.followed)
    await portal.tell(NoticeKind.PHASE_ENDED, People(named, followed))
    await portal.tell(NoticeKind.CONTRIBUTION_CREATED, People(named, followed, followers_only=True))
    await portal.deliver()
    assert [len(portal.mail.to(each.address)) for each in (anna, bora, clara, stranger)] == [0, 2, 1, 0]
    portal.clock.advance(timedelta(days=1))
    await portal.deliver()
    [digest] = portal.mail.to(anna.address)
    assert digest["Subject"] == "Stadt Lindental: Neuigkeiten (2)"
