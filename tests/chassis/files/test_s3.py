"""The bucket in place of a folder: the same uploads against a real S3 server."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from civic_chassis.files import Files
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.ids import new_id
from civic_chassis.uploads import PIECE_BYTES, Uploads

from tests import specimens
from tests.chassis.files.test_uploads import ANNA, pieces


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port if port < 50_000 else free_port()


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, and the process that serves it."""

    files: Files
    server: asyncio.subprocess.Process


@pytest_asyncio.fixture(loop_scope="session")
async def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    """A bucket of an S3 server of its own."""
    master, volume, filer, s3 = (free_port() for _ in range(4))
    command = [str(Path(sys.executable).parent / "weed"), "server", f"-dir={tmp_path}", "-ip=127.0.0.1", "-s3"]
    command += [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}", f"-s3.port={s3}"]
    command += ["-s3.port.iceberg=0", "-volume.max=20", "-master.volumeSizeLimitMB=64"]
    with (tmp_path / "log").open("wb") as log:
        environment = os.environ | {"HOME": str(tmp_path)}
        server = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, env=environment)
    try:
        address = f"http://127.0.0.1:{s3}"
        async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(40):
            while True:
                try:
                    if (await http.put(f"{address}/files")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.3)
        monkeypatch.setenv("AWS_ENDPOINT", address)
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
        monkeypatch.setenv("AWS_REGION", "eu-central-1")
        yield Bucket(Files.open("s3://files/hessen"), server)
    finally:
        # It holds nothing that anybody needs, and takes long to say goodbye.
        if server.returncode is None:
            server.kill()
            await server.wait()


async def test_uploads_in_a_bucket(bucket: Bucket) -> None:
    uploads = Uploads(bucket.files.objects)
    document = specimens.pdf(title="x" * (2 * PIECE_BYTES))
    begun = await uploads.create("lindental", ANNA, name="plan.pdf", length=len(document))
    reached = await uploads.append(begun, 0, pieces(document[:PIECE_BYTES], 100_000))
    found = await uploads.find("lindental", begun.id, owner=ANNA)
    assert (reached, found.offset) == (PIECE_BYTES, PIECE_BYTES)
    with pytest.raises(DomainError) as caught:
        # As somebody who does not know that the piece arrived.
        await uploads.append(begun, 0, pieces(document[:PIECE_BYTES], 100_000))
    assert caught.value.reason == "UPLOAD_OFFSET"
    await uploads.append(found, PIECE_BYTES, pieces(document[PIECE_BYTES:], 100_000))
    checked = await uploads.finish(await uploads.find("lindental", begun.id, owner=ANNA))
    assert await uploads.contents(checked) == document
    file = new_id()
    assert [await uploads.claim("lindental", file, tool) for tool in ("discussion", "survey")] == [True, False]
    parts = [chunk async for chunk in bucket.files.objects.stream(f"claims/lindental/{file}", start=2, end=5)]
    assert b"".join(parts) == b"scu"
    await uploads.drop("lindental", begun.id)
    with pytest.raises(DomainError) as caught:
        await uploads.find("lindental", begun.id, owner=ANNA)
    assert caught.value.kind is Kind.NOT_FOUND

    # The server goes away: whoever waits is told so soon, and not that there is no such file.
    bucket.server.kill()
    await bucket.server.wait()
    for asked in (
        uploads.create("lindental", ANNA, name="plan.pdf", length=len(document)),
        uploads.find("lindental", begun.id, owner=ANNA),
    ):
        async with asyncio.timeout(20):
            with pytest.raises(DomainError) as caught:
                await asked
        assert caught.value.kind is Kind.UNAVAILABLE
