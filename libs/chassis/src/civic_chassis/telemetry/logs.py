"""JSON logs with trace id, tenant and method, and never a personal word."""

import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson
from google.protobuf.message import Message
from opentelemetry import trace

from civic_chassis.telemetry.redact import render

_bound: ContextVar[tuple[str | None, str | None]] = ContextVar("civic_log", default=(None, None))

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def bind(tenant: str | None, method: str | None) -> None:
    """Names the work of the current task; every line that it logs carries both."""
    _bound.set((tenant, method))


class JsonFormatter(logging.Formatter):
    """One JSON object a line.

    Messages of protobuf, as arguments or extras, are shown through the redacting renderer. Exceptions are shown by
    type and place: their texts quote values, such as the row that broke a constraint or the text that a person
    typed. `exception_texts` shows these too, for a developer's own machine.
    """

    def __init__(self, service: str, *, exception_texts: bool = False) -> None:
        super().__init__()
        self._service = service
        self._exception_texts = exception_texts

    def format(self, record: logging.LogRecord) -> str:
        tenant, method = _bound.get()
        span = trace.get_current_span().get_span_context()
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": _message(record),
        }
        if span.is_valid:
            line["trace_id"] = trace.format_trace_id(span.trace_id)
            line["span_id"] = trace.format_span_id(span.span_id)
        if tenant:
            line["tenant"] = tenant
        if method:
            line["method"] = method
        for name, value in vars(record).items():
            if name not in _STANDARD:
                line.setdefault(name, _shown(value))
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = self._exception(record.exc_info[1])
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()

    def _exception(self, error: BaseException) -> list[dict[str, Any]]:
        """The error and its causes, outermost first."""
        chain: list[dict[str, Any]] = []
        current: BaseException | None = error
        while current is not None and len(chain) < 5:
            kind = type(current)
            entry: dict[str, Any] = {
                "type": f"{kind.__module__}.{kind.__qualname__}",
                "frames": [
                    f"{frame.filename}:{frame.lineno} {frame.name}"
                    for frame in traceback.extract_tb(current.__traceback__)
                ],
            }
            if self._exception_texts:
                entry["text"] = str(current)
            chain.append(entry)
            hidden = current.__suppress_context__
            current = current.__cause__ or (None if hidden else current.__context__)
        return chain


def set_up(service: str, *, level: str, exception_texts: bool = False) -> None:
    """Sends all logs of the process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(service, exception_texts=exception_texts))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # These log URLs and statements with values in them below this level.
    for name in ("httpx", "httpcore", "sqlalchemy", "asyncpg", "nats", "hpack", "urllib3"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _message(record: logging.LogRecord) -> str:
    args = record.args
    if isinstance(args, tuple) and any(isinstance(argument, (Message, BaseException)) for argument in args):
        record.args = tuple(_shown(argument) for argument in args)
    return record.getMessage()


def _shown(value: Any) -> Any:
    if isinstance(value, Message):
        return render(value)
    if isinstance(value, BaseException):
        return type(value).__qualname__
    return value
