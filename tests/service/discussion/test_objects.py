"""Objects of topics: what they hold, their versions, who changes them, and what contributions point at."""

import asyncio
import json
from typing import Any

import pytest
from civic.common.v1 import place_pb2
from civic.discussion.v1 import object_pb2
from civic.discussion.v1.object_service_pb2 import (
    CompareObjectRequest,
    DeleteObjectRequest,
    ListObjectsRequest,
    PutObjectRequest,
    ReorderObjectsRequest,
)
from civic.discussion.v1.topic_service_pb2 import PublishTopicRequest
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.service import Person

from tests.service.discussion.conftest import ANNA, NOWHERE, Portal
from tests.service.discussion.test_taking_part import wrong
from tests.service.discussion.test_topics import refusal

TEXT = "# Zweck\n\nDer Markt dient allen.\n\n# Zeiten\n\nVon 8 bis 13 Uhr."


def text(markdown: str, splitting: Any = object_pb2.SPLITTING_UNSPECIFIED) -> object_pb2.TextContent:
    return object_pb2.TextContent(markdown=markdown, splitting=splitting)


def area(*, lat: float = 50.1) -> object_pb2.MapContent:
    return object_pb2.MapContent(center=place_pb2.Point(lat=lat, lon=8.6), zoom=15)


def video(**values: Any) -> object_pb2.VideoContent:
    given = {"url": "https://media.ccc.de/v/markt", "transcript": "Zu sehen ist der Markt."}
    return object_pb2.VideoContent(**(given | values))


async def listed(portal: Portal, topic_id: str, caller: Person | None = None) -> list[object_pb2.Object]:
    answer = await portal.objects(caller).ListObjects(ListObjectsRequest(topic_id=topic_id))
    return list(answer.objects)


def words(shown: object_pb2.Object) -> list[tuple[str, str, str, int]]:
    return [(each.id, each.title, each.text, each.changed_version) for each in shown.text.sections]


async def test_a_text_is_divided_into_sections(portal: Portal) -> None:
    topic = await portal.add_topic()
    made = await portal.put_object(topic.id, "satzung", text=text(TEXT), title="Marktsatzung", note="Entwurf")
    seen = await portal.get_object(topic.id, "satzung")
    assert seen == made
    assert words(seen) == [("s1", "Zweck", "Der Markt dient allen.", 1), ("s2", "Zeiten", "Von 8 bis 13 Uhr.", 1)]
    assert (seen.name, seen.etag, seen.kind) == (
        f"tenants/{portal.tenant}/topics/{topic.id}/objects/satzung",
        "1",
        object_pb2.OBJECT_KIND_TEXT,
    )
    assert [(each.version, each.note) for each in seen.versions] == [(1, "Entwurf")]
    rows = await portal.rows("SELECT action, details FROM audit ORDER BY id DESC LIMIT 1")
    assert [(row["action"], row["details"]) for row in rows] == [("object.put", {"object": "satzung", "version": "1"})]


async def test_a_list_holds_no_texts(portal: Portal) -> None:
    topic = await portal.add_topic()
    await portal.put_object(topic.id, "satzung", text=text(TEXT))
    await portal.put_object(topic.id, "film", video=video())
    await portal.put_object(topic.id, "karte", map=area(), description="Der Markt und die Straßen ringsum.")
    found = await listed(portal, topic.id)
    assert [(each.id, each.position) for each in found] == [("satzung", 0), ("film", 1), ("karte", 2)]
    assert words(found[0]) == [("s1", "Zweck", "", 1), ("s2", "Zeiten", "", 1)]
    assert (found[1].video.url, found[1].video.transcript) == ("https://media.ccc.de/v/markt", "")
    assert (found[2].map.center.lat, found[2].map.zoom) == (50.1, 15)


async def test_other_words_of_a_public_text_are_a_version(portal: Portal) -> None:
    topic = await portal.add_topic()
    first = await portal.put_object(topic.id, "satzung", text=text(TEXT), note="Entwurf")
    later = TEXT.replace("Von 8", "Von 7") + "\n\n# Preise\n\nNach Aushang."
    second = await portal.put_object(topic.id, "satzung", etag=first.etag, text=text(later), note="Früher")
    assert [(each[0], each[3]) for each in words(second)] == [("s1", 1), ("s2", 2), ("s3", 2)]
    assert [(each.version, each.note) for each in second.versions] == [(1, "Entwurf"), (2, "Früher")]
    earlier = await portal.get_object(topic.id, "satzung", version=1)
    assert (earlier.version, earlier.present_version, words(earlier)) == (1, 2, words(first))
    error = await refusal(portal.get_object(topic.id, "satzung", version=3))
    assert (error.kind, error.reason) == (Kind.NOT_FOUND, "OBJECT_NOT_FOUND")


async def test_a_draft_has_one_version(portal: Portal) -> None:
    topic = await portal.add_draft()
    first = await portal.put_object(topic.id, "satzung", text=text(TEXT))
    second = await portal.put_object(topic.id, "satzung", etag=first.etag, text=text("# Zweck\n\nAnders."))
    assert (second.etag, second.version, len(second.versions)) == ("2", 1, 1)
    assert words(second) == [("s1", "Zweck", "Anders.", 1)]
    assert await listed(portal, topic.id, portal.moderator) != []
    for caller in (None, ANNA):
        assert (await refusal(listed(portal, topic.id, caller))).reason == "TOPIC_NOT_FOUND"
        assert (await refusal(portal.get_object(topic.id, "satzung", caller))).reason == "OBJECT_NOT_FOUND"


async def test_a_new_title_is_no_version_and_nothing_new_changes_nothing(portal: Portal) -> None:
    topic = await portal.add_topic()
    first = await portal.put_object(topic.id, "satzung", text=text(TEXT))
    named = await portal.put_object(topic.id, "satzung", etag=first.etag, text=text(TEXT), title="Anders")
    assert (named.etag, named.version, named.title) == ("2", 1, "Anders")
    again = await portal.put_object(topic.id, "satzung", etag=named.etag, text=text(TEXT), title="Anders")
    assert again == named


async def test_looking_before_storing_stores_nothing(portal: Portal) -> None:
    topic = await portal.add_topic()
    seen = await portal.put_object(topic.id, "satzung", text=text(TEXT), validate_only=True)
    assert [each[0] for each in words(seen)] == ["s1", "s2"]
    assert await listed(portal, topic.id) == []


async def test_two_versions_are_compared(portal: Portal) -> None:
    topic = await portal.add_topic()
    first = await portal.put_object(topic.id, "satzung", text=text(TEXT))
    later = TEXT.replace("Von 8", "Von 7").replace("# Zweck\n\nDer Markt dient allen.\n\n", "")
    await portal.put_object(topic.id, "satzung", etag=first.etag, text=text(later))
    request = CompareObjectRequest(topic_id=topic.id, id="satzung")
    found = await portal.objects().CompareObject(request)
    assert (found.from_version, found.object.version) == (1, 2)
    assert [(each.id, each.change) for each in found.sections] == [
        ("s1", object_pb2.SECTION_CHANGE_REMOVED),
        ("s2", object_pb2.SECTION_CHANGE_CHANGED),
    ]
    assert [(piece.kind, piece.text) for piece in found.sections[1].text] == [
        (object_pb2.PIECE_KIND_SAME, "Von "),
        (object_pb2.PIECE_KIND_REMOVED, "8 "),
        (object_pb2.PIECE_KIND_ADDED, "7 "),
        (object_pb2.PIECE_KIND_SAME, "bis 13 Uhr."),
    ]


async def test_a_change_needs_what_was_read(portal: Portal) -> None:
    topic = await portal.add_topic()
    await portal.put_object(topic.id, "satzung", text=text(TEXT))
    for etag, reason in (("", "ETAG_REQUIRED"), ("7", "ETAG_MISMATCH")):
        error = await refusal(portal.put_object(topic.id, "satzung", etag=etag, text=text("Anders.")))
        assert (error.kind, error.reason) == (Kind.VERSION, reason)
    error = await refusal(portal.put_object(topic.id, "neu", etag="1", text=text(TEXT)))
    assert error.reason == "OBJECT_NOT_FOUND"
    assert (await portal.put_object(topic.id, "neu", etag="*", text=text(TEXT))).etag == "1"
    error = await refusal(portal.put_object(NOWHERE, "neu", text=text(TEXT)))
    assert error.reason == "TOPIC_NOT_FOUND"


async def test_of_two_at_the_same_time_one_wins(portal: Portal) -> None:
    topic = await portal.add_topic()
    first = await portal.put_object(topic.id, "satzung", text=text(TEXT))
    both = await asyncio.gather(
        *(portal.put_object(topic.id, "satzung", etag=first.etag, text=text(word)) for word in ("Eins.", "Zwei.")),
        return_exceptions=True,
    )
    assert sorted(each.reason for each in both if isinstance(each, DomainError)) == ["ETAG_MISMATCH"]
    assert len((await portal.get_object(topic.id, "satzung")).versions) == 2


@pytest.mark.parametrize(
    ("key", "values", "field", "reason"),
    [
        ("Ä", {"text": text(TEXT)}, "id", "MALFORMED"),
        ("x" * 41, {"text": text(TEXT)}, "id", "MALFORMED"),
        ("a", {"text": text("")}, "object.markdown", "EMPTY"),
        ("a", {"text": text(TEXT), "title": ""}, "object.title", "EMPTY"),
        ("a", {"text": text(TEXT), "description": "x" * 2_001}, "object.description", "TOO_LONG"),
        ("a", {"text": text(TEXT), "note": "x" * 501}, "note", "TOO_LONG"),
        ("a", {"text": text("\n\n".join(f"# {n}" for n in range(501)))}, "object.markdown", "OUT_OF_RANGE"),
        ("a", {"text": text(TEXT), "kind": object_pb2.OBJECT_KIND_MAP}, "object.map", "REQUIRED"),
        ("a", {"text": text(TEXT), "kind": object_pb2.OBJECT_KIND_UNSPECIFIED}, "object.kind", "REQUIRED"),
        ("a", {"map": area(lat=70)}, "object.center.lat", "OUTSIDE"),
        ("a", {"map": object_pb2.MapContent()}, "object.center", "REQUIRED"),
        (
            "a",
            {"map": object_pb2.MapContent(center=place_pb2.Point(lat=50, lon=8), zoom=21)},
            "object.zoom",
            "OUT_OF_RANGE",
        ),
        (
            "a",
            {
                "map": object_pb2.MapContent(
                    center=place_pb2.Point(lat=50, lon=8),
                    bounds=object_pb2.MapBounds(west=9, east=8, south=50, north=51),
                )
            },
            "object.bounds",
            "MALFORMED",
        ),
        (
            "a",
            {"map": object_pb2.MapContent(center=place_pb2.Point(lat=50, lon=8), area_geojson="{}")},
            "object.area",
            "NOT_AN_AREA",
        ),
        ("a", {"video": video(url="")}, "object.url", "REQUIRED"),
        ("a", {"video": video(url="http://media.ccc.de/v/1")}, "object.url", "NOT_ALLOWED"),
        ("a", {"video": video(url="https://media.ccc.de.evil.example/")}, "object.url", "NOT_ALLOWED"),
        ("a", {"video": video(url="https://media.ccc.de@evil.example/")}, "object.url", "NOT_ALLOWED"),
        ("a", {"video": video(url="https://evil.example\\@media.ccc.de/")}, "object.url", "NOT_ALLOWED"),
        ("a", {"video": video(url="javascript:alert(1)")}, "object.url", "NOT_ALLOWED"),
        ("a", {"video": video(duration_seconds=-1)}, "object.duration_seconds", "OUT_OF_RANGE"),
    ],
)
async def test_what_is_no_object_is_named(
    portal: Portal, key: str, values: dict[str, Any], field: str, reason: str
) -> None:
    topic = await portal.add_draft()
    error = await refusal(portal.put_object(topic.id, key, **values))
    assert (error.kind, wrong(error)) == (Kind.INVALID, [(field, reason)])


async def test_the_kind_stays(portal: Portal) -> None:
    topic = await portal.add_draft()
    await portal.put_object(topic.id, "a", text=text(TEXT))
    error = await refusal(portal.put_object(topic.id, "a", etag="*", map=area()))
    assert wrong(error) == [("object.kind", "NOT_ALLOWED")]


async def test_a_topic_takes_twenty_objects(portal: Portal) -> None:
    topic = await portal.add_draft()
    for number in range(20):
        await portal.put_object(topic.id, f"o{number}", text=text("Text."))
    error = await refusal(portal.put_object(topic.id, "o20", text=text("Text.")))
    assert (error.kind, error.reason, error.metadata) == (
        Kind.PRECONDITION,
        "OBJECT_LIMIT_REACHED",
        {"max": "20"},
    )


async def test_an_area_is_kept_as_a_geometry(portal: Portal) -> None:
    topic = await portal.add_draft()
    ring = [[8.0, 50.0], [8.1, 50.0], [8.1, 50.1], [8.0, 50.0]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    given = area()
    given.area_geojson = json.dumps(feature)
    made = await portal.put_object(topic.id, "karte", map=given)
    assert json.loads(made.map.area_geojson) == {"type": "Polygon", "coordinates": [ring]}
    assert await portal.get_object(topic.id, "karte", portal.admin) == made


async def test_what_is_incomplete_keeps_its_topic_a_draft(portal: Portal) -> None:
    topic = await portal.add_draft()
    await portal.put_object(topic.id, "karte", map=area())
    film = await portal.put_object(topic.id, "film", video=video(transcript=""))
    assert list(film.gaps) == [object_pb2.OBJECT_GAP_TRANSCRIPT]
    publish = portal.topics(portal.admin).PublishTopic
    error = await refusal(publish(PublishTopicRequest(id=topic.id)))
    assert (error.reason, error.metadata) == ("OBJECTS_INCOMPLETE", {"objects": "karte, film"})
    await portal.put_object(topic.id, "karte", etag="*", map=area(), description="Der Markt.")
    await portal.put_object(topic.id, "film", etag="*", video=video())
    await publish(PublishTopicRequest(id=topic.id))
    error = await refusal(portal.put_object(topic.id, "film", etag="*", video=video(transcript="")))
    assert (error.reason, error.metadata) == ("OBJECTS_INCOMPLETE", {"objects": "film"})


async def test_the_order_is_changed(portal: Portal) -> None:
    topic = await portal.add_topic()
    for key in ("a", "b", "c"):
        await portal.put_object(topic.id, key, text=text("Text."))
    reorder = portal.objects(portal.editor).ReorderObjects
    answer = await reorder(ReorderObjectsRequest(topic_id=topic.id, ids=["c", "a", "b"]))
    assert [(each.id, each.position) for each in answer.objects] == [("c", 0), ("a", 1), ("b", 2)]
    assert await listed(portal, topic.id) == list(answer.objects)
    for keys in (["c", "a"], ["c", "a", "a"], ["c", "a", "b", "d"]):
        error = await refusal(reorder(ReorderObjectsRequest(topic_id=topic.id, ids=keys)))
        assert wrong(error) == [("ids", "NOT_ALLOWED")]


async def test_what_nobody_wrote_about_is_taken_away(portal: Portal) -> None:
    topic = await portal.add_topic()
    for key in ("a", "b", "c"):
        await portal.put_object(topic.id, key, text=text("Text."))
    await portal.contribute(topic.id, anchor=place_pb2.Anchor(object_id="a"))
    delete = portal.objects(portal.editor).DeleteObject
    error = await refusal(delete(DeleteObjectRequest(topic_id=topic.id, id="a")))
    assert (error.kind, error.reason) == (Kind.PRECONDITION, "OBJECT_IN_USE")
    error = await refusal(delete(DeleteObjectRequest(topic_id=topic.id, id="b", etag="9")))
    assert error.reason == "ETAG_MISMATCH"
    await delete(DeleteObjectRequest(topic_id=topic.id, id="b", etag="1"))
    assert [(each.id, each.position) for each in await listed(portal, topic.id)] == [("a", 0), ("c", 1)]
    error = await refusal(delete(DeleteObjectRequest(topic_id=topic.id, id="b")))
    assert error.reason == "OBJECT_NOT_FOUND"
    assert await portal.rows("SELECT * FROM topic_object_version WHERE object_id = 'b'") == []


async def test_changes_of_public_objects_are_told(portal: Portal) -> None:
    """Once each; those of a draft are not."""
    sql = "SELECT subject FROM outbox WHERE subject = $1"
    draft, topic = await portal.add_draft(), await portal.add_topic()
    await portal.put_object(draft.id, "a", text=text(TEXT))
    subject = f"civic.discussion.object.changed.v1.{portal.tenant}"
    assert await portal.rows(sql, subject) == []
    for key in ("a", "b"):
        await portal.put_object(topic.id, key, text=text(TEXT))
    ordered = ReorderObjectsRequest(topic_id=topic.id, ids=["b", "a"])
    await portal.objects(portal.editor).ReorderObjects(ordered)
    await portal.objects(portal.editor).ReorderObjects(ordered)
    await portal.objects(portal.editor).DeleteObject(DeleteObjectRequest(topic_id=topic.id, id="a"))
    assert len(await portal.rows(sql, subject)) == 4


async def test_a_file_is_named_by_its_id(portal: Portal) -> None:
    topic = await portal.add_draft()
    refused: list[dict[str, Any]] = [
        {"image": object_pb2.FileContent(file_id="bild.png")},
        {"document": object_pb2.FileContent()},
    ]
    for values in refused:
        error = await refusal(portal.put_object(topic.id, "a", **values))
        assert [field for field, _ in wrong(error)] == ["object.file"]
    nobodys = object_pb2.FileContent(file_id=NOWHERE)
    error = await refusal(portal.put_object(topic.id, "a", image=nobodys))
    assert wrong(error) == [("object.file", "NOT_THERE")]
    request = PutObjectRequest(topic_id=topic.id, id="a", object=object_pb2.Object())
    error = await refusal(portal.objects(portal.editor).PutObject(request))
    assert wrong(error) == [("object.kind", "REQUIRED")]
