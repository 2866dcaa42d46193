"""The least that each path can cost with the same parts: what the rows are measured against.

python -m bench.limits plain PORT          an ASGI application that answers at once
python -m bench.limits service PORT        a gRPC server with constant answers and no database
python -m bench.limits http PORT TARGET    FastAPI in front of that server
"""

import asyncio
import sys

import grpc
import orjson
import uvicorn
import uvloop
from civic.discussion.v1 import contribution_pb2, contribution_service_pb2, contribution_service_pb2_grpc
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

ID = "01938f3a-1c2b-7d4e-8f5a-6b7c8d9e0f1a"
ITEM = {
    "id": ID,
    "etag": "1",
    "create_time": "2026-11-23T04:37:56.123456Z",
    "update_time": "2026-11-23T04:37:56.123456Z",
    "title": "Ein sicherer Radweg entlang der Bahnhofstraße",
    "text": "Auf der Bahnhofstraße fehlt zwischen Markt und Bahnhof ein Radweg. " * 4,
    "author_name": "anna",
    "ratings": {"for": 12, "neutral": 3, "against": 1},
    "comment_count": 4,
}
PAGE = orjson.dumps([ITEM] * 20)


async def plain(scope: dict[str, object], receive: object, send: object) -> None:
    """The limit of a cached read: the bytes of a page, sent at once."""
    if scope["type"] != "http":
        return
    head = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
    await send(head)  # type: ignore[operator]
    await send({"type": "http.response.body", "body": PAGE})  # type: ignore[operator]


class Constant:
    """Answers without looking anything up."""

    async def ListContributions(
        self, request: contribution_service_pb2.ListContributionsRequest, context: object
    ) -> contribution_service_pb2.ListContributionsResponse:
        return contribution_service_pb2.ListContributionsResponse(items_json=PAGE, next_page_token="next")

    async def CreateContribution(
        self, request: contribution_service_pb2.CreateContributionRequest, context: object
    ) -> contribution_service_pb2.CreateContributionResponse:
        made = contribution_pb2.Contribution(id=ID, etag="1", title=request.title, text=request.text)
        return contribution_service_pb2.CreateContributionResponse(contribution=made)


class Draft(BaseModel):
    title: str
    text: str


def http(target: str) -> FastAPI:
    """The thinnest gateway: a schema, one call, one rendering."""
    app = FastAPI()

    @app.get("/contributions")
    async def contributions(page_size: int = 20) -> Response:
        asked = contribution_service_pb2.ListContributionsRequest(topic_id=ID, page_size=page_size)
        page = await stub().ListContributions(asked)
        token = orjson.dumps(page.next_page_token)
        body = b'{"items":' + page.items_json + b',"next_page_token":' + token + b"}"
        return Response(body, media_type="application/json")

    @app.post("/contributions")
    async def create(draft: Draft, request: Request) -> Response:
        asked = contribution_service_pb2.CreateContributionRequest(title=draft.title, text=draft.text)
        made = (await stub().CreateContribution(asked)).contribution
        body = orjson.dumps({"id": made.id, "etag": made.etag, "title": made.title, "text": made.text})
        return Response(body, status_code=201, media_type="application/json")

    def stub() -> "contribution_service_pb2_grpc.ContributionServiceAsyncStub":
        if not hasattr(app.state, "stub"):
            app.state.stub = contribution_service_pb2_grpc.ContributionServiceStub(grpc.aio.insecure_channel(target))
        return app.state.stub  # type: ignore[no-any-return]

    return app


async def serve_grpc(port: int) -> None:
    server = grpc.aio.server()
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            getattr(Constant(), name),
            request_deserializer=getattr(contribution_service_pb2, f"{name}Request").FromString,
            response_serializer=getattr(contribution_service_pb2, f"{name}Response").SerializeToString,
        )
        for name in ("ListContributions", "CreateContribution")
    }
    service = "civic.discussion.v1.ContributionService"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


def serve_http(app: object, port: int) -> None:
    uvicorn.run(
        app,  # type: ignore[arg-type]
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="error",
        lifespan="off",
    )


def main(arguments: list[str]) -> None:
    match arguments:
        case ["plain", port]:
            serve_http(plain, int(port))
        case ["service", port]:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(serve_grpc(int(port)))
        case ["http", port, target]:
            serve_http(http(target), int(port))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
