"""The catalog away: Dialoge go on, lists say what is missing, and everything comes back without a step by hand."""

from civic_chassis.testing.waiting import eventually
from civic_gateway.web.addresses import code_of

from tests.chaos.stack import Stack


async def test_dialoge_go_on_and_lists_say_so(stack: Stack) -> None:
    topic = await stack.new_topic()
    stack.kill("catalog")
    german = {"accept-language": "de", "accept": "text/html"}

    # What everybody opens first is there, and leads on; what is the list itself says that it is away.
    for path, led in (("/", "/lindental"), ("/lindental", "/lindental/dialoge")):
        page = await stack.http.get(stack.url(path), headers=german)
        assert (page.status_code, "Die Liste ist gerade nicht erreichbar" in page.text) == (200, True)
        assert f'href="{led}"' in page.text
    for path in ("/suche?q=Br%C3%BCcke", "/archiv", "/karte"):
        page = await stack.http.get(stack.url(path), headers=german)
        assert (page.status_code, "Dieser Teil ist gerade nicht erreichbar" in page.text) == (503, True)
    for path in ("/feeds/offers.atom", "/feeds/offers.ics"):
        assert (await stack.http.get(stack.url(path))).status_code == 503
    answer = await stack.http.get(stack.url("/api/v1/catalog/offers"))
    assert (answer.status_code, answer.json()["reason"]) == (503, "UNAVAILABLE")
    assert (await stack.contribute(topic, "Während der Störung")).status_code == 201
    page = await stack.http.get(
        stack.url(f"/lindental/dialoge/{code_of(topic)}"), headers=german, follow_redirects=True
    )
    assert (page.status_code, "Während der Störung" in page.text) == (200, True)
    await stack.start("catalog")

    async def back() -> bool:
        answer = await stack.http.get(stack.url("/api/v1/catalog/offers?page_size=100"))
        return answer.status_code == 200 and topic in [offer["id"] for offer in answer.json()["items"]]

    await eventually(back)
