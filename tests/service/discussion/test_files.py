"""Files of contributions: attached, cleaned outside of calls, seen by those who see the contribution."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from civic.common.v1 import attachment_pb2, moderation_pb2, page_pb2
from civic.common.v1.moderation_service_pb2 import UndoDecisionsRequest
from civic.discussion.v1 import attachment_service_pb2 as pb
from civic.discussion.v1 import contribution_pb2, contribution_service_pb2, topic_pb2
from civic.discussion.v1.export_service_pb2 import ListExportContributionsRequest
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.issuer import subject_of
from civic_chassis.testing.service import Person
from civic_chassis.upload import Upload
from civic_chassis.uploads import Uploads
from civic_discussion.main import file_worker
from PIL import Image

from tests import specimens
from tests.chassis.files import test_clamav
from tests.service.discussion.conftest import ANNA, BORA, NOWHERE, Portal
from tests.service.discussion.test_moderation import decide, open_cases, report
from tests.service.discussion.test_notices import notices

READY = attachment_pb2.ATTACHMENT_STATE_READY
PROCESSING = attachment_pb2.ATTACHMENT_STATE_PROCESSING
REFUSED = attachment_pb2.ATTACHMENT_STATE_REFUSED


async def upload(
    portal: Portal,
    contents: bytes,
    *,
    name: str = "foto.jpg",
    person: Person = ANNA,
    tenant: str = "",
    video: bool = False,
) -> Upload:
    async def chunks() -> AsyncIterator[bytes]:
        yield contents

    return await Uploads(portal.files).receive(
        tenant or portal.tenant, subject_of(person.name), name=name, chunks=chunks(), video=video
    )


async def work(portal: Portal, **options: Any) -> None:
    """Does all that waits for files."""
    worker = file_worker(portal.database, portal.files, **options)
    while await worker.run_one():
        pass


async def attach(portal: Portal, *contents: bytes, name: str = "foto.jpg") -> contribution_pb2.Contribution:
    topic = await portal.add_topic()
    sent = [await upload(portal, each, name=name) for each in contents]
    return await portal.contribute(topic.id, attachments=[str(each.id) for each in sent])


async def get(portal: Portal, file: str, caller: Person | None = None) -> pb.GetAttachmentResponse:
    answer: pb.GetAttachmentResponse = await portal.attachments(caller).GetAttachment(pb.GetAttachmentRequest(id=file))
    return answer


async def change(portal: Portal, contribution: contribution_pb2.Contribution, *files: str, etag: str = "*") -> Any:
    request = contribution_service_pb2.UpdateContributionRequest(
        id=contribution.id, etag=etag, attachments=attachment_pb2.FileIds(ids=files)
    )
    return (await portal.contributions(ANNA).UpdateContribution(request)).contribution


async def refusal(awaitable: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await awaitable
    return caught.value


async def test_a_photo_loses_all_that_was_said_beside_it(portal: Portal) -> None:
    made = await attach(portal, specimens.photo(1200, 900))
    [file] = made.attachments
    assert (file.state, file.media_type, file.file_name) == (PROCESSING, "image/jpeg", "foto.jpg")
    await work(portal)
    [file] = (await portal.get_contribution(made.id)).attachments
    assert (file.state, file.width, file.height) == (READY, 900, 1200)
    content = await portal.files.get(f"attachments/{portal.tenant}/{file.id}/content")
    assert file.size == len(content)
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (900, 1200))
        assert dict(picture.getexif()) == {}
        assert {"exif", "xmp", "comment", "icc_profile", "photoshop"} & set(picture.info) == set()
        # The white bar stood on top and is now on the right: orientation 6 turns clockwise.
        assert picture.getpixel((880, 600)) == pytest.approx((255, 255, 255), abs=10)
    for secret in (b"Anna", b"Kamerahersteller", b"Exif", b"xmpmeta"):
        assert secret not in content
    assert [(each.name, each.width, each.height) for each in file.thumbnails] == [
        ("320.webp", 320, 427),
        ("320.avif", 320, 427),
        ("960.webp", 900, 1200),
        ("960.avif", 900, 1200),
    ]
    for thumbnail in file.thumbnails:
        small = await portal.files.get(f"attachments/{portal.tenant}/{file.id}/{thumbnail.name}")
        with Image.open(io.BytesIO(small)) as picture:
            assert (f"image/{str(picture.format).lower()}", picture.size) == (
                thumbnail.media_type,
                (thumbnail.width, thumbnail.height),
            )
            assert dict(picture.getexif()) == {}
    # What was sent is gone with all that it said.
    assert await portal.files.list(f"uploads/{portal.tenant}/") == []


@pytest.mark.parametrize(
    ("contents", "name"),
    [
        (specimens.image("PNG", pnginfo=specimens.png_text("Anna Beispiel")), "a.png"),
        (specimens.image("WEBP", exif=specimens.exif_of("Anna Beispiel")), "a.webp"),
        (specimens.animation(), "a.gif"),
        (specimens.image("JPEG", comment=b"Anna Beispiel"), "a.jpg"),
    ],
    ids=["png", "webp", "gif", "jpeg"],
)
async def test_every_kind_of_picture_is_cleaned(portal: Portal, contents: bytes, name: str) -> None:
    assert b"Anna" in contents or b"geheim" in contents
    made = await attach(portal, contents, name=name)
    await work(portal)
    [file] = (await portal.get_contribution(made.id)).attachments
    content = await portal.files.get(f"attachments/{portal.tenant}/{file.id}/content")
    assert file.state == READY
    assert b"Anna" not in content
    assert b"geheim" not in content
    with Image.open(io.BytesIO(contents)) as before, Image.open(io.BytesIO(content)) as after:
        assert (after.format, after.size) == (before.format, before.size)
        assert getattr(after, "n_frames", 1) == getattr(before, "n_frames", 1)


async def test_documents_that_name_nobody_stay_as_they_are(portal: Portal) -> None:
    contents = [specimens.pdf(title="Plan", language="de", tagged=True), specimens.docx(), specimens.odt()]
    made = await attach(portal, *contents)
    await work(portal)
    files = (await portal.get_contribution(made.id)).attachments
    assert [file.file_name for file in files] == ["foto.pdf", "foto.docx", "foto.odt"]
    for file, content in zip(files, contents, strict=True):
        assert await portal.files.get(f"attachments/{portal.tenant}/{file.id}/content") == content
        assert (file.state, len(file.thumbnails), file.size) == (READY, 0, len(content))


async def test_a_picture_that_nobody_can_decode_is_refused_by_name(portal: Portal) -> None:
    photo = bytearray(specimens.image("PNG", 200, 200))
    place = photo.find(b"IDAT")
    photo[place + 4 : place + 40] = b"\xff" * 36
    made = await attach(portal, bytes(photo))
    await work(portal)
    [file] = (await portal.get_contribution(made.id)).attachments
    assert (file.state, file.reason) == (REFUSED, "FILE_DAMAGED")
    assert await portal.files.list(f"attachments/{portal.tenant}/") == []


async def test_lists_as_json_show_files(portal: Portal) -> None:
    made = await attach(portal, specimens.photo())
    await work(portal)
    request = contribution_service_pb2.ListContributionsRequest(
        topic_id=made.topic_id, representation=page_pb2.REPRESENTATION_JSON
    )
    listed = await portal.contributions().ListContributions(request)
    address = f"/api/v1/{portal.tenant}/files/{made.attachments[0].id}"
    assert f'"content_url":"{address}/content"' in listed.items_json.decode().replace(" ", "")


async def test_only_own_files_of_this_tenant_are_attached(portal: Portal, neighbour: Portal) -> None:
    topic = await portal.add_topic()
    theirs = await upload(portal, specimens.photo(), person=BORA)
    elsewhere = await upload(portal, specimens.photo(), tenant=neighbour.tenant)
    unfinished = await Uploads(portal.files).create(portal.tenant, subject_of("anna"), name="x", length=10)
    for file, kind, reason in (
        (str(theirs.id), Kind.INVALID, "FILE_NOT_FOUND"),
        (str(elsewhere.id), Kind.INVALID, "FILE_NOT_FOUND"),
        (NOWHERE, Kind.INVALID, "FILE_NOT_FOUND"),
        (str(unfinished.id), Kind.CONFLICT, "FILE_UNFINISHED"),
    ):
        error = await refusal(portal.contribute(topic.id, attachments=[file]))
        assert (error.kind, error.reason) == (kind, reason)
    assert (await portal.get_topic(topic.id)).contribution_count == 0


async def test_a_topic_takes_so_many_files(portal: Portal) -> None:
    topic = await portal.add_topic()
    sent = [str((await upload(portal, specimens.pdf())).id) for _ in range(6)]
    error = await refusal(portal.contribute(topic.id, attachments=sent))
    assert (error.reason, error.violations[0].metadata) == ("TOO_MANY_FILES", {"max": "5", "actual": "6"})
    made = await portal.contribute(topic.id, attachments=sent[:5])
    assert [file.id for file in made.attachments] == sent[:5]


async def test_a_file_hangs_on_one_text(portal: Portal) -> None:
    topic = await portal.add_topic()
    file = str((await upload(portal, specimens.pdf())).id)
    made = await portal.contribute(topic.id, attachments=[file], key="once")
    assert (await portal.contribute(topic.id, attachments=[file], key="once")).id == made.id
    error = await refusal(portal.contribute(topic.id, attachments=[file]))
    assert (error.reason, [each.field for each in error.violations]) == ("FILE_TAKEN", ["attachments"])
    error = await refusal(portal.contribute(topic.id, attachments=["foto.jpg"]))
    assert (error.kind, error.reason, error.violations[0].field) == (Kind.INVALID, "FILE_NOT_FOUND", "attachments")
    both = await asyncio.gather(
        *(portal.contribute(topic.id, title=f"Titel {n}", attachments=[file]) for n in range(2)),
        return_exceptions=True,
    )
    assert [getattr(each, "reason", "") for each in both] == ["FILE_TAKEN", "FILE_TAKEN"]
    await work(portal)
    # Repeated after the file was cleaned, as after a lost answer.
    assert (await portal.contribute(topic.id, attachments=[file], key="once")).id == made.id


async def test_of_two_at_once_one_gets_the_file(portal: Portal) -> None:
    topic = await portal.add_topic()
    file = str((await upload(portal, specimens.pdf())).id)
    both = await asyncio.gather(
        *(portal.contribute(topic.id, title=f"Titel {n}", attachments=[file]) for n in range(2)),
        return_exceptions=True,
    )
    assert sorted(getattr(each, "reason", "made") for each in both) == ["FILE_TAKEN", "made"]


async def test_an_author_changes_the_files(portal: Portal) -> None:
    made = await attach(portal, specimens.photo(), specimens.pdf())
    await work(portal)
    first, second = (file.id for file in made.attachments)
    third = str((await upload(portal, specimens.pdf())).id)
    changed = await change(portal, made, second, third)
    assert [file.id for file in changed.attachments] == [second, third]
    assert changed.etag != made.etag
    assert await portal.files.list(f"attachments/{portal.tenant}/{first}/") != []
    await work(portal)
    assert await portal.files.list(f"attachments/{portal.tenant}/{first}/") == []
    assert await Uploads(portal.files).claimed_by(portal.tenant, UUID(first)) is None
    assert (await refusal(get(portal, first, ANNA))).reason == "FILE_NOT_FOUND"
    again = await change(portal, changed, second, third)
    assert again.etag == changed.etag
    assert list((await change(portal, changed)).attachments) == []


async def test_a_file_that_is_taken_away_while_it_is_cleaned_leaves_nothing(portal: Portal) -> None:
    made = await attach(portal, specimens.photo())
    await change(portal, made)
    await work(portal)
    assert await portal.files.list("") == []


@pytest.mark.parametrize("state", ["held", "hidden", "withdrawn"])
async def test_who_does_not_see_the_text_does_not_see_its_files(portal: Portal, state: str) -> None:
    made = await attach(portal, specimens.photo())
    await work(portal)
    file = made.attachments[0].id
    assert (await get(portal, file)).public
    await set_state(portal, made.id, state)
    for caller in (None, BORA):
        assert (await refusal(get(portal, file, caller))).reason == "FILE_NOT_FOUND"
    for caller in (ANNA, portal.moderator):
        found = await get(portal, file, caller)
        assert (found.public, found.attachment.state, found.contribution_id) == (False, READY, made.id)


async def set_state(portal: Portal, contribution_id: str, state: str) -> None:
    await portal.rows("UPDATE contribution SET state = $2 WHERE id = $1::uuid", contribution_id, state)


async def test_a_picture_gets_words_from_author_and_staff(portal: Portal) -> None:
    made = await attach(portal, specimens.photo())
    await work(portal)
    file = made.attachments[0].id
    for caller, words in ((ANNA, "Der Marktplatz"), (portal.editor, "Der leere Marktplatz")):
        request = pb.DescribeAttachmentRequest(id=file, alt_text=words)
        answer = await portal.attachments(caller).DescribeAttachment(request)
        assert answer.attachment.alt_text == words
        assert (await portal.get_contribution(made.id)).attachments[0].alt_text == words
    denied = portal.attachments(BORA).DescribeAttachment(pb.DescribeAttachmentRequest(id=file, alt_text="x"))
    assert (await refusal(denied)).reason == "NOT_THE_AUTHOR"
    long = portal.attachments(ANNA).DescribeAttachment(pb.DescribeAttachmentRequest(id=file, alt_text="x" * 501))
    assert (await refusal(long)).violations[0].metadata == {"max": "500", "actual": "501"}


async def test_the_editor_sees_what_hinders_people(portal: Portal) -> None:
    good = specimens.pdf(title="Plan", language="de", tagged=True)
    made = await attach(portal, specimens.photo(), specimens.pdf(), good, specimens.docx())
    await work(portal)
    stub = portal.attachments(portal.editor)
    first = await stub.ListAttachmentGaps(pb.ListAttachmentGapsRequest(page_size=1))
    second = await stub.ListAttachmentGaps(pb.ListAttachmentGapsRequest(page_size=1, page_token=first.next_page_token))
    gaps = [*first.gaps, *second.gaps]
    assert [gap.attachment.id for gap in gaps] == [file.id for file in made.attachments[:2]]
    assert [list(gap.attachment.notes) for gap in gaps] == [
        [],
        ["pdf_untagged", "pdf_untitled", "pdf_no_language"],
    ]
    assert (gaps[0].contribution_title, second.next_page_token) == (made.title, "")


async def test_the_file_is_cleaned_once_the_store_is_back(portal: Portal) -> None:
    made = await attach(portal, specimens.photo())

    class Away:
        def __getattr__(self, name: str) -> Any:
            async def fail(*_: Any) -> None:
                raise DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "away")

            return fail

    worker = file_worker(portal.database, Away())  # type: ignore[arg-type]
    assert await worker.run_one()
    assert not await worker.run_one()
    assert (await portal.get_contribution(made.id)).attachments[0].state == PROCESSING
    portal.clock.advance(specimens.SOON)
    await work(portal)
    assert (await portal.get_contribution(made.id)).attachments[0].state == READY


async def test_topics_without_files_take_none(portal: Portal) -> None:
    topic = await portal.add_topic(settings=topic_pb2.TopicSettings(max_attachments=0))
    file = str((await upload(portal, specimens.pdf())).id)
    assert (await refusal(portal.contribute(topic.id, attachments=[file]))).reason == "TOO_MANY_FILES"


async def test_a_virus_is_refused_and_what_no_scanner_saw_waits(portal: Portal) -> None:
    made = await attach(portal, specimens.pdf(title="X5O!P%@AP"), specimens.pdf(title="Plan"))
    await work(portal, clamav="127.0.0.1:1")
    assert [file.state for file in (await portal.get_contribution(made.id)).attachments] == [PROCESSING, PROCESSING]
    portal.clock.advance(specimens.SOON)
    server = await asyncio.start_server(test_clamav.answer, "127.0.0.1", 0)
    async with server:
        await work(portal, clamav=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    first, second = (await portal.get_contribution(made.id)).attachments
    assert (first.state, first.reason, second.state) == (REFUSED, "FILE_VIRUS", READY)
    assert await portal.files.list(f"uploads/{portal.tenant}/") == []


async def test_a_moderator_hides_one_file_and_shows_it_again(portal: Portal) -> None:
    made = await attach(portal, specimens.photo(80, 60), specimens.photo(90, 60))
    await work(portal)
    bad, good = (each.id for each in made.attachments)
    assert not await report(portal, "attachment", bad, BORA)
    [case] = await open_cases(portal)
    assert (case.kind, case.text_id, case.parent_id, case.title, case.text) == (
        "attachment",
        bad,
        made.id,
        made.title,
        "foto.jpg",
    )
    decided = await decide(portal, case)
    assert decided.text_state == moderation_pb2.TEXT_STATE_HIDDEN
    for caller in (None, ANNA, portal.admin):
        seen = await portal.get_contribution(made.id, caller)
        assert [each.id for each in seen.attachments] == [good]
    assert (await refusal(get(portal, bad))).reason == "FILE_NOT_FOUND"
    # Its author finds that it is hidden; nobody downloads what is not ready.
    assert (await get(portal, bad, ANNA)).attachment.state == attachment_pb2.ATTACHMENT_STATE_HIDDEN
    asked = ListExportContributionsRequest(topic_id=made.topic_id)
    [row] = orjson.loads((await portal.exports(portal.admin).ListExportContributions(asked)).items_json)
    assert [each["id"] for each in row["attachments"]] == [good]
    told = [notice for notice in await notices(portal) if notice.kind == "text.decided"]
    assert [(notice.words["decision"], notice.path.split("/")[3]) for notice in told] == [
        ("Die Datei foto.jpg wird nicht gezeigt.", "datei")
    ]
    await portal.moderation(portal.moderator).UndoDecisions(UndoDecisionsRequest(ids=[case.id]))
    assert [each.id for each in (await portal.get_contribution(made.id)).attachments] == [bad, good]
    # A file that nobody sees yet cannot be reported.
    waiting = await attach(portal, specimens.photo(70, 60))
    assert (await refusal(report(portal, "attachment", waiting.attachments[0].id))).reason == "CASE_NOT_FOUND"
