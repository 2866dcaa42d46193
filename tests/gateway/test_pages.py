"""Pages: what they say about errors, what they keep, and what nobody can put into them."""

import re
from typing import Any

import httpx
import pytest
from civic.discussion.v1 import (
    comment_service_pb2,
    contribution_service_pb2,
    topic_pb2,
    topic_service_pb2,
)
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Kind
from civic_gateway.web.addresses import address_of, code_of

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running

TOPIC = f"/lindental/dialoge/{address_of('Marktplatz', scripted.TOPIC)}"
FORM = f"{TOPIC}/beitraege/neu"
CONTRIBUTION = f"{TOPIC}/beitraege/{address_of('Mehr Bänke', scripted.CONTRIBUTION)}"
TYPED = {"title": "Mehr Bänke", "text": "Unter den Linden.\n\nUnd am Bach, wo es im Sommer am längsten kühl bleibt."}


def shows(gateway: Running, **texts: str) -> None:
    """The services answer one Dialog with one contribution and one comment."""
    topic = scripted.topic(texts=topic_pb2.TopicTexts(**({"title": "Marktplatz"} | texts)))
    contribution = scripted.contribution()
    answers = {
        "GetTopic": topic_service_pb2.GetTopicResponse(topic=topic),
        "ListContributions": contribution_service_pb2.ListContributionsResponse(contributions=[contribution]),
        "GetContribution": contribution_service_pb2.GetContributionResponse(contribution=contribution),
        "ListComments": comment_service_pb2.ListCommentsResponse(comments=[scripted.comment()]),
        "ListTopics": topic_service_pb2.ListTopicsResponse(topics=[topic]),
        "ListOffers": scripted.offers(scripted.offer()),
    }
    for method, answer in answers.items():
        gateway.script.answer(method, answer)


def title(response: httpx.Response) -> str:
    found = re.search(r"<title>(.*?)</title>", response.text)
    assert found is not None
    return found[1]


async def send(gateway: Running, path: str = FORM, **changes: str) -> httpx.Response:
    return await gateway.http.post(
        path, data=TYPED | changes, headers={"origin": "http://localhost:8080", "sec-fetch-site": "same-origin"}
    )


def assert_kept(response: httpx.Response) -> None:
    """The page shows what was typed, ready to be sent again under one key."""
    assert 'name="title" value="Mehr Bänke"' in response.text
    assert "\nUnter den Linden.\n\nUnd am Bach" in response.text
    assert re.search(r'name="idempotency_key" value="[0-9a-f]{32}"', response.text)


@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [
        (DomainError(Kind.NOT_FOUND, "TOPIC_NOT_FOUND", ""), 404, "Diesen Dialog gibt es hier nicht"),
        (DomainError(Kind.FORBIDDEN, "ROLE_REQUIRED", ""), 403, "Das dürfen Sie hier nicht"),
        (DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", ""), 503, "Dieser Teil ist gerade nicht erreichbar"),
        (DomainError(Kind.INTERNAL, "INTERNAL", ""), 500, "Bei uns ist ein Fehler aufgetreten"),
    ],
)
async def test_an_error_is_a_page_that_helps(gateway: Running, error: DomainError, status: int, heading: str) -> None:
    shows(gateway)
    gateway.script.answer("GetTopic", error)
    response = await gateway.http.get(TOPIC)
    assert response.status_code == status
    assert f">{heading}</h1>" in response.text
    assert response.headers["x-request-id"] in response.text
    assert response.headers["cache-control"] == "no-store"
    assert 'href="/suche"' in response.text
    assert "Stadt Lindental" in title(response)


async def test_pages_of_tenants_that_are_not_there(gateway: Running) -> None:
    closed, unknown = await gateway.http.get("/altdorf"), await gateway.http.get("/nirgendwo/dialoge")
    assert (closed.status_code, title(closed)) == (
        410,
        "Diese Verwaltung nimmt nicht mehr teil – Beteiligungsportal Hessen",
    )
    assert (unknown.status_code, title(unknown)) == (
        404,
        "Diese Adresse gibt es hier nicht – Beteiligungsportal Hessen",
    )


async def test_too_many_sendings_keep_what_was_typed(run: Run) -> None:
    gateway = await run(writes_per_minute_client=1)
    shows(gateway)
    await send(gateway)
    refused = await send(gateway)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert "Das ging zu schnell" in refused.text
    assert_kept(refused)


async def test_a_forged_sending_keeps_what_was_typed(gateway: Running) -> None:
    shows(gateway)
    refused = await gateway.http.post(FORM, data=TYPED, headers={"origin": "https://elsewhere.example"})
    assert refused.status_code == 403
    assert_kept(refused)


async def test_a_sending_that_is_too_large_says_where_the_text_still_is(run: Run) -> None:
    gateway = await run(max_body_bytes=2_000)
    shows(gateway)
    refused = await send(gateway, text="x" * 3_000)
    assert refused.status_code == 413
    assert "Gehen Sie im Browser eine Seite zurück" in refused.text


async def test_sending_signed_out_leads_to_signing_in_and_back(gateway: Running) -> None:
    shows(gateway)
    response = await send(gateway)
    assert response.status_code == 303
    assert response.headers["location"] == f"/anmelden?zurueck={FORM}"
    assert gateway.script.requests("CreateContribution") == []


@pytest.mark.parametrize("body", [b"title=%FF", b"title=\xff", b"&".join(b"a%d=1" % number for number in range(100))])
async def test_a_body_that_is_no_form_is_refused(gateway: Running, body: bytes) -> None:
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "origin": "http://localhost:8080",
        "sec-fetch-site": "same-origin",
    }
    assert (await gateway.http.post(FORM, content=body, headers=headers)).status_code == 400


async def test_nothing_that_is_written_becomes_code(gateway: Running) -> None:
    shows(
        gateway,
        title="<script>alert(1)</script>",
        text=(
            "<script>alert(2)</script> [a](javascript:alert(3)) ![b](https://elsewhere.example/b.png) "
            "<img src=x onerror=alert(4)> [c](https://elsewhere.example) [d](data:text/html,x)\n\n# Titel"
        ),
    )
    gateway.script.answer(
        "ListComments",
        comment_service_pb2.ListCommentsResponse(comments=[scripted.comment(text="<b onclick=x>*fett*</b>\nZeile")]),
    )
    path = f"/lindental/dialoge/{address_of('<script>alert(1)</script>', scripted.TOPIC)}"
    page = (await gateway.http.get(path)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert 'href="javascript' not in page and "<img src=x" not in page and 'href="data' not in page
    assert "elsewhere.example/b.png" not in re.findall(r'src="[^"]*"', page)
    assert '<a href="https://elsewhere.example" rel="nofollow noopener ugc">c</a>' in page
    assert "<h3>Titel</h3>" in page
    assert re.findall(r' style="| on[a-z]+="|<style|<script(?! src=)', page) == []
    contribution = f"{path}/beitraege/{address_of('Mehr Bänke', scripted.CONTRIBUTION)}"
    comments = (await gateway.http.get(contribution)).text
    assert "<p>&lt;b onclick=x&gt;*fett*&lt;/b&gt;<br>Zeile</p>" in comments


async def test_hidden_names_are_not_on_the_page(gateway: Running) -> None:
    shows(gateway)
    hidden = scripted.contribution(author_name="")
    gateway.script.answer("GetContribution", contribution_service_pb2.GetContributionResponse(contribution=hidden))
    page = (await gateway.http.get(CONTRIBUTION)).text
    assert "Name nicht öffentlich" in page
    assert "anna" not in page


async def test_what_is_listed_for_machines(gateway: Running) -> None:
    shows(gateway)
    sitemap = await gateway.http.get("/sitemap.xml")
    assert sitemap.headers["content-type"] == "application/xml"
    assert f"<loc>http://localhost:8080{TOPIC}</loc><lastmod>2026-11-10T08:00:00Z</lastmod>" in sitemap.text
    assert f'hreflang="en" href="http://localhost:8080{TOPIC}?lang=en"' in sitemap.text
    robots = (await gateway.http.get("/robots.txt")).text
    assert "Sitemap: http://localhost:8080/sitemap.xml" in robots
    calendar = await gateway.http.get(f"{TOPIC}/termin.ics")
    assert calendar.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "DTSTART;VALUE=DATE:21261212\r\nDTEND;VALUE=DATE:21261213\r\n" in calendar.text
    assert all(len(line.encode()) <= 75 for line in calendar.text.split("\r\n"))


async def test_addresses_lead_to_the_one_that_holds(gateway: Running) -> None:
    shows(gateway)
    code = TOPIC.rpartition("-")[2]
    moved = await gateway.http.get(f"/lindental/dialoge/alter-titel-{code}?order=oldest")
    assert (moved.status_code, moved.headers["location"]) == (308, f"{TOPIC}?order=oldest")
    assert (await gateway.http.get("/lindental/")).headers["location"] == "/lindental"
    # As people read it on a poster, or as they say it.
    spoken = await gateway.http.get("/Brückstadt/dialoge?order=oldest")
    assert (spoken.status_code, spoken.headers["location"]) == (308, "/brueckstadt/dialoge?order=oldest")
    assert (await gateway.http.get("/Lindental")).headers["location"] == "/lindental"
    assert (await gateway.http.get("/lindental/dialoge/marktplatz")).status_code == 404


async def test_what_became_of_a_dialog_is_the_first_thing_to_do(gateway: Running) -> None:
    shows(gateway)
    end = scripted.timestamp("2026-11-20T00:00:00+01:00")
    ended = scripted.topic(
        phase=topic_pb2.PHASE_ENDED, end_time=end, outcome=topic_pb2.Outcome(texts={"de": "Gebaut."})
    )
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=ended))
    page = (await gateway.http.get(TOPIC)).text
    action = page[page.index("offer__action") : page.index('id="ergebnis"')]
    assert re.findall(r'href="(#\w+)"', action)[:2] == ["#ergebnis", "#beitraege"]


async def test_the_address_of_a_moved_contribution_leads_to_where_it_stands(gateway: Running) -> None:
    shows(gateway)
    home = "0198c0de-0000-7000-8000-0000000000ff"

    async def topic(request: Any, _: Call) -> Any:
        return topic_service_pb2.GetTopicResponse(topic=scripted.topic(id=request.id))

    gateway.script.on["GetTopic"] = topic
    foreign = scripted.contribution(topic_id=home)
    gateway.script.answer("GetContribution", contribution_service_pb2.GetContributionResponse(contribution=foreign))
    moved = await gateway.http.get(CONTRIBUTION)
    code = CONTRIBUTION.rpartition("/")[2]
    assert moved.status_code == 308
    assert moved.headers["location"] == f"/lindental/dialoge/marktplatz-{code_of(home)}/beitraege/{code}"


async def test_pages_are_kept_until_an_event(gateway: Running) -> None:
    shows(gateway)
    for _ in range(3):
        assert (await gateway.http.get(TOPIC)).status_code == 200
    assert len(gateway.script.requests("GetTopic")) == 1
    english = await gateway.http.get(f"{TOPIC}?lang=en")
    assert '<html lang="en">' in english.text
    assert "Market square" in english.text


async def test_ratings_are_shown_with_a_way_to_their_definition(gateway: Running) -> None:
    shows(gateway)
    page = (await gateway.http.get(CONTRIBUTION)).text
    assert re.findall(r'rate__count">(\d+)<', page) == ["2", "1", "0"]
    assert 'href="/zahlen#bewertungen"' in page


async def test_an_unknown_filter_is_named(gateway: Running) -> None:
    shows(gateway)
    refused = await gateway.http.get("/suche?phase=offen")
    assert refused.status_code == 422
    assert "Stand: Erlaubt ist nur active, announced, ended, archived." in refused.text


@pytest.mark.parametrize("path", [FORM, CONTRIBUTION])
async def test_no_button_promises_a_sign_in_that_is_not_possible(gateway: Running, path: str) -> None:
    # No realm answers behind these gateways.
    shows(gateway)
    main = (await gateway.http.get(path)).text.partition("<main")[2]
    assert "/anmelden" not in main
    assert "Anmelden ist im Moment nicht möglich. Lesen können Sie weiterhin alles." in main
