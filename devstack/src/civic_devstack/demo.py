"""Demo Dialoge, made through the public JSON API as demo people; a second run changes nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

DEMO_FILE = Path(__file__).resolve().parents[2] / "demo" / "hessen" / "dialoge.yaml"

Json = dict[str, Any]
TokenOf = Callable[[str], Awaitable[str]]


class DemoError(Exception):
    """The portal refused a call that the demo data needs; the text says which and why."""


@dataclass(slots=True)
class DemoWriter:
    """Writes one file of Dialoge through a running portal.

    `token_of` gives the access token of a demo person. Every creation carries an Idempotency-Key made of its
    place in the file, so that a run that was cut off is completed by the next one.
    """

    http: httpx.AsyncClient
    token_of: TokenOf
    today: dt.date

    async def write(self, dialoge: list[Json]) -> int:
        """Returns how many contributions the Dialoge have in all; raises DemoError."""
        await asyncio.gather(*(self._dialog(dialog) for dialog in dialoge))
        return sum(len(dialog.get("contributions", [])) for dialog in dialoge)

    async def _dialog(self, dialog: Json) -> None:
        base = f"/api/v1/{dialog['tenant']}/discussion"
        draft = {
            "title": dialog["title"],
            "teaser": dialog["teaser"].strip(),
            "text": dialog["text"],
            "translations": dialog.get("translations", {}),
            "start_date": (self.today + dt.timedelta(days=dialog["start_day"])).isoformat(),
            "end_date": (self.today + dt.timedelta(days=dialog["end_day"])).isoformat(),
            "names_public": True,
            "settings": dialog.get("settings", {}),
            "site": dialog.get("site"),
        }
        found = await self._find(dialog)
        topic = found or await self._post(dialog["by"], f"{base}/topics", draft, (dialog["key"],))
        address = f"{base}/topics/{topic['id']}"
        sections = await self._objects(dialog, address)
        if not topic["published"]:
            topic = await self._post(dialog["by"], f"{address}:publish", {}, None)
        if topic["phase"] not in ("active", "announced"):
            return
        for number, contribution in enumerate(dialog.get("contributions", [])):
            anchor = contribution.get("anchor") or sections.get(contribution.get("section", ""))
            await self._contribution(base, address, contribution, anchor, (dialog["key"], str(number)))
        if dialog.get("then"):
            await self._close(dialog, address)

    async def _find(self, dialog: Json) -> Json | None:
        # Idempotency keys live as long as the request log keeps them; the staff's list always finds it.
        response = await self.http.get(
            f"/api/v1/{dialog['tenant']}/discussion/topics",
            params={"page_size": 100, "drafts": "true"},
            headers=await self._as(dialog["by"]),
        )
        items: list[Json] = _checked(response)["items"]
        return next((item for item in items if item["title"] == dialog["title"]), None)

    async def _objects(self, dialog: Json, address: str) -> dict[str, Json]:
        """Anchors by the number that a section's heading begins with."""
        anchors = {}
        for key, given in dialog.get("objects", {}).items():
            known = await self.http.get(f"{address}/objects/{key}", headers=await self._as(dialog["by"]))
            if known.status_code == httpx.codes.NOT_FOUND:
                body = await self._with_file(dialog, given)
                shown = await self._send("PUT", dialog["by"], f"{address}/objects/{key}", body, None)
            else:
                shown = _checked(known)
            for section in shown["content"].get("sections", []):
                number = section["title"].partition(" ")[0].rstrip(".")
                anchors[number] = {"object": key, "section": section["id"]}
        return anchors

    async def _with_file(self, dialog: Json, given: Json) -> Json:
        """The object with the id of its file, which lies beside the file of Dialoge and is sent here."""
        kind = given["kind"]
        name = given[kind].get("file")
        if name is None:
            return given
        file = (name, (DEMO_FILE.parent / "dateien" / name).read_bytes())
        sent = await self.http.post(
            f"/api/v1/{dialog['tenant']}/files", files={"file": file}, headers=await self._as(dialog["by"])
        )
        return given | {kind: given[kind] | {"file": _checked(sent)["id"]}}

    async def _contribution(
        self, base: str, topic: str, contribution: Json, anchor: Json | None, key: tuple[str, ...]
    ) -> None:
        body: Json = {"title": contribution["title"], "text": contribution["text"].strip()}
        body |= {name: contribution[name] for name in ("category", "place") if name in contribution}
        if anchor is not None:
            body["anchor"] = anchor
        created = await self._post(contribution["by"], f"{topic}/contributions", body, key)
        address = f"{base}/contributions/{created['id']}"
        for person, value in contribution.get("ratings", {}).items():
            await self._send("PUT", person, f"{address}/rating", {"value": value}, None)
        await self._comments(f"{address}/comments", contribution.get("comments", []), None, key)
        if "answer" in contribution and created["answer"] is None:
            answer = {name: contribution["answer"][name] for name in ("state", "text")}
            await self._send("POST", contribution["answer"]["by"], f"{address}:answer", answer, None)

    async def _comments(self, address: str, comments: list[Json], parent: str | None, key: tuple[str, ...]) -> None:
        for number, comment in enumerate(comments):
            here = (*key, str(number))
            body: Json = {"text": comment["text"]}
            if parent is not None:
                body["parent_id"] = parent
            created = await self._post(comment["by"], address, body, here)
            await self._comments(address, comment.get("replies", []), created["id"], here)

    async def _close(self, dialog: Json, address: str) -> None:
        ended = await self._post(dialog["by"], f"{address}:end", {"reason": dialog["end_reason"]}, None)
        if dialog["then"] == "archive":
            ended = await self._send("PUT", dialog["by"], f"{address}/outcome", {"texts": dialog["outcome"]}, None)
            changes = {"archive_time": ended["end_time"]}
            await self._send("PATCH", dialog["by"], address, changes, {"If-Match": f'"{ended["etag"]}"'})

    async def _post(self, person: str, address: str, body: Json, key: tuple[str, ...] | None) -> Json:
        headers = {"Idempotency-Key": _idempotency_key(key)} if key else {}
        return await self._send("POST", person, address, body, headers)

    async def _send(self, method: str, person: str, address: str, body: Json, headers: Json | None) -> Json:
        authorization = await self._as(person)
        while True:
            response = await self.http.request(method, address, json=body, headers={**authorization, **(headers or {})})
            if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                return _checked(response)
            await asyncio.sleep(float(response.headers.get("Retry-After", "1")))

    async def _as(self, person: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self.token_of(person)}", "Accept-Language": "de"}


def _idempotency_key(parts: tuple[str, ...]) -> str:
    return "demo-" + hashlib.sha256("/".join(parts).encode()).hexdigest()[:32]


def _checked(response: httpx.Response) -> Json:
    if response.is_success:
        body: Json = response.json() if response.content else {}
        return body
    raise DemoError(
        f"{response.request.method} {response.request.url.path}: {response.status_code} {response.text[:300]}"
    )


async def write_demo(portal_url: str, token_of: TokenOf, today: dt.date) -> int:
    """Fills the portal at `portal_url`; `today` is the day in Europe/Berlin.

    Returns the number of contributions; raises DemoError, httpx.HTTPError.
    """
    dialoge: list[Json] = yaml.safe_load(DEMO_FILE.read_bytes())["dialoge"]
    async with httpx.AsyncClient(base_url=portal_url, timeout=30) as http:
        return await DemoWriter(http=http, token_of=token_of, today=today).write(dialoge)
