"""The one interceptor, over a real connection."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import grpc
import pytest
from civic_chassis.grpc.call import current_call
from civic_chassis.kernel.call import ANONYMOUS
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind, Violation
from civic_chassis.telemetry.logs import JsonFormatter
from civic_chassis.testing.waiting import eventually
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


def failing(error: BaseException) -> Callable[[Any], Awaitable[Any]]:
    async def fail(_request: Any) -> Any:
        raise error

    return fail


async def refusal(work: Awaitable[Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await work
    return caught.value


async def test_a_call_names_person_tenant_method_and_receipt(service: Any, clock: FrozenClock) -> None:
    answer = await service.call("GetProbe", text="hallo", tenant="lindental", token="anna", timeout=4.0)
    assert answer.text == "hallo"
    (call,) = service.calls
    assert (call.caller.subject, call.tenant, call.received_at) == ("anna-id", "lindental", clock.now())
    assert call.method == "civic.probe.v1.ProbeService/GetProbe"
    assert timedelta(0) < call.deadline - clock.now() < timedelta(seconds=5)


async def test_a_call_may_come_from_nobody_for_no_tenant(service: Any) -> None:
    await service.call("GetProbe")
    (call,) = service.calls
    assert (call.caller, call.tenant) == (ANONYMOUS, None)


@pytest.mark.parametrize(
    ("method", "token", "tenant", "reason"),
    [
        ("GetProbe", None, None, None),
        ("GetProbe", "wrong", None, "TOKEN_INVALID"),
        ("CreateProbe", None, "lindental", "SIGN_IN_REQUIRED"),
        ("CreateProbe", "anna", None, None),
        ("UpdateProbe", None, "lindental", "SIGN_IN_REQUIRED"),
        ("UpdateProbe", "anna", "lindental", "ROLE_REQUIRED"),
        ("UpdateProbe", "okafor", "lindental", "ROLE_REQUIRED"),
        ("UpdateProbe", "meyer", "hohenau", "ROLE_REQUIRED"),
        ("UpdateProbe", "meyer", None, "TENANT_REQUIRED"),
        ("UpdateProbe", "land", "lindental", "ROLE_REQUIRED"),
        ("UpdateProbe", "meyer", "lindental", None),
        ("ApproveProbe", None, None, "SIGN_IN_REQUIRED"),
        ("ApproveProbe", "meyer", "lindental", "ROLE_REQUIRED"),
        ("ApproveProbe", "kkv", None, "ROLE_REQUIRED"),
        ("ApproveProbe", "land", None, None),
    ],
)
async def test_access_is_what_the_contract_says(
    service: Any, method: str, token: str | None, tenant: str | None, reason: str | None
) -> None:
    if reason is None:
        await service.call(method, token=token, tenant=tenant)
        assert len(service.calls) == 1
    else:
        assert (await refusal(service.call(method, token=token, tenant=tenant))).reason == reason
        assert service.calls == []


@pytest.mark.parametrize("tenant", ["Lindental", "a", "../x", "x" * 41])
async def test_a_malformed_tenant_is_refused(service: Any, tenant: str) -> None:
    error = await refusal(service.call("GetProbe", tenant=tenant))
    assert (error.kind, error.reason) == (Kind.INVALID, "TENANT_REQUIRED")
    assert service.calls == []


@pytest.mark.parametrize("value", ["Basic YTpi", "meyer", "Bearer", "Bearer "])
async def test_other_credentials_than_a_bearer_token_are_refused(service: Any, value: str) -> None:
    stub = service.channel.unary_unary("/civic.probe.v1.ProbeService/GetProbe")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub(b"", metadata=(("authorization", value),))
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert service.calls == []


async def test_an_issuer_that_is_away_is_unavailable(service: Any) -> None:
    error = await refusal(service.call("CreateProbe", token="keycloak-is-away"))
    assert (error.kind, error.reason, error.message) == (
        Kind.UNAVAILABLE,
        "UNAVAILABLE",
        "the issuer of tokens is away",
    )


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Kind.INVALID, grpc.StatusCode.INVALID_ARGUMENT),
        (Kind.UNAUTHENTICATED, grpc.StatusCode.UNAUTHENTICATED),
        (Kind.FORBIDDEN, grpc.StatusCode.PERMISSION_DENIED),
        (Kind.NOT_FOUND, grpc.StatusCode.NOT_FOUND),
        (Kind.GONE, grpc.StatusCode.NOT_FOUND),
        (Kind.CONFLICT, grpc.StatusCode.ALREADY_EXISTS),
        (Kind.PRECONDITION, grpc.StatusCode.FAILED_PRECONDITION),
        (Kind.VERSION, grpc.StatusCode.ABORTED),
        (Kind.LIMIT, grpc.StatusCode.RESOURCE_EXHAUSTED),
        (Kind.UNAVAILABLE, grpc.StatusCode.UNAVAILABLE),
        (Kind.DEADLINE, grpc.StatusCode.DEADLINE_EXCEEDED),
        (Kind.INTERNAL, grpc.StatusCode.INTERNAL),
    ],
)
async def test_errors_arrive_as_they_were_raised(service: Any, kind: Kind, code: grpc.StatusCode) -> None:
    raised = DomainError(
        kind,
        "TOPIC_ENDED",
        "the topic ended – Größe",
        domain="discussion.civic",
        metadata={"end_time": "2026-11-22T23:00:00.000000Z"},
        violations=[
            Violation("title", "TOO_LONG", "must have at most 200 characters", {"max": "200", "actual": "201"}),
            Violation("text", "EMPTY", "must not be empty"),
        ],
    )
    service.behave = failing(raised)
    error = await refusal(service.call("GetProbe"))
    assert (error.kind, error.reason, error.message, error.domain) == (
        kind, raised.reason, raised.message, raised.domain,
    )  # fmt: skip
    assert error.metadata == raised.metadata
    assert error.violations == raised.violations
    assert isinstance(error.__cause__, grpc.aio.AioRpcError)
    assert error.__cause__.code() is code


async def test_an_unknown_exception_tells_its_trace_id_and_nothing_else(
    service: Any, caplog: pytest.LogCaptureFixture
) -> None:
    service.behave = failing(RuntimeError("Anna Muster, geboren 1970"))
    stub = service.channel.unary_unary("/civic.probe.v1.ProbeService/GetProbe")
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub(b"", metadata=(("traceparent", parent),))
    assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.INTERNAL, "unexpected error")
    error = await refusal(service.call("GetProbe", text="Brief an Frau Muster"))
    assert (error.kind, error.reason, error.message) == (Kind.INTERNAL, "INTERNAL", "unexpected error")
    assert list(error.metadata) == ["trace_id"] and len(error.metadata["trace_id"]) == 32
    assert error.violations == ()
    assert b"Anna" not in str(caught.value.trailing_metadata()).encode()
    assert "0af7651916cd43dd8448eb211c80319c" in str(caught.value.trailing_metadata())

    lines = [JsonFormatter("probe").format(record) for record in caplog.records]
    failed = [json.loads(line) for line in lines if "call failed" in line]
    assert failed[0]["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert failed[1]["request"] == {"id": "7", "text": "[sensitive]"}
    assert failed[1]["exception"][0]["type"] == "builtins.RuntimeError"
    assert "Muster" not in "".join(lines)


async def test_a_part_that_is_away_is_unavailable(service: Any) -> None:
    for error in (ConnectionRefusedError(111, "refused"), TimeoutError("no answer")):
        service.behave = failing(error)
        found = await refusal(service.call("CreateProbe", token="anna"))
        assert (found.kind, found.reason) == (Kind.UNAVAILABLE, "UNAVAILABLE")


async def test_the_server_keeps_the_deadline(service: Any, clock: FrozenClock) -> None:
    ended = asyncio.Event()

    async def sleep(_request: Any) -> Any:
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    service.behave = sleep
    error = await refusal(service.call("CreateProbe", token="anna", timeout=0.2))
    assert (error.kind, error.reason) == (Kind.DEADLINE, "DEADLINE_EXCEEDED")
    await asyncio.wait_for(ended.wait(), 5)


async def test_a_call_without_deadline_ends_at_the_servers_limit(
    new_service: Callable[..., Awaitable[Any]],
) -> None:
    service = await new_service(max_seconds=0.2)

    async def sleep(_request: Any) -> Any:
        await asyncio.sleep(30)

    service.behave = sleep
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await service.channel.unary_unary("/civic.probe.v1.ProbeService/GetProbe")(b"")
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert caught.value.details() == "the deadline of the call passed"
    assert service.calls[0].deadline is None


async def test_a_client_that_goes_away_cancels_the_work(service: Any) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def wait(_request: Any) -> Any:
        began.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.set()
            raise

    service.behave = wait
    task = asyncio.create_task(service.call("CreateProbe", token="anna"))
    await asyncio.wait_for(began.wait(), 5)
    task.cancel()
    await asyncio.wait_for(ended.wait(), 5)


async def test_calls_at_the_same_time_do_not_mix(service: Any) -> None:
    async def echo(request: Any) -> Any:
        before = current_call()
        await asyncio.sleep(0.01)
        assert current_call() is before
        return service.answer(text=f"{before.tenant} {request.text}")

    service.behave = echo
    answers = await asyncio.gather(
        *(service.call("GetProbe", text=str(number), tenant=f"t{number}") for number in range(50))
    )
    assert [answer.text for answer in answers] == [f"t{number} {number}" for number in range(50)]
    with pytest.raises(LookupError):
        current_call()


async def test_one_trace_goes_through_client_and_server(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    monkeypatch.setattr("civic_chassis.grpc.call._tracer", tracer)
    monkeypatch.setattr("civic_chassis.grpc.client._tracer", tracer)
    service.behave = failing(ConnectionRefusedError(111, "refused"))
    with tracer.start_as_current_span("page"):
        await refusal(service.call("GetProbe", tenant="lindental"))

    async def all_three() -> bool:
        return len(exporter.get_finished_spans()) == 3

    # The server's span ends after the answer has left.
    await eventually(all_three)
    found = {span.name: span for span in exporter.get_finished_spans()}
    page, client, server = (found[name] for name in sorted(found, key=len))
    assert [span.name for span in (page, client, server)] == [
        "page",
        "civic.probe.v1.GetProbe",
        "civic.probe.v1.ProbeService/GetProbe",
    ]
    assert client.parent is not None and server.parent is not None
    assert (client.parent.span_id, server.parent.span_id) == (page.context.span_id, client.context.span_id)
    assert {span.context.trace_id for span in (page, client, server)} == {page.context.trace_id}
    assert server.kind is trace.SpanKind.SERVER
    assert server.attributes == {
        "rpc.system.name": "grpc",
        "rpc.method": "civic.probe.v1.ProbeService/GetProbe",
        "rpc.response.status_code": "UNAVAILABLE",
    }
    assert server.status.status_code is trace.StatusCode.ERROR
