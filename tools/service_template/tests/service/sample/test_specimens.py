"""Specimens through real gRPC on real PostgreSQL: verbs, refusals, repeats, events, audit."""

import asyncio
from datetime import timedelta

import pytest
from civic.sample.v1 import specimen_service_pb2 as messages
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.issuer import subject_of
from civic_participation.tenants import TenantState

from tests.service.sample.conftest import ANNA, Portal


def refusal(caught: pytest.ExceptionInfo[DomainError]) -> tuple[Kind, str]:
    return caught.value.kind, caught.value.reason


async def test_what_is_created_is_read(portal: Portal) -> None:
    made = await portal.add("  Ein Fund ", text="Am Ufer.\r\nIm Gras.")
    assert made == await portal.get(made.id)
    assert (made.title, made.text, made.etag) == ("Ein Fund", "Am Ufer.\nIm Gras.", "1")
    assert made.name == f"tenants/{portal.tenant}/specimens/{made.id}"
    assert made.create_time == made.update_time
    assert made.create_time.ToDatetime() == portal.clock.now().replace(tzinfo=None)


async def test_lists_are_cut_into_pages(portal: Portal) -> None:
    made = [await portal.add(f"Fund {number}") for number in range(5)]
    stub = portal.specimens()
    first = await stub.ListSpecimens(messages.ListSpecimensRequest(page_size=3))
    second = await stub.ListSpecimens(messages.ListSpecimensRequest(page_size=3, page_token=first.next_page_token))
    assert [*first.specimens, *second.specimens] == made[::-1]
    assert (len(first.specimens), second.next_page_token) == (3, "")


@pytest.mark.parametrize(("size", "token"), [(-1, ""), (101, ""), (0, "x"), (0, "AAAAAAAAAAAAAAAA")])
async def test_bad_pages_are_refused(portal: Portal, size: int, token: str) -> None:
    request = messages.ListSpecimensRequest(page_size=size, page_token=token)
    with pytest.raises(DomainError) as caught:
        await portal.specimens().ListSpecimens(request)
    assert refusal(caught) == (Kind.INVALID, "PAGE_TOKEN_INVALID" if token else "INVALID_ARGUMENT")


async def test_a_token_of_another_tenants_list_is_refused(portal: Portal, neighbour: Portal) -> None:
    for number in range(2):
        await portal.add(f"Fund {number}")
    token = (await portal.specimens().ListSpecimens(messages.ListSpecimensRequest(page_size=1))).next_page_token
    with pytest.raises(DomainError) as caught:
        await neighbour.specimens().ListSpecimens(messages.ListSpecimensRequest(page_token=token))
    assert refusal(caught) == (Kind.INVALID, "PAGE_TOKEN_INVALID")


async def test_every_wrong_field_is_named(portal: Portal) -> None:
    with pytest.raises(DomainError) as caught:
        await portal.add("\u200b ", text="x" * 10_001)
    assert refusal(caught) == (Kind.INVALID, "INVALID_ARGUMENT")
    named = [(violation.field, violation.reason, dict(violation.metadata)) for violation in caught.value.violations]
    assert named == [
        ("title", "EMPTY", {"min": "3"}),
        ("text", "TOO_LONG", {"max": "10000", "actual": "10001"}),
    ]


async def test_an_edit_needs_what_was_read(portal: Portal) -> None:
    made = await portal.add()
    portal.clock.advance(timedelta(minutes=1))
    stub = portal.specimens(portal.editor)
    changed = (await stub.UpdateSpecimen(messages.UpdateSpecimenRequest(id=made.id, etag="1", title="Zwei"))).specimen
    assert (changed.title, changed.text, changed.etag) == ("Zwei", "Am Ufer.", "2")
    assert changed.update_time.seconds - changed.create_time.seconds == 60
    for etag, expected in [("1", (Kind.VERSION, "ETAG_MISMATCH")), ("", (Kind.VERSION, "ETAG_REQUIRED"))]:
        with pytest.raises(DomainError) as caught:
            await stub.UpdateSpecimen(messages.UpdateSpecimenRequest(id=made.id, etag=etag, title="Drei"))
        assert refusal(caught) == expected
    assert await portal.get(made.id) == changed


async def test_the_same_words_again_change_nothing(portal: Portal) -> None:
    made = await portal.add()
    request = messages.UpdateSpecimenRequest(id=made.id, etag="*", title=made.title)
    assert (await portal.specimens(portal.editor).UpdateSpecimen(request)).specimen == made
    assert await portal.events() == ["civic.sample.specimen.created.v1"]


async def test_of_two_edits_at_once_one_wins(portal: Portal) -> None:
    made = await portal.add()
    stub = portal.specimens(portal.editor)
    requests = [messages.UpdateSpecimenRequest(id=made.id, etag="1", text=f"Text {number}") for number in range(8)]
    answers = await asyncio.gather(*(stub.UpdateSpecimen(request) for request in requests), return_exceptions=True)
    won = [answer for answer in answers if not isinstance(answer, BaseException)]
    lost = [answer.reason for answer in answers if isinstance(answer, DomainError)]
    assert (len(won), lost) == (1, ["ETAG_MISMATCH"] * 7)
    assert await portal.get(made.id) == won[0].specimen


async def test_what_is_deleted_is_gone(portal: Portal) -> None:
    made = await portal.add()
    request = messages.DeleteSpecimenRequest(id=made.id, etag=made.etag)
    await portal.specimens(portal.editor).DeleteSpecimen(request)
    with pytest.raises(DomainError) as caught:
        await portal.get(made.id)
    assert refusal(caught) == (Kind.NOT_FOUND, "SPECIMEN_NOT_FOUND")
    with pytest.raises(DomainError) as caught:
        await portal.specimens(portal.editor).DeleteSpecimen(request)
    assert refusal(caught) == (Kind.NOT_FOUND, "SPECIMEN_NOT_FOUND")


async def test_a_repeat_creates_nothing_twice(portal: Portal) -> None:
    first = await portal.add(key="one")
    assert await portal.add(key="one") == first
    with pytest.raises(DomainError) as caught:
        await portal.add("Anders", key="one")
    assert refusal(caught) == (Kind.CONFLICT, "REQUEST_ID_REUSED")
    assert len(await portal.rows("SELECT id FROM specimen")) == 1


async def test_changes_are_told_and_noted(portal: Portal) -> None:
    """One event and one line of the audit trail for each change, in the same transaction."""
    made = await portal.add()
    stub = portal.specimens(portal.editor)
    await stub.UpdateSpecimen(messages.UpdateSpecimenRequest(id=made.id, etag="1", text="Neu."))
    await stub.DeleteSpecimen(messages.DeleteSpecimenRequest(id=made.id, etag="2"))
    verbs = ["created", "changed", "deleted"]
    assert await portal.events() == [f"civic.sample.specimen.{verb}.v1" for verb in verbs]
    rows = await portal.rows("SELECT action, resource_id, subject FROM audit ORDER BY id")
    actions = [f"specimen.{verb}" for verb in ("create", "update", "delete")]
    assert [tuple(row) for row in rows] == [(action, made.id, subject_of("schulze")) for action in actions]


@pytest.mark.parametrize("state", [TenantState.SUSPENDED, TenantState.CLOSED])
async def test_a_tenant_that_takes_no_part_takes_nothing(portal: Portal, state: TenantState) -> None:
    made = await portal.add()
    await portal.know(state, version=2)
    with pytest.raises(DomainError) as caught:
        await portal.add()
    assert caught.value.reason == f"TENANT_{state.name}"
    assert await portal.get(made.id) == made


async def test_only_staff_of_the_tenant_writes(portal: Portal, neighbour: Portal) -> None:
    made = await portal.add()
    for caller, expected in [
        (None, (Kind.UNAUTHENTICATED, "SIGN_IN_REQUIRED")),
        (ANNA, (Kind.FORBIDDEN, "ROLE_REQUIRED")),
        (portal.moderator, (Kind.FORBIDDEN, "ROLE_REQUIRED")),
        (neighbour.editor, (Kind.FORBIDDEN, "ROLE_REQUIRED")),
    ]:
        stub = portal.specimens(caller)
        for call, request in [
            (stub.CreateSpecimen, messages.CreateSpecimenRequest(title="Fremd")),
            (stub.UpdateSpecimen, messages.UpdateSpecimenRequest(id=made.id, etag="*", title="Fremd")),
            (stub.DeleteSpecimen, messages.DeleteSpecimenRequest(id=made.id, etag="*")),
        ]:
            with pytest.raises(DomainError) as caught:
                await call(request)
            assert refusal(caught) == expected
    assert await portal.get(made.id) == made


async def test_another_tenant_finds_nothing(portal: Portal, neighbour: Portal) -> None:
    made = await portal.add()
    listed = await neighbour.specimens().ListSpecimens(messages.ListSpecimensRequest())
    assert list(listed.specimens) == []
    stub = neighbour.specimens(neighbour.editor)
    for call, request in [
        (stub.GetSpecimen, messages.GetSpecimenRequest(id=made.id)),
        (stub.UpdateSpecimen, messages.UpdateSpecimenRequest(id=made.id, etag="*", title="Fremd")),
        (stub.DeleteSpecimen, messages.DeleteSpecimenRequest(id=made.id, etag="*")),
    ]:
        with pytest.raises(DomainError) as caught:
            await call(request)
        assert refusal(caught) == (Kind.NOT_FOUND, "SPECIMEN_NOT_FOUND")
    assert await portal.get(made.id) == made


@pytest.mark.parametrize("text", ["", "x", "00000000-0000-0000-0000-000000000000", "x" * 10_000, "1' OR '1'='1"])
async def test_what_is_no_id_names_nothing(portal: Portal, text: str) -> None:
    with pytest.raises(DomainError) as caught:
        await portal.get(text)
    assert refusal(caught) == (Kind.NOT_FOUND, "SPECIMEN_NOT_FOUND")
