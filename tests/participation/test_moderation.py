"""The mechanism of moderation over the texts of a small tool, in a real database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from civic_chassis.db import Database
from civic_chassis.db.timers import Timers
from civic_chassis.kernel.call import ANONYMOUS, Call, Caller
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError
from civic_participation.api.moderation import moderation_timers
from civic_participation.application.moderation import Moderation
from civic_participation.application.moderation_reports import Reports
from civic_participation.domain.moderation import CaseState, Decision, TextKey
from civic_participation.domain.moderation_settings import DEFAULTS, Rule
from civic_participation.store import moderation_settings as settings_store
from civic_participation.store.moderation import Filter
from civic_participation.tenants import KnownTenant, TenantKind, TenantState, keep

from tests.participation.letters import KIND, Letters

LONG = "Auf dem Marktplatz fehlen Bänke im Schatten der Linden."
LINKS = "https://a.example https://b.example https://c.example"


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process remembers for a second is tested by itself."""
    monkeypatch.setattr(settings_store, "KEPT_SECONDS", 0.0)


class Office:
    """One tenant with its letters."""

    def __init__(self, database: Database, clock: FrozenClock, tenant: str = "lindental") -> None:
        self.database, self.clock, self.tenant = database, clock, tenant
        self.letters = Letters(database)
        self.moderation = Moderation(database, self.letters)
        self.reports = Reports(database, self.letters)

    def call(self, name: str = "") -> Call:
        caller = Caller(name, name, {}, frozenset()) if name else ANONYMOUS
        return Call(caller, self.tenant, self.clock.now(), "test", None)

    @property
    def staff(self) -> Call:
        return self.call("okafor")

    async def report(self, letter: UUID, name: str = "", *, client: str = "", reason: str = "insult") -> bool:
        key = TextKey(KIND, letter)
        return await self.reports.report(self.call(name), key, reason=reason, text="", client=client)

    async def cases(self, **wanted: Any) -> list[Any]:
        page = await self.moderation.list_cases(self.staff, Filter(**wanted), page_size=100, page_token="")
        return list(page.items)

    async def decide(self, *ids: UUID, decision: Decision = Decision.HIDE, **values: Any) -> list[Any]:
        given: dict[str, Any] = {"reason": "insult", "text": "Bitte sachlich.", "false_positive": False, **values}
        return await self.moderation.decide(self.staff, ids, decision, **given)

    async def state(self, letter: UUID) -> str:
        return await self.letters.state(self.staff, letter)

    async def log(self) -> list[tuple[str, str, str]]:
        lines, _ = await self.moderation.log(self.staff, "")
        return [(line.action, line.actor, line.reason) for line in lines]

    async def counts(self) -> Any:
        return (await self.moderation.settings(self.staff))[1]


@pytest_asyncio.fixture(loop_scope="session")
async def office(database: Database, clock: FrozenClock) -> AsyncIterator[Office]:
    made = Office(database, clock)
    for tenant in ("lindental", "hohenau"):
        async with database.unit_of_work(Call(ANONYMOUS, tenant, clock.now(), "test", None)) as work:
            await keep(work, KnownTenant(tenant, 1, tenant, TenantState.LIVE, TenantKind.MUNICIPALITY))
    yield made


async def refusal(call: Any) -> str:
    with pytest.raises(DomainError) as error:
        await call
    return error.value.reason


async def test_a_held_text_waits_with_the_rule_that_held_it(office: Office) -> None:
    letter = await office.letters.write(office.call("anna"), LINKS)
    assert await office.state(letter) == "held"
    (seen,) = await office.cases()
    assert [(hold.rule, hold.detail) for hold in seen.case.holds] == [("links", "3")]
    assert (seen.case.key, seen.text.text, seen.case.state) == (TextKey(KIND, letter), LINKS, CaseState.OPEN)
    assert await office.log() == [("hold", "rule", "links")]
    assert await office.counts() == {"held": {"links": 1}}


async def test_a_false_positive_is_shown_and_counted_against_the_rule(office: Office) -> None:
    letter = await office.letters.write(office.call("anna"), LINKS)
    (seen,) = await office.cases()
    (decided,) = await office.decide(seen.case.id, decision=Decision.KEEP, false_positive=True)
    assert [hold.false_positive for hold in decided.case.holds] == [True]
    assert await office.state(letter) == "published"
    assert await office.counts() == {"held": {"links": 1}, "false_positive": {"links": 1}, "kept": {"": 1}}
    await office.moderation.undo(office.staff, [seen.case.id])
    assert await office.state(letter) == "held"
    assert await office.counts() == {"held": {"links": 1}}


async def test_an_undo_takes_back_what_its_own_decision_said_of_rules(office: Office) -> None:
    await office.letters.write(office.call("anna"), LINKS)
    (seen,) = await office.cases()
    await office.decide(seen.case.id, decision=Decision.KEEP, false_positive=True)
    await office.report(seen.case.key.id, "bora")
    await office.decide(seen.case.id)
    await office.moderation.undo(office.staff, [seen.case.id])
    (again,) = await office.cases()
    assert [hold.false_positive for hold in again.case.holds] == [True]
    assert (await office.counts())["false_positive"] == {"links": 1}


async def test_the_same_text_of_one_person_is_held_and_of_another_is_not(office: Office) -> None:
    for name, expected in (("anna", "published"), ("anna", "held"), ("bora", "published")):
        assert await office.state(await office.letters.write(office.call(name), LONG)) == expected


async def test_too_many_of_one_person_are_held_while_another_gets_through(office: Office) -> None:
    states = [await office.state(await office.letters.write(office.call("anna"), f"Brief {n}")) for n in range(100)]
    assert states == ["published"] * 30 + ["held"] * 70
    assert await office.state(await office.letters.write(office.call("bora"), "Auch etwas.")) == "published"
    office.clock.advance(timedelta(minutes=1))
    assert await office.state(await office.letters.write(office.call("anna"), "Später.")) == "published"


async def test_a_new_person_is_known_once_a_text_was_shown(office: Office) -> None:
    await office.moderation.change_settings(office.staff, replace(DEFAULTS, rules=frozenset({Rule.NEW_ACCOUNT})), "0")
    first = await office.letters.write(office.call("anna"), "Eins.")
    assert await office.state(first) == "held"
    assert await office.state(await office.letters.write(office.call("anna"), "Zwei.")) == "held"
    await office.decide((await office.cases())[0].case.id, decision=Decision.KEEP)
    assert await office.state(await office.letters.write(office.call("anna"), "Drei.")) == "published"


async def test_an_offer_that_is_moderated_first_shows_nothing_unread(office: Office) -> None:
    office.letters.before_reading = True
    letter = await office.letters.write(office.call("anna"), LONG)
    (seen,) = await office.cases()
    assert [hold.rule for hold in seen.case.holds] == ["offer"]
    await office.decide(seen.case.id, decision=Decision.KEEP)
    assert await office.state(letter) == "published"


async def test_a_thousand_reports_of_one_person_count_once(office: Office) -> None:
    letter = await office.letters.write(office.call("anna"), LONG)
    assert [await office.report(letter, "bora") for _ in range(1_000)] == [False] + [True] * 999
    assert await office.report(letter, "clara") is False
    (seen,) = await office.cases(reported=True)
    assert seen.case.report_count == 2
    assert await office.log() == [("report", "reader", "insult")] * 2
    assert await office.counts() == {"reported": {"insult": 2}}
    assert len((await office.moderation.get_case(office.staff, seen.case.id)).reports) == 2


async def test_reports_without_an_account_are_taken_and_limited(office: Office) -> None:
    letter = await office.letters.write(office.call("anna"), LONG)
    assert [await office.report(letter, client="a") for _ in range(3)] == [False, True, True]
    for number in range(19):
        assert await office.report(letter, client=f"c{number}") is False
    assert await refusal(office.report(letter, client="z")) == "REPORTS_ENOUGH"
    assert await office.report(letter, "bora") is False
    (seen,) = await office.cases()
    assert seen.case.report_count == 21


async def test_a_report_that_was_answered_waits_again_only_for_somebody_else(office: Office) -> None:
    letter = await office.letters.write(office.call("anna"), LONG)
    await office.report(letter, "bora")
    (seen,) = await office.cases()
    await office.decide(seen.case.id, decision=Decision.KEEP)
    assert await office.report(letter, "bora") is True
    assert await office.cases() == []
    office.clock.advance(timedelta(hours=1))
    assert await office.report(letter, "clara") is False
    (seen,) = await office.cases()
    assert seen.case.waiting_since == office.clock.now()


async def test_what_is_not_shown_cannot_be_reported(office: Office) -> None:
    letter = await office.letters.write(office.call("anna"), LINKS)
    assert await refusal(office.report(letter, "bora")) == "CASE_NOT_FOUND"
    assert await refusal(office.report(UUID(int=1), "bora")) == "CASE_NOT_FOUND"
    shown = await office.letters.write(office.call("anna"), LONG)
    assert await refusal(office.report(shown, "bora", reason="erfunden")) == "INVALID_ARGUMENT"
    assert await refusal(office.report(shown, "bora", reason="other")) == "INVALID_ARGUMENT"


async def test_many_are_decided_at_once_or_none(office: Office) -> None:
    letters = [await office.letters.write(office.call("anna"), f"Brief {number}") for number in range(5)]
    for letter in letters:
        await office.report(letter, "bora")
    ids = [seen.case.id for seen in await office.cases()]
    assert await refusal(office.decide(*ids, UUID(int=1))) == "CASE_NOT_FOUND"
    assert await refusal(office.decide(*ids, reason="erfunden")) == "INVALID_ARGUMENT"
    assert await refusal(office.decide()) == "INVALID_ARGUMENT"
    assert {await office.state(letter) for letter in letters} == {"published"}
    decided = await office.decide(*ids)
    assert [seen.case.id for seen in decided] == ids
    assert {await office.state(letter) for letter in letters} == {"hidden"}
    assert await office.counts() == {"reported": {"insult": 5}, "hidden": {"insult": 5}}
    assert office.letters.told == [("anna", "hidden", "Beleidigung oder Herabwürdigung")] * 5
    await office.moderation.undo(office.staff, ids)
    assert {await office.state(letter) for letter in letters} == {"published"}
    assert [seen.case.id for seen in await office.cases()] == ids
    assert await office.counts() == {"reported": {"insult": 5}}
    assert office.letters.told[5:] == [("anna", "published", "")] * 5


async def test_a_decision_can_be_undone_for_half_an_hour(office: Office) -> None:
    letter = await office.letters.write(office.call("anna"), LONG)
    await office.report(letter, "bora")
    (seen,) = await office.cases()
    assert await refusal(office.moderation.undo(office.staff, [seen.case.id])) == "UNDO_TOO_LATE"
    await office.decide(seen.case.id)
    office.clock.advance(timedelta(minutes=30, seconds=1))
    assert await refusal(office.moderation.undo(office.staff, [seen.case.id])) == "UNDO_TOO_LATE"
    assert await office.state(letter) == "hidden"


async def test_another_decision_is_undone_to_the_one_before(office: Office) -> None:
    letter = await office.letters.write(office.call("anna"), LONG)
    await office.report(letter, "bora")
    (seen,) = await office.cases()
    await office.decide(seen.case.id)
    await office.decide(seen.case.id, reason="advertising")
    assert (await office.counts())["hidden"] == {"advertising": 1}
    await office.moderation.undo(office.staff, [seen.case.id])
    own = await office.reports.own_case(office.call("anna"), TextKey(KIND, letter))
    assert (own.state, own.case.hidden_for, own.reason_names["en"]) == ("hidden", "insult", "Insult or disparagement")  # type: ignore[union-attr]


async def test_the_author_objects_once_and_it_waits_again(office: Office) -> None:
    letter = await office.letters.write(office.call("anna"), LONG)
    key = TextKey(KIND, letter)
    assert await refusal(office.reports.object_to(office.call("anna"), key, "Das war sachlich.")) == "NOTHING_TO_OBJECT"
    await office.report(letter, "bora")
    (seen,) = await office.cases()
    await office.decide(seen.case.id)
    assert await refusal(office.reports.object_to(office.call("bora"), key, "Das war sachlich.")) == "CASE_NOT_FOUND"
    assert await refusal(office.reports.object_to(office.call("anna"), key, "Nein.")) == "INVALID_ARGUMENT"
    await office.reports.object_to(office.call("anna"), key, "Das war sachlich.")
    assert await refusal(office.reports.object_to(office.call("anna"), key, "Noch einmal.")) == "OBJECTION_MADE"
    (seen,) = await office.cases()
    assert (seen.case.objection.text, seen.text.state) == ("Das war sachlich.", "hidden")
    await office.decide(seen.case.id, decision=Decision.KEEP)
    assert await office.state(letter) == "published"
    assert [action for action, _, _ in await office.log()] == ["report", "hide", "object", "keep"]


async def test_the_list_is_read_page_by_page_oldest_first(office: Office) -> None:
    for number in range(7):
        await office.report(await office.letters.write(office.call("anna"), f"Brief {number}"), "bora")
        office.clock.advance(timedelta(seconds=1))
    texts, token = [], ""
    while True:
        page = await office.moderation.list_cases(office.staff, Filter(), page_size=3, page_token=token)
        texts += [seen.text.text for seen in page.items if seen.text is not None]
        token = page.next_page_token
        assert page.open_count == 7
        if not token:
            break
    assert texts == [f"Brief {number}" for number in range(7)]
    assert await office.cases(rule="links") == []
    assert await office.cases(kind="postcard") == []
    assert len(await office.cases(kind=KIND, reported=True)) == 7


async def test_settings_are_changed_on_the_version_that_was_seen(office: Office) -> None:
    wanted = replace(DEFAULTS, words=("idiot",))
    assert await refusal(office.moderation.change_settings(office.staff, wanted, "")) == "ETAG_REQUIRED"
    assert (await office.moderation.change_settings(office.staff, wanted, "0")).row_version == 1
    assert await refusal(office.moderation.change_settings(office.staff, wanted, "0")) == "ETAG_MISMATCH"
    assert (await office.moderation.settings(office.staff))[0].words == ("idiot",)
    assert await office.state(await office.letters.write(office.call("anna"), "Du Idiot!")) == "held"
    everything = replace(DEFAULTS, words=("*",))
    assert await refusal(office.moderation.change_settings(office.staff, everything, "1")) == "INVALID_ARGUMENT"


async def test_nobody_changes_the_log(office: Office, database: Database) -> None:
    await office.letters.write(office.call("anna"), LINKS)
    for sql in ("UPDATE moderation_log SET reason = 'x'", "DELETE FROM moderation_log", "TRUNCATE moderation_log"):
        async with database.pool.acquire() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"BEGIN; SET LOCAL civic.tenant = 'lindental'; {sql}")
            await connection.execute("ROLLBACK")
    assert await office.log() == [("hold", "rule", "links")]


async def test_another_tenant_sees_and_changes_nothing(office: Office, database: Database) -> None:
    letter = await office.letters.write(office.call("anna"), LINKS)
    (seen,) = await office.cases()
    other = Office(database, office.clock, "hohenau")
    assert await other.cases() == []
    assert await other.log() == []
    assert await other.counts() == {}
    for call in (
        other.decide(seen.case.id),
        other.moderation.undo(other.staff, [seen.case.id]),
        other.moderation.get_case(other.staff, seen.case.id),
        other.report(letter, "bora"),
        other.reports.own_case(other.call("anna"), TextKey(KIND, letter)),
    ):
        assert await refusal(call) == "CASE_NOT_FOUND"
    assert await office.state(letter) == "held"


async def test_moderators_are_told_of_new_cases_together_and_every_morning_of_old_ones(
    office: Office, database: Database
) -> None:
    timers = Timers(database, moderation_timers(office.moderation))
    for number in range(3):
        await office.report(await office.letters.write(office.call("anna"), f"Brief {number}"), "bora")
    assert await timers.run_due() == 0
    office.clock.advance(timedelta(minutes=5))
    assert await timers.run_due() == 1
    assert office.letters.reminded == [(3, 0)]
    # The next morning they have not waited for a day, the morning after they have.
    office.clock.advance(timedelta(hours=23))
    assert (await timers.run_due(), office.letters.reminded) == (1, [(3, 0)])
    office.clock.advance(timedelta(hours=24))
    assert (await timers.run_due(), office.letters.reminded) == (1, [(3, 0), (3, 3)])
    await office.decide(*[seen.case.id for seen in await office.cases()])
    office.clock.advance(timedelta(hours=24))
    assert (await timers.run_due(), await timers.run_due()) == (1, 0)
    assert office.letters.reminded == [(3, 0), (3, 3)]
