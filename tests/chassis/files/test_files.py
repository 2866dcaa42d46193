"""Files in a folder and in memory, under the digest of their contents."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from civic_chassis.files import Files, StoredFile, TooLarge
from civic_chassis.kernel.errors import DomainError, Kind

LOGO = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.fixture(params=["folder", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    folder = tmp_path / "Dateien mit Umläuten"
    return Files.open(folder.as_uri() if request.param == "folder" else "memory:///")


async def chunks(size: int, count: int) -> AsyncIterator[bytes]:
    for number in range(count):
        yield bytes([number % 256]) * size


async def test_contents_have_one_place(files: Files) -> None:
    key = hashlib.sha256(LOGO).hexdigest()
    assert await files.put(LOGO) == await files.put(LOGO) == StoredFile(key, len(LOGO))
    assert (await files.get(key), await files.size(key)) == (LOGO, len(LOGO))
    await files.delete(key)
    await files.delete(key)
    with pytest.raises(DomainError) as caught:
        await files.get(key)
    assert caught.value.kind is Kind.NOT_FOUND


async def test_a_stream_is_stored_and_read_in_parts(files: Files) -> None:
    whole = b"".join([chunk async for chunk in chunks(100_000, 70)])
    stored = await files.put_stream(chunks(100_000, 70), max_bytes=7_000_000)
    assert stored == StoredFile(hashlib.sha256(whole).hexdigest(), 7_000_000)

    async def read(start: int = 0, end: int | None = None) -> bytes:
        return b"".join([chunk async for chunk in files.stream(stored.key, start=start, end=end)])

    assert await read() == whole
    assert await read(6_999_990) == whole[-10:]
    assert await read(99_999, 100_001) == whole[99_999:100_001]


async def test_a_stream_that_goes_on_too_long_leaves_nothing(files: Files, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        await files.put_stream(chunks(100_000, 1_000), max_bytes=6_000_000)
    assert kept_below(tmp_path) == []


def kept_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64])
async def test_an_unknown_key_is_not_found(files: Files, key: str) -> None:
    with pytest.raises(DomainError) as caught:
        await files.size(key)
    assert caught.value.kind is Kind.NOT_FOUND
    with pytest.raises(DomainError):
        [chunk async for chunk in files.stream(key)]
