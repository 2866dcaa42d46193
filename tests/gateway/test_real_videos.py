"""A video from the staff's form to everybody's player, through real gateways and services."""

import re
from typing import Any

from civic_chassis.testing.waiting import eventually
from civic_gateway.web.addresses import address_of

from tests import specimens
from tests.chaos.stack import Stack
from tests.gateway.test_real_following import person

WEBVTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nHier <b>kommt</b> der Brunnen hin.\n"


async def test_staff_shows_a_video_with_captions(stack: Stack) -> None:
    title = "Der Brunnen im Film"
    topic = await stack.new_topic(title=title)
    meyer = await person(stack, "meyer", "admin")
    code = address_of(title, topic)
    form = f"/lindental/verwaltung/dialoge/{code}/unterlagen/neu"
    assert 'enctype="multipart/form-data"' in (await meyer.open(f"{form}?art=video")).text
    fields = {
        "kind": "video",
        "title": "Rundgang",
        "transcript": "Man sieht den Platz.",
        "captions_language_1": "de",
        "captions_label_1": "Deutsch",
    }
    film, contents = ("files", ("film.mp4", specimens.video(), "video/mp4")), b"1\n00:00,0 --> 1\nSRT"
    wrong = await meyer.send_files(form, fields, [film, ("captions_file_1", ("x.vtt", contents, "text/vtt"))])
    assert (wrong.status_code, "Das ist keine WebVTT-Datei" in wrong.text) == (422, True)
    assert "Man sieht den Platz." in wrong.text
    kept = re.search(r'name="file_1" value="([^"]+)"', wrong.text)
    assert kept is not None
    again = fields | {"file_1": kept[1]}
    saved = await meyer.send_files(form, again, [("captions_file_1", ("x.vtt", WEBVTT.encode(), "text/vtt"))])
    assert "Rundgang" in saved.text
    page = f"/lindental/dialoge/{code}/unterlagen/rundgang"
    shown: list[Any] = []

    async def playable() -> bool:
        shown[:] = [await stack.http.get(stack.url(page))]
        return "<video" in shown[0].text

    await eventually(playable, seconds=60)
    assert "media-src 'self'" in shown[0].headers["content-security-policy"]
    source = re.search(r'<source src="([^"]+)" type="video/mp4">', shown[0].text)
    track = re.search(r'<track kind="captions" src="([^"]+)" srclang="de" label="Deutsch" default>', shown[0].text)
    assert source is not None
    assert track is not None
    part = await stack.http.get(stack.url(source[1]), headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"ftyp", "video/mp4")
    assert part.headers["content-disposition"].startswith("inline")
    captions = await stack.http.get(stack.url(track[1]))
    assert captions.headers["content-type"] == "text/vtt; charset=utf-8"
    assert captions.text == "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHier kommt der Brunnen hin.\n"
    assert (await stack.http.get(stack.url(track[1][:-2] + "fr"))).status_code == 404


async def test_staff_alone_sends_videos(stack: Stack) -> None:
    address = stack.url("/api/v1/lindental/files")
    film = {"file": ("film.mp4", specimens.video(), "video/mp4")}
    staff, anna = stack.person("meyer", "editor"), stack.person("anna")
    made = await stack.http.post(f"{address}?purpose=video", files=film, headers=staff)
    assert (made.status_code, made.json()["media_type"], made.json()["state"]) == (201, "video/mp4", "ready")
    for headers, query, status, reason in (
        (anna, "?purpose=video", 403, "ROLE_REQUIRED"),
        (anna, "", 415, "FILE_KIND"),
        (staff, "", 415, "FILE_KIND"),
    ):
        refused = await stack.http.post(f"{address}{query}", files=film, headers=headers)
        assert (refused.status_code, refused.json()["reason"]) == (status, reason)
    picture = {"file": ("a.jpg", specimens.photo(), "image/jpeg")}
    refused = await stack.http.post(f"{address}?purpose=video", files=picture, headers=staff)
    assert (refused.status_code, refused.json()["reason"]) == (415, "FILE_KIND")
    assert "MP4 (H.264), WebM" in refused.json()["errors"][0]["detail"]
    metadata = {"tus-resumable": "1.0.0", "upload-metadata": "filename Zi5tcDQ=,purpose dmlkZW8="}
    for length, headers, status in (("150000000", staff, 201), ("150000000", anna, 403), ("250000000", staff, 413)):
        begun = await stack.http.post(f"{address}/tus", headers=headers | metadata | {"upload-length": length})
        assert begun.status_code == status
