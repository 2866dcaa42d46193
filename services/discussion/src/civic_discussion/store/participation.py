"""What one person did; row-level security keeps persons apart, not tenants."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, statement
from sqlalchemy import ColumnElement, bindparam, select, tuple_

from civic_discussion.domain.contributions import State
from civic_discussion.domain.participation import Participation, ParticipationKind
from civic_discussion.store.cutting import cut
from civic_discussion.store.tables import participation

After = tuple[datetime, UUID]


async def page(
    work: Reading, *, kind: ParticipationKind | None, after: After | None, limit: int
) -> list[Participation]:
    """The caller's entries, newest first."""
    time, last_id = after if after is not None else (None, None)
    parameters = {"limit": limit, "after_time": time, "after_id": last_id, "kind": kind and kind.value}
    rows = await work.rows(_page(after is not None, kind is not None), parameters)
    return [
        Participation(
            id=row["id"],
            kind=ParticipationKind(row["kind"]),
            tenant=row["tenant_id"],
            topic_id=row["topic_id"],
            topic_title=row["topic_title"],
            contribution_id=row["contribution_id"],
            contribution_title=row["contribution_title"],
            create_time=row["create_time"],
            state=State(row["state"]),
        )
        for row in rows
    ]


@lru_cache(maxsize=4)
def _page(continued: bool, of_kind: bool) -> Statement:
    c = participation.c
    query = select(*(column for column in c if column.name != "person_id"))
    if of_kind:
        query = query.where(c.kind == bindparam("kind", type_=c.kind.type))
    if continued:
        place = tuple_(bindparam("after_time", type_=c.create_time.type), bindparam("after_id", type_=c.id.type))
        query = query.where(tuple_(c.create_time, c.id) < place)
    shown = cut(query, _newest_first, c, name="shown")
    return statement(select(shown).order_by(*_newest_first(shown.c)))


def _newest_first(c: Any) -> list[ColumnElement[Any]]:
    return [c.create_time.desc(), c.id.desc()]
