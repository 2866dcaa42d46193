"""Uploads in the object store: in pieces, claimed once, forgotten after a day."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from civic_chassis.files import Files
from civic_chassis.inspection import MAX_FILE_BYTES, FileKind, Refusal, Refused
from civic_chassis.kernel.errors import DomainError
from civic_chassis.kernel.ids import new_id
from civic_chassis.upload import KEEP_UNCLAIMED, UploadState, created
from civic_chassis.uploads import KEEP_CLAIMED, PIECE_BYTES, Uploads

from tests import specimens

ANNA, BORA = "subject-anna", "subject-bora"


@pytest.fixture(params=["folder", "memory"])
def uploads(request: pytest.FixtureRequest, tmp_path: Path) -> Uploads:
    url = (tmp_path / "files").as_uri() if request.param == "folder" else "memory:///"
    return Uploads(Files.open(url).objects)


async def pieces(contents: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for begin in range(0, len(contents), size):
        yield contents[begin : begin + size]


async def broken(contents: bytes) -> AsyncIterator[bytes]:
    yield contents
    raise ConnectionError


async def test_a_file_in_one_go(uploads: Uploads) -> None:
    photo = specimens.photo()
    made = await uploads.receive("lindental", ANNA, name="../foto.png", chunks=pieces(photo))
    assert (made.name, made.kind, made.length, made.state) == ("foto.jpg", FileKind.JPEG, len(photo), UploadState.READY)
    assert await uploads.find("lindental", made.id, owner=ANNA) == made
    assert await uploads.contents(made) == photo
    described = await uploads.describe(made, "Der Marktplatz")
    assert (await uploads.find("lindental", made.id, owner=ANNA)) == described


@pytest.mark.parametrize(("tenant", "owner"), [("lindental", BORA), ("brueckstadt", ANNA), ("../x", ANNA)])
async def test_nobody_else_finds_it(uploads: Uploads, tenant: str, owner: str) -> None:
    made = await uploads.receive("lindental", ANNA, name="foto.jpg", chunks=pieces(specimens.photo()))
    with pytest.raises(DomainError) as caught:
        await uploads.find(tenant, made.id, owner=owner)
    assert caught.value.reason == "FILE_NOT_FOUND"


async def test_what_is_refused_is_not_kept(uploads: Uploads) -> None:
    for contents in (specimens.SVG, b"", b"%PDF-" + b"x" * MAX_FILE_BYTES):
        with pytest.raises(Refused):
            await uploads.receive("lindental", ANNA, name="x", chunks=pieces(contents, 1_000_000))
    assert await uploads._objects.list("") == []


async def test_an_upload_goes_on_where_it_broke_off(uploads: Uploads) -> None:
    document = specimens.pdf(title="x" * (3 * PIECE_BYTES))
    begun = await uploads.create("lindental", ANNA, name="plan.pdf", length=len(document))
    with pytest.raises(ConnectionError):
        await uploads.append(begun, 0, broken(document[: 2 * PIECE_BYTES + 5]))
    found = await uploads.find("lindental", begun.id, owner=ANNA)
    assert (found.offset, found.state) == (2 * PIECE_BYTES, UploadState.RECEIVING)
    with pytest.raises(DomainError) as caught:
        await uploads.append(found, 5, pieces(b"x"))
    assert (caught.value.reason, caught.value.metadata) == ("UPLOAD_OFFSET", {"offset": str(2 * PIECE_BYTES)})
    assert await uploads.append(found, found.offset, pieces(document[found.offset :])) == len(document)
    # The same piece once more, by somebody who does not know that it arrived.
    with pytest.raises(DomainError):
        await uploads.append(found, found.offset, pieces(document[found.offset :]))
    checked = await uploads.finish(await uploads.find("lindental", begun.id, owner=ANNA))
    assert await uploads.find("lindental", begun.id, owner=ANNA) == checked
    assert (checked.state, checked.name) == (UploadState.READY, "plan.pdf")


async def test_more_than_was_announced_is_refused(uploads: Uploads) -> None:
    begun = await uploads.create("lindental", ANNA, name="plan.pdf", length=10)
    with pytest.raises(Refused) as caught:
        await uploads.append(begun, 0, pieces(b"x" * 11))
    assert caught.value.refusal is Refusal.TOO_LARGE
    for length, refusal in ((0, Refusal.EMPTY), (MAX_FILE_BYTES + 1, Refusal.TOO_LARGE)):
        with pytest.raises(Refused) as caught:
            await uploads.create("lindental", ANNA, name="x", length=length)
        assert caught.value.refusal is refusal


async def test_a_refused_upload_says_so_again(uploads: Uploads) -> None:
    begun = await uploads.create("lindental", ANNA, name="x.svg", length=len(specimens.SVG))
    await uploads.append(begun, 0, pieces(specimens.SVG))
    with pytest.raises(Refused):
        await uploads.finish(begun)
    found = await uploads.find("lindental", begun.id, owner=ANNA)
    assert (found.state, found.refusal, found.offset) == (UploadState.REFUSED, Refusal.KIND, found.length)


async def test_one_tool_holds_a_file(uploads: Uploads) -> None:
    file = new_id()
    assert await uploads.claimed_by("lindental", file) is None
    assert await uploads.claim("lindental", file, "discussion")
    assert await uploads.claim("lindental", file, "discussion")
    assert not await uploads.claim("lindental", file, "survey")
    assert await uploads.claimed_by("lindental", file) == "discussion"
    assert await uploads.claimed_by("brueckstadt", file) is None
    await uploads.unclaim("lindental", file)
    assert await uploads.claimed_by("lindental", file) is None


async def test_what_nobody_claims_is_forgotten_after_a_day(uploads: Uploads) -> None:
    lost = await uploads.receive("lindental", ANNA, name="a", chunks=pieces(specimens.photo()))
    begun = await uploads.create("lindental", ANNA, name="b", length=100)
    held = await uploads.receive("lindental", ANNA, name="c", chunks=pieces(specimens.photo()))
    await uploads.claim("lindental", held.id, "discussion")
    now = created(held.id)
    assert await uploads.sweep(now + KEEP_UNCLAIMED - timedelta(minutes=1)) == 0
    assert await uploads.sweep(now + KEEP_UNCLAIMED) == 2
    for gone in (lost, begun):
        with pytest.raises(DomainError):
            await uploads.find("lindental", gone.id, owner=ANNA)
    assert await uploads.find("lindental", held.id, owner=ANNA) == held
    assert await uploads.sweep(now + KEEP_CLAIMED) == 1
