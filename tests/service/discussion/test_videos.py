"""Videos as files of topics: cleaned, shown with captions, refused where they cannot be played."""

import io
from typing import Any

import av
import pytest
from civic.common.v1 import attachment_pb2
from civic.discussion.v1 import object_pb2
from civic.discussion.v1.object_service_pb2 import ListObjectsRequest
from civic.discussion.v1.topic_service_pb2 import PublishTopicRequest

from tests import specimens
from tests.service.discussion.conftest import Portal
from tests.service.discussion.test_files import get, refusal, upload, work
from tests.service.discussion.test_object_files import put, wrong

WEBVTT = """\ufeffWEBVTT - von Anna

STYLE
::cue { background: url(https://evil.example/) }

NOTE nur für uns

1
00:00:00.000 --> 00:00:01.500 align:start
<v Anna>Hier <b>kommt</b> der Brunnen hin &amp; bleibt.

01:00:01.500 --> 01:00:02.000
1 &lt; 2
Musik
"""
WRITTEN = """WEBVTT

00:00:00.000 --> 00:00:01.500
Hier kommt der Brunnen hin &amp; bleibt.

01:00:01.500 --> 01:00:02.000
1 &lt; 2
Musik
"""


def track(language: str = "de", label: str = "Deutsch", webvtt: str = WEBVTT) -> object_pb2.CaptionTrack:
    return object_pb2.CaptionTrack(language=language, label=label, webvtt=webvtt)


async def sent(portal: Portal, contents: bytes, name: str = "film.mp4") -> str:
    return str((await upload(portal, contents, name=name, person=portal.editor, video=True)).id)


def content(file: str, *captions: object_pb2.CaptionTrack) -> Any:
    return object_pb2.VideoContent(file_id=file, transcript="Man sieht den Platz.", captions=captions)


@pytest.mark.parametrize(("container", "codec"), [("mp4", "libx264"), ("webm", "libvpx")])
async def test_a_video_loses_all_but_picture_and_sound(portal: Portal, container: str, codec: str) -> None:
    topic = (await portal.add_draft()).id
    contents = specimens.video(container, codec)
    assert all(word in contents for word in (b"50.59", b"Anna Beispiel", b"Kamerahersteller"))
    file = await sent(portal, contents, f"film.{container}")
    made = await put(portal, topic, "film", video=content(file))
    assert (made.file.media_type, made.file.state) == (f"video/{container}", attachment_pb2.ATTACHMENT_STATE_PROCESSING)
    assert list(made.gaps) == [object_pb2.OBJECT_GAP_CAPTIONS]
    await work(portal)
    shown = await portal.get_object(topic, "film", portal.editor)
    assert (shown.file.state, shown.file.width, shown.file.height) == (attachment_pb2.ATTACHMENT_STATE_READY, 64, 48)
    kept = await portal.files.get(f"attachments/{portal.tenant}/{file}/content")
    assert len(kept) == shown.file.size
    for word in (b"50.59", b"Anna", b"Kamerahersteller", b"Telefon"):
        assert word not in kept
    with av.open(io.BytesIO(kept), "r") as read:
        assert [each.type for each in read.streams] == ["video"]
        assert len(list(read.decode(video=0))) == 20
    assert await portal.files.list(f"uploads/{portal.tenant}/{file}/") == []


async def test_captions_are_kept_as_times_and_words(portal: Portal) -> None:
    topic = (await portal.add_draft()).id
    file = await sent(portal, specimens.video())
    made = await put(portal, topic, "film", video=content(file))
    incomplete = await refusal(portal.topics(portal.admin).PublishTopic(PublishTopicRequest(id=topic)))
    assert incomplete.reason == "OBJECTS_INCOMPLETE"
    english = track("en", "English", "WEBVTT\n\n00:00.000 --> 00:01.000\nHere.\n")
    made = await put(portal, topic, "film", etag=made.etag, video=content(file, track(), english))
    assert list(made.gaps) == []
    await portal.topics(portal.admin).PublishTopic(PublishTopicRequest(id=topic))
    shown = await portal.get_object(topic, "film")
    assert [(each.language, each.label) for each in shown.video.captions] == [("de", "Deutsch"), ("en", "English")]
    assert shown.video.captions[0].webvtt == WRITTEN
    (listed,) = (await portal.objects().ListObjects(ListObjectsRequest(topic_id=topic))).objects
    assert (listed.video.file_id, list(listed.video.captions)) == (file, [])
    # What was written once is a WebVTT that says the same.
    again = await put(portal, topic, "film", etag=shown.etag, video=content(file, track(webvtt=WRITTEN), english))
    assert (again.version, again.etag) == (1, shown.etag)
    assert (await get(portal, file)).public


@pytest.mark.parametrize(
    ("captions", "expected"),
    [
        ([track("", "")], [("captions[0].language", "REQUIRED"), ("captions[0].label", "EMPTY")]),
        ([track("Deutsch")], [("captions[0].language", "MALFORMED")]),
        ([track(), track()], [("captions[1].language", "NOT_ALLOWED")]),
        ([track(label="x" * 61)], [("captions[0].label", "TOO_LONG")]),
        ([track(webvtt="1\n00:00:01,000 --> 00:00:02,000\nSRT\n")], [("captions[0].webvtt", "NOT_WEBVTT")]),
        ([track(webvtt="WEBVTT\n\n00:99.000 --> 00:02.000\nx\n")], [("captions[0].webvtt", "NOT_WEBVTT")]),
        ([track(webvtt="WEBVTT\n")], [("captions[0].webvtt", "NOT_WEBVTT")]),
        ([track(webvtt="WEBVTT\n\n" + "x" * 200_000)], [("captions[0].webvtt", "NOT_WEBVTT")]),
        ([track(webvtt="WEBVTT\n\n00:05.000 --> 00:04.000\nx\n")], [("captions[0].webvtt", "CAPTION_TIMES")]),
        ([track(code, code) for code in ("de", "en", "fr", "tr", "pl")], [("captions", "TOO_MANY")]),
    ],
)
async def test_captions_that_cannot_be_shown_are_refused_by_name(
    portal: Portal, captions: list[object_pb2.CaptionTrack], expected: list[tuple[str, str]]
) -> None:
    topic = (await portal.add_draft()).id
    file = await sent(portal, specimens.video())
    error = await refusal(put(portal, topic, "film", video=content(file, *captions)))
    assert wrong(error) == [(f"object.{field}", reason) for field, reason in expected]


async def test_what_is_no_video_that_plays_is_refused(portal: Portal) -> None:
    topic = (await portal.add_draft()).id
    # Begins like a film, and holds nothing of one.
    damaged = specimens.video()[:300]
    unknown = specimens.video("mp4", "mpeg4")
    for key, contents, reason in (("a", damaged, "FILE_DAMAGED"), ("b", unknown, "FILE_KIND")):
        file = await sent(portal, contents)
        await put(portal, topic, key, video=content(file, track()))
        await work(portal)
        found = (await portal.get_object(topic, key, portal.editor)).file
        assert (found.state, found.reason) == (attachment_pb2.ATTACHMENT_STATE_REFUSED, reason)
        assert await portal.files.list(f"attachments/{portal.tenant}/{file}/") == []


async def test_a_video_is_for_objects_alone(portal: Portal) -> None:
    topic = (await portal.add_topic()).id
    file = await sent(portal, specimens.video())
    error = await refusal(portal.contribute(topic, portal.editor, attachments=[file]))
    assert wrong(error) == [("attachments", "FILE_KIND")]
    for kind in ("image", "document"):
        error = await refusal(put(portal, topic, "a", **{kind: object_pb2.FileContent(file_id=file)}))
        assert wrong(error) == [("object.file", "FILE_KIND")]
    elsewhere = object_pb2.VideoContent(url="https://vimeo.com/1", transcript="x", captions=[track()])
    assert wrong(await refusal(put(portal, topic, "b", video=elsewhere))) == [("object.captions", "UNWANTED")]
