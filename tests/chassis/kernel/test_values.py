"""Pages, etags, ids, clocks, calls and events."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from civic_chassis.kernel import etag
from civic_chassis.kernel.call import ANONYMOUS, Call, Caller, is_tenant
from civic_chassis.kernel.clock import FrozenClock, SystemClock
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.event import Event
from civic_chassis.kernel.ids import new_id, parse_id
from civic_chassis.kernel.page import PageRequest, encode_token
from hypothesis import given
from hypothesis import strategies as st

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

positions = st.lists(st.one_of(st.text(), st.integers()), max_size=4).map(tuple)


@given(st.text(), positions)
def test_a_token_gives_back_its_position(scope: str, position: tuple[str | int, ...]) -> None:
    try:
        token = encode_token(scope, position)
    except UnicodeEncodeError:  # lone surrogates never reach a scope or a position
        return
    if len(token) <= 2_000:
        assert PageRequest.parse(10, token, scope=scope).position == position


@given(st.text(max_size=60))
def test_no_other_text_is_a_token(token: str) -> None:
    if token:
        with pytest.raises(DomainError) as caught:
            PageRequest.parse(10, token, scope="topics")
        assert (caught.value.kind, caught.value.reason) == (Kind.INVALID, "PAGE_TOKEN_INVALID")


@pytest.mark.parametrize("scope", ["topics?phase=ended", "contributions", ""])
def test_a_token_of_another_list_is_refused(scope: str) -> None:
    token = encode_token("topics?phase=active", ("2026", 7))
    with pytest.raises(DomainError, match="PAGE_TOKEN_INVALID"):
        PageRequest.parse(10, token, scope=scope)


def test_a_changed_token_is_refused() -> None:
    token = encode_token("topics", ("2026", 7))
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[-2] ^= 1
    with pytest.raises(DomainError, match="PAGE_TOKEN_INVALID"):
        PageRequest.parse(10, base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("="), scope="topics")
    with pytest.raises(DomainError, match="PAGE_TOKEN_INVALID"):
        PageRequest.parse(10, "A" * 100_000, scope="topics")


@pytest.mark.parametrize("payload", [b"", b"[1", b"5", b"null", b'{"a": 1}', b"\xff"])
def test_a_token_that_somebody_made_up_is_refused(payload: bytes) -> None:
    digest = hashlib.blake2b(len(b"topics").to_bytes(4, "big") + b"topics" + payload, digest_size=8).digest()
    token = base64.urlsafe_b64encode(digest + payload).decode().rstrip("=")
    with pytest.raises(DomainError, match="PAGE_TOKEN_INVALID"):
        PageRequest.parse(10, token, scope="topics")


def test_a_token_keeps_the_shape_that_the_list_expects() -> None:
    token = encode_token("topics", ("2026", 7))
    assert PageRequest.parse(10, token, scope="topics", shape=(str, int)).position == ("2026", 7)
    with pytest.raises(DomainError, match="PAGE_TOKEN_INVALID"):
        PageRequest.parse(10, token, scope="topics", shape=(int, int))


@pytest.mark.parametrize(("asked", "size"), [(0, 20), (1, 1), (100, 100)])
def test_page_sizes(asked: int, size: int) -> None:
    assert PageRequest.parse(asked, "", scope="topics") == PageRequest(size, None)


@pytest.mark.parametrize("asked", [-1, 101, 1_000_000_000])
def test_page_sizes_out_of_range_are_refused(asked: int) -> None:
    with pytest.raises(DomainError) as caught:
        PageRequest.parse(asked, "", scope="topics")
    (violation,) = caught.value.violations
    assert (violation.field, violation.reason) == ("page_size", "OUT_OF_RANGE")
    assert violation.metadata == {"min": "0", "max": "100"}


@pytest.mark.parametrize("seen", ["3", '"3"', '"3.abc"', 'W/"3.abc"', "*", '"1", "3.x"', " 3 "])
def test_an_etag_of_the_current_version_matches(seen: str) -> None:
    etag.check(seen, 3, True)


@pytest.mark.parametrize("seen", ["2", '"4.abc"', '"abc"', "3x", '"33"', "-3", '"1", "2"', "9" * 30])
def test_any_other_etag_is_a_mismatch(seen: str) -> None:
    with pytest.raises(DomainError) as caught:
        etag.check(seen, 3, False)
    assert (caught.value.kind, caught.value.reason) == (Kind.VERSION, "ETAG_MISMATCH")
    assert caught.value.metadata == {"etag": "3"}


def test_an_etag_may_be_required() -> None:
    etag.check("", 3, False)
    with pytest.raises(DomainError) as caught:
        etag.check(" ", 3, True)
    assert (caught.value.kind, caught.value.reason) == (Kind.VERSION, "ETAG_REQUIRED")


def test_ids_are_of_version_7_and_grow() -> None:
    ids = [new_id() for _ in range(5_000)]
    assert ids == sorted(set(ids))
    assert {(made.version, made.variant) for made in ids} == {(7, "specified in RFC 4122")}
    made = datetime.fromtimestamp((ids[0].int >> 80) / 1000, UTC)
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=1)


def test_an_id_has_one_text_form() -> None:
    text = "01937b6e-7f60-7000-8000-00000000000a"
    assert parse_id(text, "id") == parse_id(text.upper(), "id") == UUID(text)
    for other in ("", "x", f"{{{text}}}", f"urn:uuid:{text}", text.replace("-", ""), text + "\x00", "1" * 100_000):
        with pytest.raises(DomainError) as caught:
            parse_id(other, "parent_id")
        assert (caught.value.kind, caught.value.violations[0].field) == (Kind.NOT_FOUND, "parent_id")


def test_clocks_tell_utc() -> None:
    clock = FrozenClock(datetime(2026, 7, 1, 2, 0, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == datetime(2026, 7, 1, tzinfo=UTC)
    clock.advance(timedelta(seconds=1))
    assert clock.now() == datetime(2026, 7, 1, 0, 0, 1, tzinfo=UTC)
    clock.move_to(AT)
    assert clock.now() == AT
    assert SystemClock().now().tzinfo is UTC
    with pytest.raises(ValueError, match="aware"):
        FrozenClock(datetime(2026, 7, 1))  # noqa: DTZ001


def test_a_role_counts_in_its_tenant_alone() -> None:
    caller = Caller("s", "meyer", {"lindental": frozenset({"admin"})}, frozenset({"state-admin"}))
    assert caller.signed_in and not ANONYMOUS.signed_in
    assert caller.has_role("lindental", "editor", "admin")
    assert not caller.has_role("lindental", "editor")
    assert not caller.has_role("hohenau", "admin")
    assert caller.has_realm_role("state-admin") and not caller.has_realm_role("competence-centre")


def test_a_call_may_lack_tenant_and_person() -> None:
    call = Call(ANONYMOUS, None, AT, "m", None)
    with pytest.raises(DomainError, match="TENANT_REQUIRED"):
        call.require_tenant()
    with pytest.raises(DomainError, match="SIGN_IN_REQUIRED"):
        call.require_subject()


@pytest.mark.parametrize(
    ("slug", "valid"),
    [
        ("ab", True),
        ("bad-homburg", True),
        ("a" * 40, True),
        *((text, False) for text in ("", "a", "a" * 41, "-a", "a-", "Ab", "ä1", "ab\n", "a.b")),
    ],
)
def test_names_of_tenants(slug: str, valid: bool) -> None:
    assert is_tenant(slug) is valid


def test_the_subject_of_an_event() -> None:
    event = Event(area="discussion", resource="comment", verb="created", payload=b"", aggregate_id="1")
    assert event.subject("lindental") == "civic.discussion.comment.created.v1.lindental"
    assert event.type == "civic.discussion.comment.created.v1"
