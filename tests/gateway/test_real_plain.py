"""Leichte Sprache and sign language, from the staff's form to the public pages, through real gateways and services."""

import re

from civic_chassis.testing.waiting import eventually

from tests.chaos.stack import Stack
from tests.gateway.test_real_following import person

PAGE = "/lindental/verwaltung/sprachformen"
HOSTS = "media.ccc.de, vimeo.com, www.youtube.com, youtu.be"


async def test_administrators_write_texts_and_videos_that_everybody_sees(stack: Stack) -> None:
    meyer = await person(stack, "meyer", "admin")
    page = await meyer.open(PAGE)
    etag = re.search(r'name="etag" value="(\d+)"', page.text)
    assert etag is not None
    typed = {
        "content_text": "Hier **reden** Sie mit.",
        "navigation_text": "Oben ist ein Menü.",
        "navigation_video": "https://evil.example/dgs",
        "etag": etag[1],
    }
    wrong = await meyer.send(PAGE, **typed)
    assert wrong.status_code == 422
    assert f"So finden Sie sich zurecht, Video: Erlaubt ist nur {HOSTS}." in wrong.text
    assert all(kept in wrong.text for kept in ("Hier **reden** Sie mit.", 'value="https://evil.example/dgs"'))
    right = typed | {"navigation_video": "https://vimeo.com/123"}
    preview = await meyer.send(PAGE, action="preview", **right)
    assert "<p>Hier <strong>reden</strong> Sie mit.</p>" in preview.text
    assert 'value="https://vimeo.com/123"' in preview.text
    saved = await meyer.send(PAGE, **right)
    assert "Gespeichert. Das sehen jetzt alle." in saved.text
    assert 'value="https://vimeo.com/123"' in saved.text

    async def shown() -> bool:
        easy = await stack.http.get(stack.url("/lindental/leichte-sprache"), headers={"accept-language": "de"})
        return "<p>Hier <strong>reden</strong> Sie mit.</p>" in easy.text

    # Kept answers go with the event.
    await eventually(shown)
    late = await meyer.send(PAGE, **right | {"content_text": "Zu spät."})
    assert (late.status_code, "Zu spät." in late.text) == (412, True)
    overview = (await meyer.open("/lindental/verwaltung")).text
    assert f'href="{PAGE}"' in overview
    editor = await person(stack, "weber", "editor")
    assert (await editor.open(PAGE)).status_code == 403
    assert f'href="{PAGE}"' not in (await editor.open("/lindental/verwaltung")).text


async def test_the_api_writes_what_the_page_does(stack: Stack) -> None:
    staff = stack.person("meyer", "admin")
    address = stack.url("/api/v1/tenants/hohenau")
    etag = (await stack.http.get(address)).headers["etag"]
    body = {"further": {"text": "Mehr dazu.", "video": "https://vimeo.com@evil.example/1"}}
    strange = await stack.http.put(f"{address}/plain", json=body, headers=staff | {"if-match": etag})
    assert strange.status_code == 403
    address = stack.url("/api/v1/tenants/lindental")
    etag = (await stack.http.get(address)).headers["etag"]
    refused = await stack.http.put(f"{address}/plain", json=body, headers=staff | {"if-match": etag})
    assert refused.status_code == 422
    assert [(each["field"], each["detail"]) for each in refused.json()["errors"]] == [
        ("further.video", f"Video: Erlaubt ist nur {HOSTS}.")
    ]
    body = {"further": {"text": "Mehr dazu.", "video": "https://youtu.be/x"}}
    nothing = {"content": {"video": None}}
    changed = await stack.http.put(f"{address}/plain", json=body | nothing, headers=staff | {"if-match": etag})
    assert (changed.status_code, changed.json()["plain"]["further"]) == (200, body["further"])
    shown = await stack.http.get(address, headers=staff)
    assert shown.json() == changed.json()
    again = await stack.http.put(f"{address}/plain", json={}, headers=staff | {"if-match": etag})
    assert again.status_code == 412
