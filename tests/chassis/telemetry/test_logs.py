"""Logs are JSON, name the call, and hold nothing personal."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from civic.discussion.v1 import (
    comment_service_pb2,
    contribution_pb2,
    contribution_service_pb2,
    topic_pb2,
    topic_service_pb2,
)
from civic_chassis.telemetry.logs import JsonFormatter, bind
from civic_chassis.telemetry.redact import render
from google.protobuf import message_factory
from google.protobuf.message import Message
from opentelemetry import trace

SECRET = "Frau Muster, Hauptstraße 7"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


class Log:
    def __init__(self, **options: Any) -> None:
        self._out = io.StringIO()
        handler = logging.StreamHandler(self._out)
        handler.setFormatter(JsonFormatter("probe", **options))
        self.logger = logging.Logger("civic.test")
        self.logger.addHandler(handler)

    @property
    def text(self) -> str:
        return self._out.getvalue()

    @property
    def line(self) -> dict[str, Any]:
        line, _end = self.text.split("\n")
        found: dict[str, Any] = json.loads(line)
        return found


@pytest.fixture
def log() -> Iterator[Log]:
    yield Log()
    bind(None, None)


def test_a_line_names_trace_tenant_and_method(log: Log) -> None:
    bind("lindental", "civic.discussion.v1.TopicService/GetTopic")
    context = trace.SpanContext(int(TRACE_ID, 16), 0xB7AD6B7169203331, is_remote=False)
    with trace.use_span(trace.NonRecordingSpan(context)):
        log.logger.warning("%s of %s", 3, "ten", extra={"away": ["nats"]})
    line = log.line
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "service": "probe",
        "logger": "civic.test",
        "message": "3 of ten",
        "trace_id": TRACE_ID,
        "span_id": "b7ad6b7169203331",
        "tenant": "lindental",
        "method": "civic.discussion.v1.TopicService/GetTopic",
        "away": ["nats"],
    }


def test_sensitive_fields_are_never_logged(log: Log) -> None:
    request = comment_service_pb2.CreateCommentRequest(contribution_id="7", text=SECRET, request_id="key")
    log.logger.info("asked: %s", request, extra={"request": request})
    assert SECRET not in log.text and "Muster" not in log.text
    assert log.line["request"] == {"contribution_id": "7", "text": "[sensitive]", "request_id": "key"}
    assert log.line["message"] == "asked: {'contribution_id': '7', 'text': '[sensitive]', 'request_id': 'key'}"


def test_sensitive_fields_are_hidden_at_any_depth() -> None:
    response = contribution_service_pb2.ListContributionsResponse(
        contributions=[contribution_pb2.Contribution(id=str(number), title=SECRET, text=SECRET) for number in range(9)],
        items_json=SECRET.encode(),
        next_page_token="t" * 300,
    )
    shown = render(response)
    assert "Muster" not in str(shown)
    assert [item["id"] for item in shown["contributions"][:5]] == ["0", "1", "2", "3", "4"]
    assert shown["contributions"][5] == "[4 more]"
    assert shown["next_page_token"] == "t" * 100 + "… [300 characters]"


def _messages() -> list[type[Message]]:
    files = (comment_service_pb2, contribution_pb2, contribution_service_pb2, topic_pb2, topic_service_pb2)
    return [
        message_factory.GetMessageClass(message)
        for file in files
        for message in file.DESCRIPTOR.message_types_by_name.values()
    ]


@pytest.mark.parametrize("kind", _messages(), ids=lambda kind: kind.DESCRIPTOR.name)
def test_no_sensitive_field_of_any_message_is_shown(kind: type[Message]) -> None:
    from civic.common.v1 import options_pb2

    message = kind()
    for field in kind.DESCRIPTOR.fields:
        if field.GetOptions().Extensions[options_pb2.sensitive]:
            value: Any = SECRET.encode() if field.type == field.TYPE_BYTES else SECRET
            if field.type not in (field.TYPE_BYTES, field.TYPE_STRING):
                continue
            if field.is_repeated:
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)
    assert "Muster" not in str(render(message))


def _fail() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        raise RuntimeError(f"while reading {SECRET}") from error


def test_exceptions_are_told_by_type_and_place(log: Log) -> None:
    try:
        _fail()
    except RuntimeError as error:
        log.logger.exception("failed: %s", error)
    assert "Muster" not in log.text
    outer, inner = log.line["exception"]
    assert (outer["type"], inner["type"]) == ("builtins.RuntimeError", "builtins.ValueError")
    assert outer["frames"][-1].endswith("_fail")
    assert log.line["message"] == "failed: RuntimeError"


def test_a_developer_may_see_the_texts() -> None:
    log = Log(exception_texts=True)
    try:
        _fail()
    except RuntimeError:
        log.logger.exception("failed")
    assert [entry["text"] for entry in log.line["exception"]] == [f"while reading {SECRET}", SECRET]


def test_a_line_stays_one_line(log: Log) -> None:
    log.logger.info("a\nb\u2028c", extra={"x": object, "y": {1: b"\xff"}})
    assert log.line["message"] == "a\nb\u2028c"
