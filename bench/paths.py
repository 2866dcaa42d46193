"""The rows: one request each, the limit that belongs to it, and how good is good."""

import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from bench.fill import TENANT, TEXT
from bench.load import request
from bench.portal import Portal

SERVICE = ("gateway", "discussion")
BARE = ("uncached gateway", "discussion")
LISTING = ("uncached gateway", "catalog")
# What people ask of the state's list, by what its rows are called.
LISTED = {
    "": "",
    ", one tenant": "tenant=ort-042",
    ", by kind and day": "kind=event&from=2026-01-01",
    ", by words": "q=Spielplätze",
    ", by words that all hold": "q=Stadt",
    ", of a map's section": "bbox=8.6,50.0,8.7,50.1",
    ", counted": "count=true",
}


@dataclass(frozen=True, slots=True)
class Path:
    """One kind of request. `processes` are ours; `goal` is µs of their CPU time per request."""

    name: str
    port: int
    requests: Callable[[], Iterator[bytes]]
    status: int
    processes: tuple[str, ...]
    limit: "Path | None" = None
    goal: float | None = None
    connections: int = 16


async def paths(portal: Portal, topics: dict[int, str], tokens: list[str]) -> list[Path]:
    """Every row of the table, in the order in which it is shown."""
    plain = Path("plain ASGI", portal.plain, always(request("GET", "/")), 200, ("plain",))
    page = Path(
        "constant page", portal.limit, always(request("GET", "/contributions")), 200, ("limit http", "limit service")
    )
    draft = json.dumps({"title": "Ein Vorschlag", "text": TEXT}).encode()
    post = always(request("POST", "/contributions", body=draft))
    made = Path("constant entity", portal.limit, post, 201, ("limit http", "limit service"))

    base = f"/api/v1/{TENANT}/discussion"
    sizes = sorted(size for size in topics if size)
    first = f"{base}/topics/{topics[sizes[0]]}/contributions"
    tag = {"If-None-Match": await etag(portal, first)}
    rows = [
        Path("GET page, cached", portal.gateway, always(request("GET", first)), 200, ("gateway",), plain, 60),
        Path(
            "GET page, cached, 304",
            portal.gateway,
            always(request("GET", first, headers=tag)),
            304,
            ("gateway",),
            plain,
            45,
        ),
    ]
    for size in sizes:
        listed = f"{base}/topics/{topics[size]}/contributions"
        rows.append(
            Path(f"GET page of 20 of {size:,}", portal.uncached, always(request("GET", listed)), 200, BARE, page, 1400)
        )
    largest = f"{base}/topics/{topics[sizes[-1]]}/contributions"
    deep = await deep_page(portal, topics[sizes[-1]])
    rows += [
        Path(
            f"GET page of 20 of {sizes[-1]:,}, after 100 pages",
            portal.uncached,
            always(request("GET", deep)),
            200,
            BARE,
            page,
            1400,
        ),
        Path(
            f"GET page of 20 of {sizes[-1]:,}, most supported",
            portal.uncached,
            always(request("GET", f"{largest}?order=most_supported")),
            200,
            BARE,
            page,
            1400,
        ),
        Path(
            "GET page of 20, signed in",
            portal.gateway,
            always(request("GET", largest, headers=bearer(tokens[0]))),
            200,
            SERVICE,
            page,
            1400,
        ),
    ]
    rows += [
        Path(
            f"GET offers, 20 of 100,000{name}",
            portal.uncached,
            always(request("GET", f"/api/v1/catalog/offers?{quote(query, safe='=&,')}")),
            200,
            LISTING,
            page,
            1400,
        )
        for name, query in LISTED.items()
    ]
    writing = f"{base}/topics/{topics[0]}/contributions"
    target = await contribution(portal, topics[0], tokens[0], draft)
    comment = json.dumps({"text": TEXT[:200]}).encode()
    comments, rating = f"{base}/contributions/{target}/comments", f"{base}/contributions/{target}/rating"
    rows += [
        Path("POST contribution, 1 client", portal.gateway, posts(writing, draft, tokens), 201, SERVICE, made, 1600, 1),
        Path(
            "POST contribution, 32 clients", portal.gateway, posts(writing, draft, tokens), 201, SERVICE, made, 1600, 32
        ),
        Path(
            "POST comment, 32 clients", portal.gateway, posts(comments, comment, tokens), 201, SERVICE, made, 1600, 32
        ),
        Path("PUT rating, 32 clients", portal.gateway, ratings(rating, tokens), 200, SERVICE, made, 1600, 32),
    ]
    return rows


def always(sent: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.repeat(sent)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def posts(path: str, body: bytes, tokens: list[str]) -> Callable[[], Iterator[bytes]]:
    """Each with a key of its own, as a careful client sends it."""

    def each() -> Iterator[bytes]:
        for token in itertools.cycle(tokens):
            yield request("POST", path, headers=bearer(token) | {"Idempotency-Key": uuid.uuid4().hex}, body=body)

    return each


def ratings(path: str, tokens: list[str]) -> Callable[[], Iterator[bytes]]:
    """People who change their minds all the time, all about the same contribution."""

    def each() -> Iterator[bytes]:
        for value in itertools.cycle(("for", "against", "neutral")):
            for token in tokens:
                body = json.dumps({"value": value}).encode()
                yield request("PUT", path, headers=bearer(token), body=body)

    return each


async def etag(portal: Portal, path: str) -> str:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{portal.gateway}") as client:
        answer = await client.get(path, headers={"Accept-Encoding": "identity"})
        return answer.headers["ETag"]


async def deep_page(portal: Portal, topic: str) -> str:
    """The address of the page behind 100 full ones, or of the last one where there are fewer."""
    path = f"/api/v1/{TENANT}/discussion/topics/{topic}/contributions"
    token = ""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{portal.uncached}") as client:
        for _ in range(20):
            answer = await client.get(path, params={"page_size": 100, **({"page_token": token} if token else {})})
            answer.raise_for_status()
            if not answer.json()["next_page_token"]:
                break
            token = answer.json()["next_page_token"]
    return f"{path}?page_token={token}"


async def contribution(portal: Portal, topic: str, token: str, draft: bytes) -> str:
    async with portal.api(token) as api:
        headers = {"Content-Type": "application/json"}
        made = await api.post(f"/{TENANT}/discussion/topics/{topic}/contributions", content=draft, headers=headers)
        made.raise_for_status()
        found: str = made.json()["id"]
        return found
