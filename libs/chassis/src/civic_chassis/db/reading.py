"""Reading for one call, one round trip to the server for each statement."""

from types import TracebackType
from typing import Any, Self

from civic_chassis.db import tenancy
from civic_chassis.db.errors import DRIVER_ERRORS, translate
from civic_chassis.db.statement import Parameters, Statement
from civic_chassis.db.work import Row, Source, Work
from civic_chassis.kernel.call import Call


class Reading(Work):
    """Every statement is a read-only transaction of its own, and says itself for whom it reads."""

    __slots__ = ("_scope",)
    _name = "read"

    def __init__(self, database: Source, call: Call) -> None:
        super().__init__(database, call)
        self._scope = tenancy.scope(call)

    async def rows(self, statement: Statement, parameters: Parameters | None = None) -> list[Row]:
        """All rows of the answer."""
        return await self._read("fetch", statement.sql, statement.arguments(parameters))  # type: ignore[no-any-return]

    async def row(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        """The first row, None where there is none."""
        return await self._read("fetchrow", statement.sql, statement.arguments(parameters))  # type: ignore[no-any-return]

    async def value(self, statement: Statement, parameters: Parameters | None = None) -> Any:
        """The first column of the first row, None where there is none."""
        return await self._read("fetchval", statement.sql, statement.arguments(parameters))

    async def _read(self, method: str, sql: str, arguments: list[Any]) -> Any:
        gated = tenancy.gated_read(sql, len(arguments))
        arguments += self._scope
        if self.connection is None:
            return await self._first(lambda: getattr(self.connection, method)(gated, *arguments))
        try:
            return await getattr(self.connection, method)(gated, *arguments)
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    async def __aenter__(self) -> Self:
        self._open_span()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._release()
        finally:
            self._close_span(error)
