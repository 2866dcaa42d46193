"""The gRPC server: guarded methods, health, keepalive, and a drain at the end."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc
from grpc_health.v1 import health_pb2_grpc

from civic_chassis.grpc.access import rules_of
from civic_chassis.grpc.call import Interceptor, Verifier
from civic_chassis.kernel.clock import Clock

# The function that the generated code gives for a service, and our implementation of it.
Servicer = tuple[Callable[[Any, Any], None], object]

_OPTIONS: tuple[tuple[str, Any], ...] = (
    # Connections end now and then, so that clients find processes that were added since.
    ("grpc.max_connection_age_ms", 300_000),
    ("grpc.max_connection_age_grace_ms", 30_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    # Two processes on one port would share it silently.
    ("grpc.so_reuseport", 0),
)


class Server:
    """Serves the servicers on `listen` (host:port; port 0 takes a free one).

    Raises AccessError when a method has no usable access option.
    """

    def __init__(
        self,
        servicers: Sequence[Servicer],
        *,
        verifier: Verifier,
        clock: Clock,
        listen: str,
        health: health_pb2_grpc.HealthServicer | None = None,
        max_seconds: float = 30.0,
        max_concurrent: int | None = None,
    ) -> None:
        self._server = grpc.aio.server(options=_OPTIONS, maximum_concurrent_rpcs=max_concurrent)
        guarded = _Guarded(self._server, Interceptor(verifier, clock, max_seconds))
        for add, implementation in servicers:
            add(implementation, guarded)
        if health is not None:
            # Probes bring no token and serve nobody.
            health_pb2_grpc.add_HealthServicer_to_server(health, self._server)
        self._listen = listen
        self.port = 0

    async def start(self) -> None:
        """Raises RuntimeError when the address is in use."""
        self.port = self._server.add_insecure_port(self._listen)
        await self._server.start()

    async def stop(self, *, grace: float) -> None:
        """Takes no more calls and lets those under way end, for at most `grace` seconds."""
        await self._server.stop(grace)


class _Guarded:
    """Stands in for the server while generated code registers methods, and wraps each of them.

    Wrapping once at start costs less per call than an interceptor that gRPC looks up each time.
    """

    def __init__(self, server: grpc.aio.Server, interceptor: Interceptor) -> None:
        self._server = server
        self._interceptor = interceptor

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Generated code registers each method twice; `add_registered_method_handlers` is the one that names it."""

    def add_registered_method_handlers(
        self, service: str, handlers: "Mapping[str, grpc.RpcMethodHandler[Any, Any]]"
    ) -> None:
        rules = rules_of(service)
        wrapped = {}
        for name, handler in handlers.items():
            if handler.unary_unary is None:
                raise TypeError(f"{service}/{name}: only unary methods are served")
            wrapped[name] = grpc.unary_unary_rpc_method_handler(
                self._interceptor.wrap(f"{service}/{name}", rules[name], handler.unary_unary),
                request_deserializer=handler.request_deserializer,
                response_serializer=handler.response_serializer,
            )
        generic = grpc.method_handlers_generic_handler(service, wrapped)
        self._server.add_generic_rpc_handlers((generic,))
        self._server.add_registered_method_handlers(service, wrapped)
