"""All rows of the table: lists here, pages and writes from their own rooms."""

import json
from urllib.parse import quote

import httpx

from bench.fill import SIMILAR, TENANT, TEXT
from bench.load import request
from bench.pages import page_paths
from bench.portal import Portal
from bench.rows import BARE, SERVICE, Path, always, bearer
from bench.writing import write_paths

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

# What somebody types as a title: words that every contribution holds, and one that few hold.
TYPED = {"all alike": "Ein sicherer Radweg zur Schule", "few alike": "Vorschlag 4711 für Ampeln"}


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
    if SIMILAR in topics:
        similar = f"{base}/topics/{topics[SIMILAR]}/similar?text="
        rows += [
            Path(
                f"GET similar of {SIMILAR:,}, {name}",
                portal.uncached,
                always(request("GET", similar + quote(typed))),
                200,
                BARE,
                page,
            )
            for name, typed in TYPED.items()
        ]
    rows += await page_paths(portal, topics, tokens[0])
    rows += await write_paths(portal, topics[0], tokens, made)
    return rows


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
