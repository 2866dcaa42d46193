"""A tool of letters, as small as a tool can be that is moderated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from civic_chassis.db import Database, Reading, UnitOfWork, statement
from civic_chassis.db.tenancy import per_tenant
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.ids import new_id
from civic_participation.domain.moderation import Case
from civic_participation.moderation import (
    HOLD,
    REMEMBER,
    FoundText,
    TextKey,
    TextState,
    awaited,
    judged,
    memory,
    parameters,
    settings_of,
)
from sqlalchemy import Column, MetaData, Table, Text, Uuid, text

KIND = "letter"


def letter_table() -> Table:
    return Table(
        "letter",
        MetaData(),
        Column("tenant_id", Text, primary_key=True),
        Column("id", Uuid, primary_key=True),
        Column("author_subject", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("state", Text, nullable=False),
        info=per_tenant(),
    )


_WRITTEN = """
    INSERT INTO letter (tenant_id, id, author_subject, text, state)
    VALUES (:tenant_id, :id, :author_subject, :text, :state) RETURNING id
"""
_ADD = statement(text(f"WITH added AS ({_WRITTEN}), {REMEMBER} SELECT id FROM added"))
_ADD_HELD = statement(text(f"WITH added AS ({_WRITTEN}), {REMEMBER}, {HOLD} SELECT id FROM added"))
_FIND = statement(text("SELECT * FROM letter WHERE id = ANY(CAST(:ids AS uuid[]))"))
_MOVE = statement(text("UPDATE letter SET state = :state WHERE id = :id"))
OFFER = UUID("01a20000-0000-7000-8000-000000000001")


@dataclass(slots=True)
class Letters:
    """Keeps letters, and what it was told to send."""

    database: Database
    before_reading: bool = False
    told: list[tuple[str, str, str]] = field(default_factory=list)
    reminded: list[tuple[int, int]] = field(default_factory=list)

    async def write(self, call: Call, content: str) -> UUID:
        letter_id = new_id()
        subject = call.require_subject()
        async with self.database.single_write(call) as work:
            settings = await settings_of(work)
            judgement = judged(
                settings,
                [content],
                await memory(work, subject),
                before_reading=self.before_reading,
                at=call.received_at,
            )
            values: dict[str, object] = {
                "tenant_id": call.require_tenant(),
                "id": letter_id,
                "author_subject": subject,
                "create_time": call.received_at,
                "text": content,
                "state": "held" if judgement.held else "published",
            }
            if judgement.held:
                awaited(work)
            more = parameters(judgement, kind=KIND, offer_id=OFFER, offer_title="Briefe")
            await work.last(_ADD_HELD if judgement.held else _ADD, {**values, **more})
        return letter_id

    async def state(self, call: Call, letter_id: UUID) -> str:
        async with self.database.read(call) as work:
            found = await self.find(work, [TextKey(KIND, letter_id)])
        return found[TextKey(KIND, letter_id)].state

    async def find(self, work: Reading | UnitOfWork, keys: Sequence[TextKey]) -> Mapping[TextKey, FoundText]:
        rows = await work.rows(_FIND, {"ids": [key.id for key in keys if key.kind == KIND]})
        return {
            TextKey(KIND, row["id"]): FoundText(
                key=TextKey(KIND, row["id"]),
                parent_id=row["id"],
                offer_id=OFFER,
                offer_title="Briefe",
                title="Brief",
                text=row["text"],
                author_subject=row["author_subject"],
                author_name=row["author_subject"],
                state=TextState(row["state"]),
            )
            for row in rows
        }

    async def move(self, work: UnitOfWork, found: FoundText, state: TextState) -> None:
        await work.execute(_MOVE, {"id": found.key.id, "state": state.value})

    async def tell_author(self, work: UnitOfWork, found: FoundText, case: Case, reason: Mapping[str, str]) -> None:
        self.told.append((found.author_subject, found.state, reason.get("de", "")))

    async def tell_objection(self, work: UnitOfWork, found: FoundText, case: Case) -> None:
        self.told.append(("moderators", "objected", case.objection.text if case.objection else ""))

    async def tell_moderators(self, work: UnitOfWork, *, waiting: int, long: int) -> None:
        self.reminded.append((waiting, long))
