"""Rows of writes: contributions, comments, ratings, decisions of moderators, files."""

import itertools
import json
import os
import uuid
from collections.abc import Callable, Iterator

import httpx

from bench.fill import TENANT, TEXT, make_topic
from bench.load import request
from bench.portal import STAFF, Portal
from bench.rows import SERVICE, Path, bearer

BASE = f"/api/v1/{TENANT}/discussion"
# Contributions that wait for a decision, and the octets of an uploaded file.
CASES, FILE_OCTETS = 48, 1_000_000


async def write_paths(portal: Portal, topic: str, tokens: list[str], made: Path) -> list[Path]:
    """`topic` takes the contributions; `made` is the limit of all."""
    draft = json.dumps({"title": "Ein Vorschlag", "text": TEXT}).encode()
    writing = f"{BASE}/topics/{topic}/contributions"
    target = await contribution(portal, topic, tokens[0], draft)
    comment = json.dumps({"text": TEXT[:200]}).encode()
    comments, rating = f"{BASE}/contributions/{target}/comments", f"{BASE}/contributions/{target}/rating"
    staff = await portal.stack.token(STAFF)
    decided = decisions(await waiting(portal, tokens[0], staff, draft), staff)
    port = portal.gateway
    drafts, words = posts(writing, draft, tokens), posts(comments, comment, tokens)
    return [
        Path("POST contribution, 1 client", port, drafts, 201, SERVICE, made, 1600, 1),
        Path("POST contribution, 32 clients", port, drafts, 201, SERVICE, made, 1600, 32),
        Path("POST comment, 32 clients", port, words, 201, SERVICE, made, 1600, 32),
        Path("PUT rating, 32 clients", port, ratings(rating, tokens), 200, SERVICE, made, 1600, 32),
        Path("POST decision of a moderator", port, decided, 200, SERVICE, made, 2000, 4),
        Path("POST file of 1 MB", port, uploads(tokens[0]), 201, ("gateway",), None, None, 4),
    ]


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


def decisions(cases: list[str], token: str) -> Callable[[], Iterator[bytes]]:
    """A moderator who shows and hides one text after the other."""

    def each() -> Iterator[bytes]:
        for ruling in itertools.cycle(({"decision": "keep"}, {"decision": "hide", "reason": "other"})):
            for case in cases:
                body = json.dumps(ruling).encode()
                yield request(
                    "POST", f"/api/v1/{TENANT}/moderation/cases/{case}:decide", headers=bearer(token), body=body
                )

    return each


def uploads(token: str) -> Callable[[], Iterator[bytes]]:
    """The same PDF again and again, as a form sends it."""
    content = b"%PDF-1.7\n" + os.urandom(FILE_OCTETS) + b"\n%%EOF\n"
    form = httpx.Request("POST", "http://portal.test", files={"file": ("plan.pdf", content, "application/pdf")})
    body, kind = form.read(), form.headers["Content-Type"]
    sent = request("POST", f"/api/v1/{TENANT}/files", headers=bearer(token), body=body, media_type=kind)
    return lambda: itertools.repeat(sent)


async def contribution(portal: Portal, topic: str, token: str, draft: bytes) -> str:
    async with portal.api(token) as api:
        headers = {"Content-Type": "application/json"}
        made = await api.post(f"/{TENANT}/discussion/topics/{topic}/contributions", content=draft, headers=headers)
        made.raise_for_status()
        found: str = made.json()["id"]
        return found


async def waiting(portal: Portal, token: str, staff: str, draft: bytes) -> list[str]:
    """Cases of contributions that are shown only once a moderator has read them."""
    topic = await make_topic(portal, "Zum Entscheiden", moderation="before")
    held = {await contribution(portal, topic, token, draft) for _ in range(CASES)}
    found: list[str] = []
    page = ""
    async with portal.api(staff) as api:
        while len(found) < CASES:
            asked = {"page_size": "100", "state": "open", **({"page_token": page} if page else {})}
            listed = await api.get(f"/{TENANT}/moderation/cases", params=asked)
            listed.raise_for_status()
            found += [case["id"] for case in listed.json()["items"] if case["text_id"] in held]
            page = listed.json()["next_page_token"]
            if not page:
                break
    return found
