"""Sessions over their life: shared, refreshed, ended from anywhere, and kept while parts are away."""

from __future__ import annotations

import httpx

from tests.keycloak.portals import Portal, Realm, claims_of, look, query_of, sign_in


async def test_two_gateways_share_a_session(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    signed_in = (await sign_in(browser, portals[0], "anna")).json()
    other = await look(browser, portals[1])
    assert other["standing"] == "signed_in"
    assert other["token"] == signed_in["token"]
    assert other["csrf"] == signed_in["csrf"]


async def test_signing_out_ends_it_everywhere(realm: Realm, portals: list[Portal], browser: httpx.AsyncClient) -> None:
    await sign_in(browser, portals[0], "anna")
    crumb = browser.cookies["civic_session"]
    seen = await look(browser, portals[1])
    answer = await browser.post(f"{portals[0].url}/abmelden", data={"csrf_token": seen["csrf"]}, follow_redirects=False)
    assert answer.status_code == 303
    address = answer.headers["location"]
    assert address.startswith(f"{realm.issuer}/protocol/openid-connect/logout?")
    # The id token goes through an address, so it names nobody.
    assert set(claims_of(query_of(address)["id_token_hint"])) <= {
        *("iss", "aud", "azp", "sub", "sid", "typ", "jti", "exp", "iat", "auth_time", "nonce", "at_hash", "acr"),
    }
    back = await browser.get(address, follow_redirects=False)
    assert back.headers["location"] == f"{portals[0].url}/"
    browser.cookies.set("civic_session", crumb, domain="localhost.local")
    for portal in portals:
        seen = (await browser.get(f"{portal.url}/pruefung", headers={"cookie": f"civic_session={crumb}"})).json()
        assert seen["standing"] == "ended"
    # The sign-in in the realm is over as well: the form appears again.
    page = await browser.get(f"{portals[0].url}/anmelden")
    assert "kc-form-login" in page.text


async def test_the_realm_ends_sessions(realm: Realm, portals: list[Portal], browser: httpx.AsyncClient) -> None:
    """Back-channel logout: an administrator ends what a person has open."""
    seen = (await sign_in(browser, portals[0], "bora")).json()
    assert (await look(browser, portals[1]))["standing"] == "signed_in"
    sid = claims_of(seen["token"])["sid"]
    async with httpx.AsyncClient() as admin:
        token = await admin.post(
            f"{realm.url}/realms/master/protocol/openid-connect/token",
            data={
                "grant_type": "password",
                "client_id": "admin-cli",
                "username": "admin",
                "password": "admin-of-the-tests",
            },
        )
        headers = {"authorization": f"Bearer {token.json()['access_token']}"}
        ended = await admin.delete(f"{realm.url}/admin/realms/hessen/sessions/{sid}", headers=headers)
    assert ended.status_code == 204
    crumb = browser.cookies["civic_session"]
    for portal in portals:
        answer = await browser.get(f"{portal.url}/pruefung", headers={"cookie": f"civic_session={crumb}"})
        assert answer.json()["standing"] == "ended"
        assert answer.headers["set-cookie"].startswith('civic_session="";')
