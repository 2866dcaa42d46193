"""What a topic is opened on, in the JSON API."""

from typing import Any

from civic.common.v1 import place_pb2
from civic.discussion.v1 import contribution_service_pb2, object_pb2, object_service_pb2

from tests.gateway import scripted
from tests.gateway.conftest import Running

OBJECTS = f"/api/v1/lindental/discussion/topics/{scripted.TOPIC}/objects"
TIME = scripted.timestamp("2026-11-23T04:37:56.123456+00:00")


def shown() -> object_pb2.Object:
    made = object_pb2.Object(
        id="satzung",
        topic_id=scripted.TOPIC,
        etag="3",
        create_time=TIME,
        update_time=TIME,
        kind=object_pb2.OBJECT_KIND_TEXT,
        title="Marktsatzung",
        version=1,
        present_version=2,
        versions=[object_pb2.ObjectVersion(version=1, create_time=TIME, note="Entwurf")],
        contribution_count=4,
    )
    made.text.sections.add(id="s1", level=2, title="Zweck", text="Für alle.", changed_version=1, contribution_count=3)
    return made


async def test_a_text_is_shown_with_its_sections(gateway: Running) -> None:
    gateway.script.answer("GetObject", object_service_pb2.GetObjectResponse(object=shown()))
    answer = await gateway.http.get(f"{OBJECTS}/satzung?version=1")
    assert answer.json() == {
        "id": "satzung",
        "topic_id": scripted.TOPIC,
        "etag": "3",
        "create_time": "2026-11-23T04:37:56.123456Z",
        "update_time": "2026-11-23T04:37:56.123456Z",
        "kind": "text",
        "title": "Marktsatzung",
        "description": "",
        "position": 0,
        "version": 1,
        "present_version": 2,
        "versions": [{"version": 1, "create_time": "2026-11-23T04:37:56.123456Z", "note": "Entwurf"}],
        "contribution_count": 4,
        "gaps": [],
        "file": None,
        "notes": [],
        "content": {
            "sections": [
                {
                    "id": "s1",
                    "level": 2,
                    "title": "Zweck",
                    "text": "Für alle.",
                    "changed_version": 1,
                    "contribution_count": 3,
                }
            ]
        },
    }
    assert gateway.script.requests("GetObject") == [
        object_service_pb2.GetObjectRequest(topic_id=scripted.TOPIC, id="satzung", version=1)
    ]


async def test_staff_puts_a_map(gateway: Running) -> None:
    stored = object_pb2.Object(id="karte", topic_id=scripted.TOPIC, kind=object_pb2.OBJECT_KIND_MAP, etag="1")
    stored.map.CopyFrom(
        object_pb2.MapContent(
            center=place_pb2.Point(lat=50.1, lon=8.6), zoom=15, area_geojson='{"type":"Polygon","coordinates":[]}'
        )
    )
    gateway.script.answer("PutObject", object_service_pb2.PutObjectResponse(object=stored))
    body: dict[str, Any] = {
        "kind": "map",
        "title": "Der Markt",
        "note": "Neu",
        "map": {"lat": 50.1, "lon": 8.6, "zoom": 15, "bounds": [8, 50, 9, 51], "area": {"type": "Polygon"}},
    }
    headers = {"if-match": '"2"', "authorization": f"Bearer {gateway.token('meyer', 'lindental/editor')}"}
    answer = await gateway.http.put(f"{OBJECTS}/karte", json=body, headers=headers)
    assert (answer.status_code, answer.json()["content"]["area"]) == (200, {"type": "Polygon", "coordinates": []})
    sent = gateway.script.requests("PutObject")[0]
    assert (sent.id, sent.etag, sent.note, sent.object.kind) == ("karte", '"2"', "Neu", object_pb2.OBJECT_KIND_MAP)
    assert (sent.object.map.bounds.west, sent.object.map.area_geojson) == (8, '{"type":"Polygon"}')
    body["map"] = {"lat": 50.1, "lon": 8.6, "bounds": [8, 50, 9]}
    answer = await gateway.http.put(f"{OBJECTS}/karte", json=body, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "map.bounds")


async def test_a_list_is_narrowed_to_a_section(gateway: Running) -> None:
    response = contribution_service_pb2.ListContributionsResponse(items_json=b"[]")
    gateway.script.answer("ListContributions", response)
    address = OBJECTS.replace("/objects", "/contributions")
    await gateway.http.get(f"{address}?object=satzung&section=s1&category=gruen&label=rad")
    sent = gateway.script.requests("ListContributions")[0]
    assert (sent.object_id, sent.section, sent.category, sent.label) == ("satzung", "s1", "gruen", "rad")


async def test_a_version_that_no_number_can_be_is_refused(gateway: Running) -> None:
    for version in ("-1", "2147483648", "118748276623396093952"):
        for path in ("satzung", "satzung/captions/de"):
            answer = await gateway.http.get(f"{OBJECTS}/{path}?version={version}")
            assert [(each["field"], each["reason"], each["limit"]) for each in answer.json()["errors"]] == [
                ("version", "OUT_OF_RANGE", 2147483647)
            ]
    assert gateway.script.requests("GetObject") == []
