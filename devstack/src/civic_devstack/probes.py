"""Questions that tell whether a server is ready; each is cheap enough to ask ten times a second."""

from __future__ import annotations

import asyncio

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc


async def http_ok(host: str, port: int, path: str) -> bool:
    """Whether a GET answers 200."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        await writer.drain()
        status = await reader.readline()
        return status.split(b" ")[1:2] == [b"200"]
    finally:
        writer.close()


async def greets(host: str, port: int, greeting: bytes) -> bool:
    """Whether the server speaks first and begins like this."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        return (await reader.read(len(greeting))) == greeting
    finally:
        writer.close()


async def grpc_serving(host: str, port: int) -> bool:
    """Whether the standard health service says SERVING."""
    async with grpc.aio.insecure_channel(f"{host}:{port}", options=(("grpc.enable_http_proxy", 0),)) as channel:
        try:
            answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=2)
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
