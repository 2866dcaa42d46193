"""The short way to write, for verbs that must be quick: some reading, then one statement that is a transaction."""

from types import TracebackType
from typing import Any

import asyncpg

from civic_chassis.db import request_log, tenancy
from civic_chassis.db.errors import DRIVER_ERRORS, translate
from civic_chassis.db.reading import Reading
from civic_chassis.db.staging import Staging
from civic_chassis.db.statement import Parameters, Statement
from civic_chassis.db.tail import Tail
from civic_chassis.db.work import Row, Source
from civic_chassis.kernel.call import Call


class SingleWrite(Staging, Reading):
    """Reads, then writes once, by `last`: two round trips where a unit of work takes four.

    Nothing is locked between the two, so what is read here may change before the write. Where that matters, use a
    unit of work, or let the statement itself ask again.
    """

    __slots__ = ("_tail",)
    _name = "single write"

    def __init__(self, database: Source, call: Call) -> None:
        super().__init__(database, call)
        self._tail = Tail()

    async def row_unless_done(
        self,
        request_id: str,
        fingerprint: bytes,
        resource_id: object,
        statement: Statement,
        parameters: Parameters | None = None,
    ) -> Row | None:
        """The statement's first row, None where there is none.

        Raises Repeated where an earlier call under the request id did the work, and REQUEST_ID_REUSED where that was
        another call. `last` writes down what this call makes, and raises Repeated where a repeat was quicker.
        """
        if not request_id:
            return await self.row(statement, parameters)
        arguments = statement.arguments(parameters)
        key = request_log.key_of(self.call, request_id)
        digest = request_log.fingerprint_of(self.call, fingerprint)
        sql = request_log.known_and(statement.sql, len(arguments))
        row = await self._read("fetchrow", sql, [*arguments, key])
        if row["civic_fingerprint"] is not None:
            raise request_log.repeated(row["civic_fingerprint"], row["civic_resource_id"], fingerprint=digest)
        self._tail.claim(key, digest, str(resource_id), self.call.received_at)
        return row if row["civic_found"] else None

    async def last(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        """Writes the entity and all that is staged. Returns the statement's first row.

        The statement returns the rows that it wrote; where it wrote none, nothing staged is written either. A
        statement that writes several tables is a WITH whose final SELECT answers the entity. Nothing may be staged
        afterwards.
        """
        if self.connection is None:
            await self._take()
        arguments = statement.arguments(parameters)
        sql, arguments = self._tail.with_entity(statement.sql, arguments, gate=tenancy.gate)
        try:
            row: Row | None = await self.connection.fetchrow(sql, *arguments, *self._scope)
        except asyncpg.UniqueViolationError as error:
            if not request_log.is_claimed(error):
                raise
            claim = self._tail.claims[0]
            earlier = await self._read("fetchrow", request_log.EARLIER, [claim[0]])
            raise request_log.repeated(*(earlier or (None, None)), fingerprint=claim[1]) from error
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        self._tail.written = True
        if row is not None and self._tail.events:
            self._tell(self.database.outbox_written)
        if row is not None and self._tail.timers:
            self._tell(self.database.timers_changed)
        return row

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> Any:
        await super().__aexit__(kind, error, traceback)
        if error is None and not (self._tail.written or self._tail.empty):
            raise RuntimeError("something was staged, and no last statement wrote it")
