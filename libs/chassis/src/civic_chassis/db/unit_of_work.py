"""Units of work: one transaction for one call, its tenant and its person."""

import dataclasses
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self

from opentelemetry import trace

from civic_chassis.db import request_log, tail, tenancy
from civic_chassis.db.errors import DRIVER_ERRORS, translate
from civic_chassis.db.statement import Parameters, Statement
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.event import Event

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer("civic_chassis.db")

# A row: `row["column"]`, and keyword-unpackable as a mapping.
Row = Mapping[str, Any]


class Source(Protocol):
    """Where connections come from, and who is told what a commit wrote."""

    pool: Any
    outbox_written: list[Callable[[], None]]
    timers_changed: list[Callable[[], None]]


class _Transaction:
    """What reading and writing share: a connection with an open transaction, and running statements on it."""

    __slots__ = ("_span", "call", "connection", "database")
    _read_only = False

    def __init__(self, database: Source, call: Call) -> None:
        self.database = database
        self.call = call
        self.connection: Any = None
        self._span: trace.Span | None = None

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

    async def _begin(self) -> None:
        if trace.get_current_span().is_recording():
            self._span = _tracer.start_span("read" if self._read_only else "transaction")
        try:
            await self._open()
        except BaseException as error:
            self._close_span(error)
            raise

    async def _open(self) -> None:
        sql = tenancy.begin(self.call, read_only=self._read_only)
        pool = self.database.pool
        attempts = pool.get_max_size() + 1
        while True:
            attempts -= 1
            try:
                self.connection = await pool.acquire()
            except (*DRIVER_ERRORS, TimeoutError) as error:
                raise _away(error) from error
            try:
                await self.connection.execute(sql)
                return
            except DRIVER_ERRORS as error:
                await self._release()
                refusal = translate(error)
                # A connection that died while it lay idle: nothing was asked of it yet, so another one may serve.
                if not (attempts and isinstance(refusal, DomainError) and refusal.kind is Kind.UNAVAILABLE):
                    raise refusal from error
            except BaseException:
                await self._release()
                raise

    async def _end(self, sql: str) -> None:
        try:
            status = await self.connection.execute(sql)
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        if status != sql:
            # The server answers COMMIT with ROLLBACK where a statement failed and its error was swallowed.
            raise RuntimeError("the transaction had failed before its end")

    async def _abandon(self) -> None:
        """Rolls back after an error, which stays the one that is raised."""
        try:
            await self.connection.execute("ROLLBACK")
        except DRIVER_ERRORS as error:
            # The connection broke, and its transaction with it; the pool throws it away.
            _log.debug("nothing left to roll back", exc_info=error)

    async def _release(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            # The pool rolls back what is still open, and replaces a connection that is broken.
            await self.database.pool.release(connection)

    def _close_span(self, error: BaseException | None) -> None:
        if self._span is None:
            return
        if error is not None and not isinstance(error, DomainError):
            # The kind alone: a driver's message repeats values.
            self._span.set_status(trace.StatusCode.ERROR, type(error).__name__)
        self._span.end()


class Reading(_Transaction):
    """A read-only transaction."""

    __slots__ = ()
    _read_only = True

    async def __aenter__(self) -> Self:
        await self._begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:
                await self._end("COMMIT")
            else:
                await self._abandon()
        finally:
            await self._release()
            self._close_span(error)


class UnitOfWork(_Transaction):
    """One transaction. What is staged, audited, remembered and timed is written at its end, in one statement."""

    __slots__ = ("_claimed", "_tail")

    def __init__(self, database: Source, call: Call) -> None:
        super().__init__(database, call)
        self._tail = tail.Tail()
        self._claimed: bytes | None = None

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

    def stage(self, event: Event) -> None:
        """Publishes the event when, and only when, this unit commits. Events keep the order of staging."""
        self._tail.stage(event, tenant=self.call.require_tenant(), at=self.call.received_at)

    def audit(self, action: str, resource: str, resource_id: object, details: Mapping[str, Any]) -> None:
        """Notes an action of staff in the tenant's audit trail. `details` hold ids and values, no citizen's text."""
        self._tail.audit(self.call, action, resource, str(resource_id), details)

    def set_timer(self, kind: str, key: object, due_at: datetime, payload: Mapping[str, Any] | None = None) -> None:
        """Lets the handler of `kind` run once at `due_at`; an earlier timer of the same kind and key is replaced."""
        self._tail.set_timer(self.call.tenant, kind, str(key), due_at, payload or {})

    def clear_timer(self, kind: str, key: object) -> None:
        """Removes a timer; one that is not set is no error."""
        self._tail.clear_timer(self.call.tenant, kind, str(key))

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

    async def remembered_and(
        self,
        request_id: str,
        fingerprint: bytes,
        resource_id: object,
        statement: Statement,
        parameters: Parameters | None = None,
    ) -> tuple[str | None, Row | None]:
        """`remembered` and `row` in one round trip, for verbs that must be quick.

        The statement only reads. The row is None too where an earlier call is found.
        """
        if not request_id:
            return None, await self.row(statement, parameters)
        arguments = statement.arguments(parameters)
        key = request_log.key_of(self.call, request_id)
        digest = request_log.fingerprint_of(self.call, fingerprint)
        sql = request_log.claim_and(statement.sql, len(arguments))
        try:
            row = await self.connection.fetchrow(sql, *arguments, key, digest, str(resource_id), self.call.received_at)
            if row["civic_claimed"]:
                return None, row if row["civic_found"] else None
            return await request_log.earlier(self.connection, key=key, fingerprint=digest), None
        except DRIVER_ERRORS as error:
            raise translate(error) from error

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
        sql, arguments = self._tail.with_entity(statement, statement.arguments(parameters))
        try:
            row: Row | None = await self.connection.fetchrow(sql, *arguments)
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        self._tail.written = True
        return row

    async def __aenter__(self) -> Self:
        await self._begin()
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
        if not pending.written and not pending.empty:
            sql, arguments = pending.alone()
            try:
                await self.connection.execute(sql, *arguments)
            except DRIVER_ERRORS as error:
                raise translate(error) from error
        await self._end("COMMIT")
        if pending.events:
            for wake in self.database.outbox_written:
                wake()
        if pending.timers:
            for wake in self.database.timers_changed:
                wake()


def _away(error: BaseException) -> BaseException:
    if isinstance(error, TimeoutError):
        return translate(OSError("no connection in time"))
    return translate(error)
