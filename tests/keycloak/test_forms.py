"""What the browser sends: refused when it may come from elsewhere, and kept when nobody is signed in."""

from __future__ import annotations

import httpx
import pytest

from tests.keycloak.portals import Portal, fill_in, look, sign_in


async def test_a_form_needs_the_token_of_its_session(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    seen = (await sign_in(browser, portals[0], "anna")).json()
    address = f"{portals[0].url}/pruefung"
    without = await browser.post(address, data={"text": "Hallo"})
    wrong = await browser.post(address, data={"text": "Hallo", "csrf_token": "0" * 64})
    assert (without.status_code, wrong.status_code) == (403, 403)
    good = await browser.post(address, data={"text": "Hallo", "csrf_token": seen["csrf"]})
    assert good.status_code == 200
    # The other gateway knows the token, since it comes from the cookie.
    assert (
        await browser.post(f"{portals[1].url}/pruefung", files={"csrf_token": (None, seen["csrf"])})
    ).status_code == 200
    assert (await browser.post(address, json={}, headers={"x-csrf-token": seen["csrf"]})).status_code == 200
    assert (await browser.post(address, json={"csrf_token": seen["csrf"]})).status_code == 403


async def test_the_token_of_another_session_is_refused(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    first = (await sign_in(browser, portals[0], "anna")).json()
    browser.cookies.clear()
    await sign_in(browser, portals[0], "bora")
    answer = await browser.post(f"{portals[0].url}/pruefung", data={"csrf_token": first["csrf"]})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
    ],
)
async def test_another_site_is_refused_even_with_the_token(
    portals: list[Portal], browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    seen = (await sign_in(browser, portals[0], "anna")).json()
    form = {"csrf_token": seen["csrf"]}
    answer = await browser.post(f"{portals[0].url}/pruefung", data=form, headers=headers)
    assert answer.status_code == 403
    own = {"origin": portals[0].url, "sec-fetch-site": "same-origin"}
    assert (await browser.post(f"{portals[0].url}/pruefung", data=form, headers=own)).status_code == 200


async def test_another_site_cannot_make_somebody_write_a_draft(
    portals: list[Portal], browser: httpx.AsyncClient
) -> None:
    answer = await browser.post(
        f"{portals[0].url}/pruefung", data={"text": "not mine"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403
    assert "civic_draft" not in browser.cookies


async def test_signing_out_needs_the_token_too(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    await sign_in(browser, portals[0], "anna")
    assert (await browser.post(f"{portals[0].url}/abmelden")).status_code == 403
    assert (
        '<h1 class="kern-heading-x-large">Möchten Sie sich abmelden?</h1>'
        in (await browser.get(f"{portals[0].url}/abmelden")).text
    )
    assert (await look(browser, portals[0]))["standing"] == "signed_in"


async def test_what_was_typed_is_there_after_signing_in(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    typed = {"title": "Mehr Bänke", "text": "Am Fluss fehlen Bänke.\r\nUnd <b>Schatten</b> 🌳"}
    answer = await browser.post(f"{portals[0].url}/pruefung", data=typed)
    assert answer.json()["standing"] == "none"
    assert (await look(browser, portals[1]))["draft"] == typed
    page = await browser.get(f"{portals[0].url}/anmelden", params={"zurueck": "/pruefung"})
    seen = (await fill_in(browser, page, "anna", "Beteiligung-2026!")).json()
    assert seen["standing"] == "signed_in"
    assert seen["draft"] == typed


async def test_a_draft_belongs_to_its_browser(
    portals: list[Portal], browser: httpx.AsyncClient, other_browser: httpx.AsyncClient
) -> None:
    await browser.post(f"{portals[0].url}/pruefung", data={"text": "Geheim"})
    other_browser.cookies.set("civic_draft", "A" * 43, domain="localhost.local")
    assert (await look(other_browser, portals[0]))["draft"] is None


async def test_signing_out_forgets_the_draft(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    await browser.post(f"{portals[0].url}/pruefung", data={"text": "Vor der Anmeldung"})
    seen = (await sign_in(browser, portals[0], "anna")).json()
    assert seen["draft"] == {"text": "Vor der Anmeldung"}
    await browser.post(f"{portals[0].url}/abmelden", data={"csrf_token": seen["csrf"]}, follow_redirects=False)
    assert (await look(browser, portals[0]))["draft"] is None
