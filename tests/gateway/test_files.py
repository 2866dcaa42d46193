"""Files that people send to the gateway: by form and by tus, with what is refused and who finds what."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime

import httpx
import pytest
from civic_chassis.inspection import MAX_FILE_BYTES, MAX_VIDEO_BYTES

from tests import specimens
from tests.gateway.conftest import Run, Running

FILES = "/api/v1/lindental/files"
TUS = f"{FILES}/tus"
NOWHERE = "01935b5e-7c00-7000-8000-0000000000ff"


def signed(gateway: Running, name: str = "anna") -> dict[str, str]:
    return {"authorization": f"Bearer {gateway.token(name)}"}


def tus(gateway: Running, name: str = "anna", **headers: str) -> dict[str, str]:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return signed(gateway, name) | {"tus-resumable": "1.0.0"} | named


async def send(gateway: Running, contents: bytes, name: str = "foto.jpg", person: str = "anna") -> httpx.Response:
    return await gateway.http.post(FILES, files={"file": (name, contents)}, headers=signed(gateway, person))


async def begin(gateway: Running, contents: bytes, name: str = "plan.pdf") -> str:
    encoded = base64.b64encode(name.encode()).decode()
    headers = tus(gateway, upload_length=str(len(contents)), upload_metadata=f"filename {encoded},filetype eA==")
    answer = await gateway.http.post(TUS, headers=headers)
    assert (answer.status_code, answer.headers["tus-resumable"]) == (201, "1.0.0")
    return answer.headers["location"]


async def piece(gateway: Running, address: str, offset: int, contents: bytes) -> httpx.Response:
    headers = tus(gateway, upload_offset=str(offset), content_type="application/offset+octet-stream")
    return await gateway.http.patch(address, content=contents, headers=headers)


async def test_a_file_is_sent_by_form(gateway: Running) -> None:
    photo = specimens.photo()
    answer = await send(gateway, photo, "../Straße.png")
    made = answer.json()
    assert answer.status_code == 201
    assert {key: made[key] for key in ("name", "size", "media_type", "state")} == {
        "name": "Straße.jpg",
        "size": len(photo),
        "media_type": "image/jpeg",
        "state": "ready",
    }
    assert answer.headers["location"] == f"{FILES}/{made['id']}"
    found = await gateway.http.get(f"{FILES}/{made['id']}", headers=signed(gateway))
    assert (found.status_code, found.json()) == (200, made)


async def test_its_sender_says_what_a_picture_shows(gateway: Running) -> None:
    fields = {"alt_text": "Der Marktplatz"}
    files = {"file": ("a.jpg", specimens.photo())}
    made = (await gateway.http.post(FILES, data=fields, files=files, headers=signed(gateway))).json()
    assert made["alt_text"] == "Der Marktplatz"
    address = f"{FILES}/{made['id']}"
    changed = await gateway.http.patch(address, json={"alt_text": "Leer"}, headers=signed(gateway))
    assert changed.json() == made | {"alt_text": "Leer"}
    long = await gateway.http.patch(address, json={"alt_text": "x" * 501}, headers=signed(gateway))
    assert (long.status_code, long.json()["errors"][0]["limit"]) == (422, 500)


@pytest.mark.parametrize(
    ("contents", "status", "reason", "limit"),
    [
        (b"", 422, "FILE_EMPTY", None),
        (b"%PDF-1.7" + b"x" * 21_000_000, 413, "FILE_TOO_LARGE", MAX_FILE_BYTES),
        (b"%PDF-1.7" + b"x" * 40_000_000, 413, "FILE_TOO_LARGE", MAX_FILE_BYTES),
        (specimens.SVG, 415, "FILE_KIND", None),
        (specimens.polyglot(), 422, "FILE_AMBIGUOUS", None),
        (specimens.bomb(), 422, "FILE_UNPACKED", 200 * 1024 * 1024),
        (specimens.huge_png(), 422, "FILE_PIXELS", 51_000_000),
        (specimens.photo()[:-300], 422, "FILE_DAMAGED", None),
        (specimens.docx({"word/vbaProject.bin": b"x"}), 422, "FILE_MACROS", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_refused_file_is_named_with_its_reason(
    gateway: Running, contents: bytes, status: int, reason: str, limit: int | None
) -> None:
    answer = await send(gateway, contents)
    problem = answer.json()
    assert (answer.status_code, problem["reason"]) == (status, reason)
    [error] = problem["errors"]
    assert (error["field"], error["reason"], error.get("limit")) == ("file", reason, limit)
    assert error["detail"].startswith("Datei: ")


@pytest.mark.parametrize(
    ("sent", "name"), [('a"b.pdf', "a_b.pdf"), ("a\r\nb.pdf", "a b.pdf"), ("100%.pdf", "100%.pdf")]
)
async def test_what_forms_write_in_other_words_in_a_name_is_read_as_it_was(
    gateway: Running, sent: str, name: str
) -> None:
    # Browsers write a quotation mark and line breaks as %22, %0D and %0A, and every other sign as it is.
    assert (await send(gateway, specimens.pdf(), sent)).json()["name"] == name


async def test_a_pdf_named_jpg_is_taken_as_what_it_is(gateway: Running) -> None:
    made = (await send(gateway, specimens.pdf(), "foto.jpg")).json()
    assert (made["media_type"], made["name"]) == ("application/pdf", "foto.pdf")


@pytest.mark.parametrize("person", ["", "bora"])
async def test_nobody_else_finds_a_file(gateway: Running, person: str) -> None:
    made = (await send(gateway, specimens.photo())).json()
    headers = signed(gateway, person) if person else {}
    for method in ("GET", "PATCH", "DELETE"):
        body = {"alt_text": "x"} if method == "PATCH" else None
        answer = await gateway.http.request(method, f"{FILES}/{made['id']}", headers=headers, json=body)
        expected = (404, "FILE_NOT_FOUND") if person or method == "GET" else (401, "SIGN_IN_REQUIRED")
        if (method, person) == ("DELETE", "bora"):
            assert answer.status_code == 204
        else:
            assert (answer.status_code, answer.json()["reason"]) == expected
    elsewhere = await gateway.http.get(f"/api/v1/brueckstadt/files/{made['id']}", headers=signed(gateway))
    assert elsewhere.json()["reason"] == "FILE_NOT_FOUND"
    assert (await gateway.http.get(f"{FILES}/{made['id']}", headers=signed(gateway))).status_code == 200


async def test_its_sender_takes_a_file_back(gateway: Running) -> None:
    made = (await send(gateway, specimens.photo())).json()
    address = f"{FILES}/{made['id']}"
    assert (await gateway.http.delete(address, headers=signed(gateway))).status_code == 204
    assert (await gateway.http.get(address, headers=signed(gateway))).json()["reason"] == "FILE_NOT_FOUND"


@pytest.mark.parametrize("token", [None, "x.y.z"])
async def test_who_is_not_signed_in_sends_nothing(gateway: Running, token: str | None) -> None:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    answer = await gateway.http.post(FILES, files={"file": ("a.jpg", specimens.photo())}, headers=headers)
    assert answer.status_code == 401
    # A token that names a person, and whose signature is another's.
    forged = gateway.token("anna")[:-20] + "A" * 20
    answer = await gateway.http.post(
        FILES, files={"file": ("a.jpg", b"x")}, headers={"authorization": f"Bearer {forged}"}
    )
    assert (answer.status_code, answer.json()["reason"]) == (401, "TOKEN_INVALID")


async def test_what_is_no_form_with_a_file_is_refused(gateway: Running) -> None:
    answer = await gateway.http.post(FILES, json={}, headers=signed(gateway))
    assert (answer.status_code, answer.json()["reason"]) == (415, "MEDIA_TYPE")
    assert answer.json()["detail"] == "Bitte senden Sie multipart/form-data und nennen Sie es im Kopf Content-Type."
    broken = signed(gateway) | {"content-type": "multipart/form-data; boundary=x"}
    answer = await gateway.http.post(FILES, content=b"--x\r\n", headers=broken)
    assert (answer.status_code, answer.json()["reason"]) == (400, "MALFORMED_REQUEST")
    answer = await gateway.http.post(FILES, files={"file": (None, b"x")}, headers=signed(gateway))
    assert (answer.status_code, answer.json()["errors"][0]["reason"]) == (422, "REQUIRED")


async def test_a_person_sends_so_many_files_a_day(run: Run) -> None:
    gateway = await run(uploads_per_day_person=2)
    statuses = [(await send(gateway, specimens.pdf())).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]
    assert (await send(gateway, specimens.pdf(), person="bora")).status_code == 201


async def test_a_stream_that_stops_is_given_up(run: Run) -> None:
    gateway = await run(upload_pause_seconds=0.3)
    reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
    head = f"POST {FILES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.token('anna')}\r\n"
    head += "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n--b\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(10):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
    writer.close()


async def test_the_store_is_away(run: Run) -> None:
    gateway = await run(files_url="s3://nowhere/files?endpoint=http://127.0.0.1:1")
    answer = await gateway.http.get(f"{FILES}/{NOWHERE}", headers=signed(gateway))
    assert (answer.status_code, answer.json()["reason"]) == (503, "UNAVAILABLE")
    assert (await gateway.http.get("/api/v1/tenants")).status_code == 200


@pytest.mark.parametrize("address", [FILES, TUS])
async def test_tus_tells_what_it_can(gateway: Running, address: str) -> None:
    answer = await gateway.http.options(address)
    assert answer.status_code == 204
    assert {name: answer.headers[name] for name in ("tus-version", "tus-extension", "tus-max-size")} == {
        "tus-version": "1.0.0",
        "tus-extension": "creation,expiration,termination",
        "tus-max-size": str(MAX_VIDEO_BYTES),
    }


async def test_an_upload_begins_where_forms_are_sent_too(gateway: Running) -> None:
    document = specimens.pdf()
    answer = await gateway.http.post(FILES, headers=tus(gateway, upload_length=str(len(document))))
    assert (answer.status_code, answer.headers["tus-resumable"]) == (201, "1.0.0")
    address = answer.headers["location"]
    slash = await gateway.http.post(f"{FILES}/", headers=tus(gateway, upload_length="5"))
    assert (slash.status_code, slash.headers["location"]) == (308, FILES)
    assert (await piece(gateway, address, 0, document)).status_code == 204
    found = (await gateway.http.get(address.replace("/tus", ""), headers=signed(gateway))).json()
    assert (found["state"], found["size"]) == ("ready", len(document))


async def test_an_upload_is_resumed_after_a_lost_answer(gateway: Running) -> None:
    document = specimens.pdf(title="x" * 3_000_000)
    address = await begin(gateway, document)
    assert (await piece(gateway, address, 0, document[:1_500_000])).headers["upload-offset"] == "1500000"
    # The answer was lost: the client sends the piece again, is told where to go on, and asks.
    again = await piece(gateway, address, 0, document[:1_500_000])
    assert (again.status_code, again.json()["reason"]) == (409, "UPLOAD_OFFSET")
    head = await gateway.http.head(address, headers=tus(gateway))
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("1500000", str(len(document)))
    assert head.headers["cache-control"] == "no-store"
    last = await piece(gateway, address, 1_500_000, document[1_500_000:])
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(document)))
    assert datetime.strptime(last.headers["upload-expires"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    # The answer to the last piece was lost, too.
    head = await gateway.http.head(address, headers=tus(gateway))
    assert head.headers["upload-offset"] == str(len(document))
    found = (await gateway.http.get(address.replace("/tus", ""), headers=signed(gateway))).json()
    assert (found["name"], found["state"], found["size"]) == ("plan.pdf", "ready", len(document))


async def test_an_upload_goes_on_where_the_line_broke(gateway: Running) -> None:
    document = specimens.pdf(title="x" * 3_000_000)
    address = await begin(gateway, document)
    _, writer = await asyncio.open_connection(gateway.host, gateway.port)
    head = f"PATCH {address} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.token('anna')}\r\n"
    head += "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
    writer.write(f"{head}Content-Length: {len(document)}\r\n\r\n".encode() + document[:2_000_000])
    await writer.drain()
    writer.close()
    async with asyncio.timeout(10):
        while True:
            reached = int((await gateway.http.head(address, headers=tus(gateway))).headers["upload-offset"])
            if reached == 2_000_000:
                break
    assert (await piece(gateway, address, reached, document[reached:])).status_code == 204


async def test_a_refused_upload_says_why_each_time(gateway: Running) -> None:
    address = await begin(gateway, specimens.SVG, "bild.svg")
    for offset in (0, len(specimens.SVG)):
        answer = await piece(gateway, address, offset, specimens.SVG if offset == 0 else b"")
        assert (answer.status_code, answer.json()["reason"]) == (415, "FILE_KIND")
        assert answer.headers["tus-resumable"] == "1.0.0"
    found = (await gateway.http.get(address.replace("/tus", ""), headers=signed(gateway))).json()
    assert (found["state"], found["reason"]) == ("refused", "FILE_KIND")


async def test_an_upload_is_given_up(gateway: Running) -> None:
    address = await begin(gateway, specimens.pdf())
    assert (await gateway.http.delete(address, headers=tus(gateway))).status_code == 204
    assert (await gateway.http.head(address, headers=tus(gateway))).status_code == 404


@pytest.mark.parametrize(
    ("method", "address", "headers", "status"),
    [
        ("POST", TUS, {"tus_resumable": "0.2.2", "upload_length": "5"}, 412),
        ("POST", TUS, {}, 422),
        ("POST", TUS, {"upload_length": "-1"}, 422),
        ("POST", TUS, {"upload_length": "0"}, 422),
        ("POST", TUS, {"upload_length": str(MAX_FILE_BYTES + 1)}, 413),
        ("POST", TUS, {"upload_length": "5", "upload_metadata": "filename !!!"}, 422),
        ("PATCH", f"{TUS}/{NOWHERE}", {"upload_offset": "0", "content_type": "text/plain"}, 415),
        ("HEAD", f"{TUS}/{NOWHERE}", {}, 404),
        ("HEAD", f"{TUS}/nothing", {}, 404),
        ("DELETE", f"{TUS}/{NOWHERE}", {}, 404),
    ],
)
async def test_tus_is_strict(gateway: Running, method: str, address: str, headers: dict[str, str], status: int) -> None:
    answer = await gateway.http.request(method, address, headers=tus(gateway, **headers))
    assert (answer.status_code, answer.headers["tus-resumable"]) == (status, "1.0.0")


async def test_another_person_adds_nothing(gateway: Running) -> None:
    document = specimens.pdf()
    address = await begin(gateway, document)
    headers = tus(gateway, "bora", upload_offset="0", content_type="application/offset+octet-stream")
    answer = await gateway.http.patch(address, content=document, headers=headers)
    assert answer.status_code == 404
    assert (await gateway.http.head(address, headers=tus(gateway))).headers["upload-offset"] == "0"
