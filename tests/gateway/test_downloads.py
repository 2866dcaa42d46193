"""Files that the gateway hands out: for whom the tool says so, in part or whole, harmless in every browser."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from civic.common.v1 import attachment_pb2
from civic.discussion.v1 import attachment_service_pb2 as pb
from civic_chassis.files import Files
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.uploads import Uploads

from tests.gateway import scripted
from tests.gateway.conftest import Run, Running

FILE = "01935b5e-7c00-7000-8000-000000000009"
ADDRESS = f"/api/v1/lindental/files/{FILE}"
CONTENT = bytes(range(256)) * 4_000
SMALL = b"RIFF small picture"


def attachment(**values: Any) -> attachment_pb2.Attachment:
    content: dict[str, Any] = {
        "name": f"tenants/lindental/files/{FILE}",
        "id": FILE,
        "file_name": 'Plan "A" Bänke.pdf',
        "size": len(CONTENT),
        "media_type": "application/pdf",
        "state": attachment_pb2.ATTACHMENT_STATE_READY,
        "digest": "d" * 64,
        "thumbnails": [attachment_pb2.Thumbnail(name="320.webp", media_type="image/webp", width=320, height=200)],
    }
    return attachment_pb2.Attachment(**content | values)


@pytest.fixture
async def held(run: Run, tmp_path: Any) -> Running:
    """A gateway whose store has a file that the discussion service holds."""
    url = (tmp_path / "files").as_uri()
    objects = Files.open(url).objects
    await Uploads(objects).claim("lindental", UUID(FILE), "discussion")
    await objects.put(f"attachments/lindental/{FILE}/content", CONTENT)
    await objects.put(f"attachments/lindental/{FILE}/320.webp", SMALL)
    gateway = await run(files_url=url)
    show(gateway)
    return gateway


def show(gateway: Running, *, public: bool = True, **values: Any) -> None:
    answer = pb.GetAttachmentResponse(
        attachment=attachment(**values), contribution_id=scripted.CONTRIBUTION, public=public
    )
    gateway.script.answer("GetAttachment", answer)


async def test_a_document_is_saved_under_its_name(held: Running) -> None:
    answer = await held.http.get(f"{ADDRESS}/content")
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert {
        name: answer.headers[name]
        for name in ("content-type", "content-length", "content-disposition", "etag", "cache-control", "accept-ranges")
    } == {
        "content-type": "application/pdf",
        "content-length": str(len(CONTENT)),
        "content-disposition": 'attachment; filename="Plan _A_ Banke.pdf"; '
        "filename*=UTF-8''Plan%20%22A%22%20B%C3%A4nke.pdf",
        "etag": f'"{"d" * 64}"',
        "cache-control": "no-cache",
        "accept-ranges": "bytes",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("asked", "status", "begin", "end"),
    [
        ("bytes=0-99", 206, 0, 100),
        ("bytes=1000-", 206, 1000, len(CONTENT)),
        ("bytes=-10", 206, len(CONTENT) - 10, len(CONTENT)),
        ("bytes=5-99999999", 206, 5, len(CONTENT)),
        ("bytes=9-5", 200, 0, len(CONTENT)),
        ("bytes=0-1,5-6", 200, 0, len(CONTENT)),
        ("lines=1-2", 200, 0, len(CONTENT)),
    ],
)
async def test_a_part_of_a_file(held: Running, asked: str, status: int, begin: int, end: int) -> None:
    answer = await held.http.get(f"{ADDRESS}/content", headers={"range": asked})
    assert (answer.status_code, answer.content) == (status, CONTENT[begin:end])
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(CONTENT)}"


async def test_a_part_that_is_not_there(held: Running) -> None:
    for asked in (f"bytes={len(CONTENT)}-", "bytes=-0"):
        answer = await held.http.get(f"{ADDRESS}/content", headers={"range": asked})
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(CONTENT)}")


async def test_what_a_reader_has_is_not_sent_again(held: Running) -> None:
    headers = {"if-none-match": f'"{"d" * 64}"'}
    answer = await held.http.get(f"{ADDRESS}/content", headers=headers)
    assert (answer.status_code, answer.content) == (304, b"")
    changed = {"range": "bytes=0-9", "if-range": '"other"'}
    assert (await held.http.get(f"{ADDRESS}/content", headers=changed)).status_code == 200


async def test_a_smaller_form(held: Running) -> None:
    answer = await held.http.get(f"{ADDRESS}/thumbnails/320.webp")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, SMALL, "image/webp")
    for name in ("960.webp", "content", "%2e%2e%2fcontent"):
        assert (await held.http.get(f"{ADDRESS}/thumbnails/{name}")).status_code == 404


async def test_what_its_tool_does_not_show_is_not_there(held: Running) -> None:
    missing = DomainError(Kind.NOT_FOUND, "FILE_NOT_FOUND", "no such file")
    held.script.answer("GetAttachment", missing)
    for part in ("", "/content", "/thumbnails/320.webp"):
        answer = await held.http.get(ADDRESS + part)
        assert (answer.status_code, answer.json()["reason"]) == (404, "FILE_NOT_FOUND")
    elsewhere = await held.http.get(ADDRESS.replace("lindental", "brueckstadt") + "/content")
    assert elsewhere.status_code == 404


async def test_what_is_not_ready_is_not_handed_out(held: Running) -> None:
    show(held, state=attachment_pb2.ATTACHMENT_STATE_PROCESSING)
    assert (await held.http.get(f"{ADDRESS}/content")).status_code == 404
    assert (await held.http.get(ADDRESS)).json()["state"] == "processing"


async def test_what_is_not_public_is_kept_nowhere(held: Running) -> None:
    show(held, public=False)
    headers = {"authorization": f"Bearer {held.token('anna')}"}
    answer = await held.http.get(f"{ADDRESS}/content", headers=headers)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")


async def test_the_tool_is_away(held: Running) -> None:
    held.script.answer("GetAttachment", DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "away"))
    assert (await held.http.get(f"{ADDRESS}/content")).status_code == 503


async def test_a_picture_is_shown_where_it_stands(held: Running) -> None:
    show(held, media_type="image/png", file_name="bild.png")
    answer = await held.http.get(f"{ADDRESS}/content")
    assert answer.headers["content-disposition"].startswith("inline; ")
