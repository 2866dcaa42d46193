"""SQLAlchemy Core statements, compiled once and run by asyncpg without a driver layer between."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Executable, types
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

Parameters = Mapping[str, Any]

_NONE: Parameters = {}
_dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Statement:
    """A compiled statement: its SQL with `$n` places, and how parameters become arguments.

    Values are given and returned as asyncpg knows them (UUID, aware datetime, bytes, list; JSON columns take and
    give Python values); SQLAlchemy's result types and Python-side column defaults do not apply.
    """

    __slots__ = ("_defaults", "_processors", "names", "sql")

    def __init__(
        self,
        sql: str,
        names: tuple[str, ...],
        defaults: Parameters = _NONE,
        processors: Mapping[int, Any] | None = None,
    ) -> None:
        self.sql = sql
        self.names = names
        self._defaults = defaults
        self._processors = processors or {}

    def arguments(self, parameters: Parameters | None = None) -> list[Any]:
        """The arguments in the order of the SQL's places. Raises KeyError naming a parameter that is missing."""
        given = parameters or _NONE
        defaults = self._defaults
        values = [given[name] if name in given else defaults[name] for name in self.names]
        if self._processors:
            for position, process in self._processors.items():
                values[position] = process(values[position])
        return values


def statement(executable: Executable) -> Statement:
    """Compiles a Core statement, once, at import: `GET = statement(select(note).where(note.c.id == bindparam("id")))`.

    Values written into the statement stay its constants. A list is one parameter, `column == any_(bindparam("ids"))`:
    `in_` would need another SQL for each length, and is refused.
    """
    compiled = executable.compile(dialect=_dialect)  # type: ignore[attr-defined]
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("DDL belongs into a migration")
    if compiled.post_compile_params:
        raise TypeError("a list is compared with any_(bindparam(…)), not with in_")
    names = tuple(compiled.positiontup or ())
    required = {bind.key for bind in compiled.binds.values() if bind.required}
    defaults = {name: value for name, value in compiled.params.items() if name not in required}
    return Statement(str(compiled), names, defaults, _processors(compiled, names))


def _processors(compiled: SQLCompiler, names: tuple[str, ...]) -> Mapping[int, Any]:
    """The type's own conversion by position, apart from JSON, for which the connection has a codec."""
    found = {}
    for position, name in enumerate(names):
        type_ = compiled.binds[name].type.dialect_impl(_dialect)
        process = None if isinstance(type_, types.JSON) else type_.bind_processor(_dialect)
        if process is not None:
            found[position] = process
    return found
