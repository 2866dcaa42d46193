"""Files of objects: claimed by staff, cleaned, kept while a version shows them, seen by those who see the topic."""

from typing import Any

from civic.common.v1 import attachment_pb2
from civic.discussion.v1 import discussion_events_pb2, object_pb2, topic_pb2
from civic.discussion.v1.object_service_pb2 import DeleteObjectRequest, ListObjectsRequest
from civic.discussion.v1.topic_service_pb2 import PublishTopicRequest
from civic_chassis.kernel.errors import DomainError, Kind

from tests import specimens
from tests.service.discussion.conftest import ANNA, CLARA, Portal
from tests.service.discussion.test_files import get, refusal, upload, work

READY = attachment_pb2.ATTACHMENT_STATE_READY
PROCESSING = attachment_pb2.ATTACHMENT_STATE_PROCESSING
WORDS = "Der Marktplatz von oben, in der Mitte vier Linden."


async def sent(portal: Portal, contents: bytes, name: str) -> object_pb2.FileContent:
    made = await upload(portal, contents, name=name, person=portal.editor)
    return object_pb2.FileContent(file_id=str(made.id))


async def put(portal: Portal, topic: str, key: str, **values: Any) -> object_pb2.Object:
    return await portal.put_object(topic, key, **({"description": WORDS} | values))


def wrong(error: DomainError) -> list[tuple[str, str]]:
    return [(each.field, each.reason) for each in error.violations]


async def test_an_image_is_cleaned_and_seen_with_its_topic(portal: Portal) -> None:
    topic = (await portal.add_draft()).id
    image = await sent(portal, specimens.photo(1200, 900), "plan.jpg")
    made = await put(portal, topic, "plan", image=image)
    assert (made.file.state, made.file.media_type, made.file.file_name) == (PROCESSING, "image/jpeg", "plan.jpg")
    await work(portal)
    # A draft is for staff, and so are its files.
    error = await refusal(get(portal, image.file_id, ANNA))
    assert (error.kind, error.reason) == (Kind.NOT_FOUND, "FILE_NOT_FOUND")
    assert not (await get(portal, image.file_id, portal.moderator)).public
    await portal.topics(portal.admin).PublishTopic(PublishTopicRequest(id=topic))
    held = await get(portal, image.file_id)
    assert (held.public, held.topic_id, held.contribution_id) == (True, topic, "")
    shown = await portal.get_object(topic, "plan", ANNA)
    assert (shown.file.state, shown.file.width, shown.file.height) == (READY, 900, 1200)
    assert [each.name for each in shown.file.thumbnails] == ["320.webp", "320.avif", "960.webp", "960.avif"]
    (listed,) = (await portal.objects().ListObjects(ListObjectsRequest(topic_id=topic))).objects
    assert listed.file.id == image.file_id
    anchor = {"object_id": "plan", "x": 0.25, "y": 0.5}
    written = await portal.contribute(topic, anchor=anchor)
    assert (written.anchor.x, written.anchor.y) == (0.25, 0.5)


async def test_the_office_reads_what_a_document_lacks(portal: Portal) -> None:
    topic = (await portal.add_topic()).id
    made = await put(portal, topic, "bericht", document=await sent(portal, specimens.pdf(), "bericht.pdf"))
    await work(portal)
    found = await portal.get_object(topic, "bericht", portal.editor)
    assert list(found.file.notes) == ["pdf_untagged", "pdf_untitled", "pdf_no_language"]
    assert list((await portal.get_object(topic, "bericht", ANNA)).file.notes) == []
    subject = f"civic.discussion.object.changed.v1.{portal.tenant}"
    rows = await portal.rows("SELECT payload FROM outbox WHERE subject = $1 ORDER BY id", subject)
    told = [discussion_events_pb2.ObjectChanged.FromString(row["payload"]) for row in rows]
    # Told once more when it can be seen.
    assert [(each.topic_id, each.object_id) for each in told] == [(topic, made.id), (topic, "")]


async def test_files_that_an_object_cannot_have(portal: Portal, neighbour: Portal) -> None:
    topic = (await portal.add_topic()).id
    image = await sent(portal, specimens.photo(40, 30), "plan.jpg")
    error = await refusal(put(portal, topic, "a", document=image))
    assert wrong(error) == [("object.file", "FILE_KIND")]
    pdf = await sent(portal, specimens.pdf(), "bericht.pdf")
    assert wrong(await refusal(put(portal, topic, "a", image=pdf))) == [("object.file", "FILE_KIND")]
    annas = await upload(portal, specimens.pdf(), name="x.pdf")
    foreign = await upload(neighbour, specimens.pdf(), name="x.pdf", person=portal.editor)
    for made in (annas, foreign):
        content = object_pb2.FileContent(file_id=str(made.id))
        assert wrong(await refusal(put(portal, topic, "a", document=content))) == [("object.file", "NOT_THERE")]
    await put(portal, topic, "plan", image=image)
    error = await refusal(put(portal, topic, "zweiter", image=image))
    assert (error.reason, [each.field for each in error.violations]) == ("FILE_TAKEN", ["object.file"])
    assert (await refusal(portal.contribute(topic, portal.editor, attachments=[image.file_id]))).reason == "FILE_TAKEN"
    captions = [object_pb2.CaptionTrack(language="de", label="Deutsch", webvtt="WEBVTT\n\n00:00.000 --> 00:01.000\nx")]
    video = object_pb2.VideoContent(file_id=pdf.file_id, transcript="Man hört nichts.", captions=captions)
    assert wrong(await refusal(put(portal, topic, "b", video=video))) == [("object.file", "FILE_KIND")]


async def test_a_file_lives_as_long_as_a_version_shows_it(portal: Portal) -> None:
    topic = (await portal.add_draft()).id
    first, second, third = [await sent(portal, specimens.photo(40, 30), f"{n}.jpg") for n in range(3)]
    tried = await put(portal, topic, "plan", image=first, validate_only=True)
    assert tried.file.id == first.file_id
    made = await put(portal, topic, "plan", image=first)
    made = await put(portal, topic, "plan", etag=made.etag, image=second)
    await work(portal)
    # A draft has one version: what it showed before is gone.
    assert (await refusal(get(portal, first.file_id, portal.editor))).reason == "FILE_NOT_FOUND"
    assert await portal.files.list(f"attachments/{portal.tenant}/{first.file_id}/") == []
    await portal.topics(portal.admin).PublishTopic(PublishTopicRequest(id=topic))
    made = await put(portal, topic, "plan", etag=made.etag, image=third)
    await work(portal)
    for version, file in ((1, second), (2, third)):
        shown = await portal.get_object(topic, "plan", version=version)
        assert (shown.file.id, shown.file.state) == (file.file_id, READY)
    # Back to what it showed before.
    made = await put(portal, topic, "plan", etag=made.etag, image=second)
    assert (made.version, made.file.state) == (3, READY)
    await portal.objects(portal.editor).DeleteObject(DeleteObjectRequest(topic_id=topic, id="plan"))
    await work(portal)
    for file in (second, third):
        assert (await refusal(get(portal, file.file_id, portal.editor))).reason == "FILE_NOT_FOUND"
        assert await portal.files.list(f"attachments/{portal.tenant}/{file.file_id}/") == []


async def test_a_file_of_a_closed_topic_is_for_its_members(portal: Portal) -> None:
    topic = (await portal.add_topic(settings=topic_pb2.TopicSettings(closed=True))).id
    document = await sent(portal, specimens.pdf(), "bericht.pdf")
    await put(portal, topic, "bericht", document=document)
    await work(portal)
    await portal.join(topic, CLARA)
    for stranger in (ANNA, None):
        error = await refusal(get(portal, document.file_id, stranger))
        assert (error.kind, error.reason) == (Kind.NOT_FOUND, "FILE_NOT_FOUND")
    for reader in (CLARA, portal.moderator):
        found = await get(portal, document.file_id, reader)
        assert (found.attachment.state, found.public) == (READY, False)
