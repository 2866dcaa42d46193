"""Rows of pages as a browser asks for them: a Dialog, a contribution, its comments."""

import asyncio
import json

import httpx
from civic_gateway.web.addresses import code_of

from bench.fill import TENANT, TEXT, make_topic
from bench.load import request
from bench.portal import Portal
from bench.rows import BARE, Path, always

# Comments of the contributions that are opened.
FEW, MANY = 10, 1_000
HTML = {"Accept": "text/html", "Accept-Language": "de"}


async def page_paths(portal: Portal, topics: dict[int, str], token: str) -> list[Path]:
    """Pages without the cache, and what the cache makes of the first."""
    addresses = {
        size: await settled(portal, f"/{TENANT}/dialoge/{code_of(topic)}") for size, topic in topics.items() if size
    }
    rows = [page(f"page of a Dialog of {size:,}", portal.uncached, addresses[size]) for size in sorted(addresses)]
    smallest = addresses[min(addresses)]
    rows.append(page("page of a Dialog, cached", portal.gateway, smallest, processes=("gateway",)))
    for count, (topic, contribution) in (await talked_about(portal, token)).items():
        path = f"/{TENANT}/dialoge/{code_of(topic)}/beitraege/{code_of(contribution)}"
        rows.append(page(f"page with {count:,} comments", portal.uncached, await settled(portal, path)))
        listed = f"/api/v1/{TENANT}/discussion/contributions/{contribution}/comments"
        rows.append(
            Path(f"GET comments, of {count:,}", portal.uncached, always(request("GET", listed)), 200, BARE, goal=1400)
        )
    return rows


def page(name: str, port: int, path: str, *, processes: tuple[str, ...] = BARE) -> Path:
    return Path(name, port, always(request("GET", path, headers=HTML)), 200, processes)


async def settled(portal: Portal, path: str) -> str:
    """Where the page is in the end: an address without its title leads to the full one."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{portal.uncached}", follow_redirects=True) as client:
        answer = await client.get(path, headers=HTML)
        answer.raise_for_status()
        return answer.url.path


async def talked_about(portal: Portal, token: str) -> dict[int, tuple[str, str]]:
    """Number of comments → topic and contribution that has so many."""
    topic = await make_topic(portal, "Zum Kommentieren")
    found = {}
    async with portal.api(token) as api:
        headers = {"Content-Type": "application/json"}
        for count in (FEW, MANY):
            body = json.dumps({"title": f"Darüber reden {count}", "text": TEXT})
            made = await api.post(f"/{TENANT}/discussion/topics/{topic}/contributions", content=body, headers=headers)
            made.raise_for_status()
            contribution = made.json()["id"]
            path = f"/{TENANT}/discussion/contributions/{contribution}/comments"
            for begin in range(0, count, 20):
                texts = [json.dumps({"text": f"Stimme {number}. {TEXT[:200]}"}) for number in range(begin, begin + 20)]
                sent = [api.post(path, content=text, headers=headers) for text in texts[: count - begin]]
                for answer in await asyncio.gather(*sent):
                    answer.raise_for_status()
            found[count] = (topic, contribution)
    return found
