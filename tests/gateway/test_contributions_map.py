"""Contributions of a Dialog on a map: JSON for the map, and the list beside it."""

from civic.common.v1 import offer_pb2, place_pb2
from civic.discussion.v1 import contribution_service_pb2, topic_pb2, topic_service_pb2
from civic_gateway.web.addresses import code_of

from tests.gateway import scripted
from tests.gateway.conftest import Running
from tests.gateway.test_pages import TOPIC, shows

MAP = f"/api/v1/lindental/discussion/topics/{scripted.TOPIC}/map"
POINTS = contribution_service_pb2.MapContributionsResponse(
    points=[
        contribution_service_pb2.ContributionPoint(point=place_pb2.Point(lat=50.1, lon=8.7), count=3),
        contribution_service_pb2.ContributionPoint(
            point=place_pb2.Point(lat=50.2, lon=8.8),
            count=1,
            contribution_id=scripted.CONTRIBUTION,
            title="Bänke",
            area_geojson='{"type":"LineString","coordinates":[[8.7,50.2],[8.9,50.2]]}',
        ),
    ],
    placed_count=4,
    bounding_box=offer_pb2.BoundingBox(west=8.7, south=50.1, east=8.8, north=50.2),
)
CHOICES = [topic_pb2.Choice(key="verkehr", names={"de": "Verkehr", "en": "Traffic"})]


async def test_points_are_given_with_a_way_to_their_contribution(gateway: Running) -> None:
    gateway.script.answer("MapContributions", POINTS)
    asked = "category=verkehr&label=gruen&object=plan&section=s1&bbox=8.6,50,8.9,50.3"
    answer = await gateway.http.get(f"{MAP}?{asked}")
    path = f"/lindental/dialoge/{code_of(scripted.TOPIC)}/beitraege/{code_of(scripted.CONTRIBUTION)}"
    assert answer.json() == {
        "points": [
            {"lat": 50.1, "lon": 8.7, "count": 3, "contribution": None},
            {
                "lat": 50.2,
                "lon": 8.8,
                "count": 1,
                "contribution": {
                    "id": scripted.CONTRIBUTION,
                    "title": "Bänke",
                    "path": path,
                    "area": {"type": "LineString", "coordinates": [[8.7, 50.2], [8.9, 50.2]]},
                },
            },
        ],
        "placed_count": 4,
        "more": False,
        "bbox": [8.7, 50.1, 8.8, 50.2],
    }
    box = offer_pb2.BoundingBox(west=8.6, south=50, east=8.9, north=50.3)
    wanted = contribution_service_pb2.MapContributionsRequest(
        topic_id=scripted.TOPIC, category="verkehr", label="gruen", object_id="plan", section="s1", bounding_box=box
    )
    assert gateway.script.requests("MapContributions") == [wanted]
    refused = await gateway.http.get(f"{MAP}?bbox=8.6,50")
    assert [(each["field"], each["reason"]) for each in refused.json()["errors"]] == [("bbox", "MALFORMED")]


async def test_the_list_beside_the_map_is_filtered_as_the_map_is(gateway: Running) -> None:
    shows(gateway)
    settings = scripted.settings(categories=CHOICES, labels=CHOICES)
    shown = scripted.topic(texts=topic_pb2.TopicTexts(title="Marktplatz"), settings=settings)
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=shown))
    asked = "kategorie=verkehr&schlagwort=verkehr&order=oldest&bbox=8.6,50,8.9,50.3"
    answer = await gateway.http.get(f"{TOPIC}/karte?{asked}")
    request = gateway.script.requests("ListContributions")[0]
    assert (request.category, request.label, request.bounding_box.west) == ("verkehr", "verkehr", 8.6)
    assert request.order == contribution_service_pb2.CONTRIBUTION_ORDER_OLDEST
    assert f'data-points="{MAP}?category=verkehr&amp;label=verkehr"' in answer.text
    assert '<option value="verkehr" selected>Verkehr</option>' in answer.text
    assert '<input type="hidden" name="bbox" value="8.6,50,8.9,50.3">' in answer.text
    assert "img-src 'self' data: blob:" in answer.headers["content-security-policy"]


async def test_labels_narrow_the_list_of_a_dialog(gateway: Running) -> None:
    shows(gateway)
    settings = scripted.settings(categories=CHOICES, labels=CHOICES)
    shown = scripted.topic(texts=topic_pb2.TopicTexts(title="Marktplatz"), settings=settings)
    gateway.script.answer("GetTopic", topic_service_pb2.GetTopicResponse(topic=shown))
    page = (await gateway.http.get(f"{TOPIC}?kategorie=verkehr&order=oldest")).text
    both = f"{TOPIC}?order=oldest&amp;kategorie=verkehr&amp;schlagwort=verkehr#beitraege"
    assert f'<a class="kern-link" href="{both}">Verkehr</a>' in page
    assert f'<a class="kern-link" href="{TOPIC}/karte?kategorie=verkehr">Beiträge auf der Karte</a>' in page
