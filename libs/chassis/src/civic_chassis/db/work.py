"""A connection of the pool in the hands of one call: how it is taken, asked, traced and given back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Protocol

from opentelemetry import trace

from civic_chassis.db.errors import DRIVER_ERRORS, translate
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Kind

_tracer = trace.get_tracer("civic_chassis.db")

# A row: `row["column"]`, and keyword-unpackable as a mapping.
Row = Mapping[str, Any]


class Source(Protocol):
    """Where connections come from, and who is told what a commit wrote."""

    pool: Any
    outbox_written: list[Callable[[], None]]
    timers_changed: list[Callable[[], None]]


class Repeated(Exception):
    """The call was done before, under the same request id; `resource_id` is what it made."""

    def __init__(self, resource_id: str) -> None:
        super().__init__(resource_id)
        self.resource_id = resource_id


class Work:
    """What reading and writing share."""

    __slots__ = ("_span", "call", "connection", "database")
    _name: ClassVar[str]

    def __init__(self, database: Source, call: Call) -> None:
        self.database = database
        self.call = call
        self.connection: Any = None
        self._span: trace.Span | None = None

    async def _take(self) -> None:
        try:
            self.connection = await self.database.pool.acquire()
        except (*DRIVER_ERRORS, TimeoutError) as error:
            raise _away(error) from error

    async def _first(self, step: Callable[[], Awaitable[Any]]) -> Any:
        """Takes a connection and runs a step that may run again, on it.

        A connection that died while it lay idle is no reason to refuse the call: another one may serve.
        """
        attempts = self.database.pool.get_max_size() + 1
        while True:
            attempts -= 1
            await self._take()
            try:
                return await step()
            except DRIVER_ERRORS as error:
                await self._release()
                refusal = translate(error)
                if not (attempts and isinstance(refusal, DomainError) and refusal.kind is Kind.UNAVAILABLE):
                    raise refusal from error
            except BaseException:
                await self._release()
                raise

    async def _release(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            # The pool rolls back what is still open, and replaces a connection that is broken.
            await self.database.pool.release(connection)

    def _tell(self, told: list[Callable[[], None]]) -> None:
        for wake in told:
            wake()

    def _open_span(self) -> None:
        if trace.get_current_span().is_recording():
            self._span = _tracer.start_span(self._name)

    def _close_span(self, error: BaseException | None) -> None:
        if self._span is None:
            return
        if error is not None and not isinstance(error, (DomainError, Repeated)):
            # The kind alone: a driver's message repeats values.
            self._span.set_status(trace.StatusCode.ERROR, type(error).__name__)
        self._span.end()


def _away(error: BaseException) -> BaseException:
    if isinstance(error, TimeoutError):
        return translate(OSError("no connection in time"))
    return translate(error)
