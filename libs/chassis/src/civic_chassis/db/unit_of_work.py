"""Units of work: one transaction for one call, its tenant and its person."""

import dataclasses
import logging
from types import TracebackType
from typing import Any, Self

from civic_chassis.db import request_log, tenancy
from civic_chassis.db.errors import DRIVER_ERRORS, translate
from civic_chassis.db.staging import Staging
from civic_chassis.db.statement import Parameters, Statement
from civic_chassis.db.tail import Tail
from civic_chassis.db.work import Row, Source, Work
from civic_chassis.kernel.call import Call

_log = logging.getLogger(__name__)


class UnitOfWork(Staging, Work):
    """One transaction. What is staged, audited, remembered and timed is written at its end, in one statement."""

    __slots__ = ("_claimed", "_tail")
    _name = "transaction"

    def __init__(self, database: Source, call: Call) -> None:
        super().__init__(database, call)
        self._tail = Tail()
        self._claimed: bytes | None = None

    async def rows(self, statement: Statement, parameters: Parameters | None = None) -> list[Row]:
        """All rows of the answer."""
        try:
            return await self.connection.fetch(statement.sql, *statement.arguments(parameters))  # type: ignore[no-any-return]
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    async def row(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        """The first row, None where there is none."""
        try:
            return await self.connection.fetchrow(statement.sql, *statement.arguments(parameters))  # type: ignore[no-any-return]
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    async def value(self, statement: Statement, parameters: Parameters | None = None) -> Any:
        """The first column of the first row, None where there is none."""
        try:
            return await self.connection.fetchval(statement.sql, *statement.arguments(parameters))
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    async def execute(self, statement: Statement, parameters: Parameters | None = None) -> int:
        """Runs a statement that answers no rows. Returns how many rows it wrote."""
        try:
            status = await self.connection.execute(statement.sql, *statement.arguments(parameters))
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        return int(status.rpartition(" ")[2])

    async def enter(self, tenant: str) -> None:
        """Goes on for this tenant, in a unit that learned it from a row: a timer's. Nothing may be staged before."""
        if self.call.tenant is not None or not self._tail.empty:
            raise RuntimeError("the unit of work has a tenant")
        self.call = dataclasses.replace(self.call, tenant=tenant)
        try:
            await self.connection.execute("SELECT set_config('civic.tenant', $1, true)", tenant)
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    async def remembered(self, request_id: str, fingerprint: bytes, resource_id: object | None = None) -> str | None:
        """The id of what an earlier call under this request id made, None for the first call (or an empty id).

        The first call claims the id until it ends, so a repeat at the same time waits for it. Give `resource_id`
        here where it is known; otherwise `remember` it before the end. Raises REQUEST_ID_REUSED where the earlier
        call was another one.
        """
        if not request_id:
            return None
        key = request_log.key_of(self.call, request_id)
        digest = request_log.fingerprint_of(self.call, fingerprint)
        known = None if resource_id is None else str(resource_id)
        try:
            earlier = await request_log.claim(
                self.connection, key=key, fingerprint=digest, resource_id=known, at=self.call.received_at
            )
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        if earlier is None:
            self._claimed = None if known else key
        return earlier

    def remember(self, request_id: str, fingerprint: bytes, resource_id: object) -> None:
        """Keeps the id of what this call made for a repeat under the same request id."""
        if not request_id:
            return
        key = request_log.key_of(self.call, request_id)
        self._claimed = None
        self._tail.remember(
            key, request_log.fingerprint_of(self.call, fingerprint), str(resource_id), self.call.received_at
        )

    async def last(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        """Runs the entity's statement and all that is staged in one round trip. Returns its first row.

        The statement returns the rows that it wrote; where it wrote none (the version changed), nothing staged is
        written either. Nothing may be staged afterwards. A statement that writes several tables is a WITH whose final
        SELECT answers the entity.
        """
        sql, arguments = self._tail.with_entity(statement.sql, statement.arguments(parameters))
        try:
            row: Row | None = await self.connection.fetchrow(sql, *arguments)
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        self._tail.written = True
        return row

    async def __aenter__(self) -> Self:
        self._open_span()
        sql = tenancy.begin(self.call)
        try:
            await self._first(lambda: self.connection.execute(sql))
        except BaseException as error:
            self._close_span(error)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:
                await self._commit()
            else:
                await self._abandon()
        finally:
            await self._release()
            self._close_span(error)

    async def _commit(self) -> None:
        if self._claimed is not None:
            raise RuntimeError("a request id was claimed, yet nothing was remembered under it")
        pending = self._tail
        try:
            if not pending.written and not pending.empty:
                sql, arguments = pending.alone()
                await self.connection.execute(sql, *arguments)
            status = await self.connection.execute("COMMIT")
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        if status != "COMMIT":
            # The server answers COMMIT with ROLLBACK where a statement failed and its error was swallowed.
            raise RuntimeError("the transaction had failed before its end")
        if pending.events:
            self._tell(self.database.outbox_written)
        if pending.timers:
            self._tell(self.database.timers_changed)

    async def _abandon(self) -> None:
        """Rolls back after an error, which stays the one that is raised."""
        try:
            await self.connection.execute("ROLLBACK")
        except DRIVER_ERRORS as error:
            # The connection broke, and its transaction with it; the pool throws it away.
            _log.debug("nothing left to roll back", exc_info=error)
