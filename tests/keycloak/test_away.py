"""Keycloak or NATS away: who is signed in goes on, who is not reads on, and nothing typed is lost."""

from __future__ import annotations

import asyncio

import httpx
from civic_chassis.testing.nats import NatsServer
from civic_chassis.testing.waiting import eventually

from tests.keycloak.portals import Portal, Realm, claims_of, look, open_portal, short_tokens, sign_in

TYPED = "Am Fluss fehlen Bänke."


async def test_keycloak_is_killed(realm: Realm, portals: list[Portal], browser: httpx.AsyncClient) -> None:
    async with short_tokens(realm, seconds=40):
        first = (await sign_in(browser, portals[0], "anna")).json()
    form = {"text": TYPED, "csrf_token": first["csrf"]}
    crumb = browser.cookies["civic_session"]
    realm.child.kill()

    async def noticed() -> bool:
        return not (await look(browser, portals[0]))["available"] and not (await look(browser, portals[1]))["available"]

    await eventually(noticed, seconds=60, pause=0.1)
    # Whoever is signed in goes on, on both gateways.
    assert (await look(browser, portals[0]))["standing"] == "signed_in"
    assert (await browser.post(f"{portals[1].url}/pruefung", data=form)).status_code == 200
    # Whoever is not is told so at once.
    answer = await browser.get(f"{portals[0].url}/anmelden", headers={"cookie": ""})
    assert answer.status_code == 503
    assert "Anmeldung" in answer.text

    async def paused() -> bool:
        seen = await look(browser, portals[0])
        assert browser.cookies["civic_session"] == crumb
        return bool(seen["standing"] == "paused")

    await eventually(paused, seconds=60, pause=0.1)
    refused = await browser.post(f"{portals[0].url}/pruefung", data=form)
    assert refused.status_code == 503
    assert TYPED in refused.text

    await asyncio.to_thread(realm.start)

    async def back() -> bool:
        return bool((await look(browser, portals[0]))["standing"] == "signed_in")

    await eventually(back, seconds=60, pause=0.1)
    seen = await look(browser, portals[0])
    assert claims_of(seen["token"])["sid"] == claims_of(first["token"])["sid"]
    assert (await browser.post(f"{portals[0].url}/pruefung", data=form)).status_code == 200


async def test_nats_is_away(realm: Realm, browser: httpx.AsyncClient, other_browser: httpx.AsyncClient) -> None:
    nats = NatsServer()
    nats.start()
    portals = [await open_portal(realm, nats, index) for index in (0, 1)]
    try:
        first = (await sign_in(browser, portals[0], "anna")).json()
        form = {"text": TYPED, "csrf_token": first["csrf"]}
        nats.stop()

        async def noticed() -> bool:
            answer = await browser.get(f"{portals[1].url}/readyz")
            return bool(answer.json()["parts"]["events"] == "away")

        await eventually(noticed, seconds=60, pause=0.1)
        # One gateway knows the session, the other one cannot look it up, and says neither yes nor no.
        assert (await look(browser, portals[0]))["standing"] == "signed_in"
        assert (await browser.post(f"{portals[0].url}/pruefung", data=form)).status_code == 200
        assert (await look(browser, portals[1]))["standing"] == "paused"
        refused = await browser.post(f"{portals[1].url}/pruefung", data=form)
        assert refused.status_code == 503
        assert TYPED in refused.text
        # Nobody new can be signed in, and learns it.
        assert (await sign_in(other_browser, portals[0], "bora")).status_code == 503
        # Text of somebody who is not signed in cannot be kept now; the page shows it again.
        kept = await httpx.AsyncClient().post(f"{portals[0].url}/pruefung", data={"text": TYPED})
        assert kept.status_code == 503
        assert TYPED in kept.text
        nats.start()

        async def back() -> bool:
            return bool((await look(browser, portals[1]))["standing"] == "signed_in")

        await eventually(back, seconds=60, pause=0.1)
        assert (await look(browser, portals[1]))["token"] == first["token"]
    finally:
        for portal in portals:
            await portal.stop()
        nats.remove()
