"""Files and smaller forms of pictures, for whoever their tool lets see them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from civic.common.v1 import attachment_pb2
from civic_chassis.inspection import disposition
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.ids import parse_id
from civic_chassis.upload import not_found
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from civic_gateway.answers import keep
from civic_gateway.context import asker_of, context_of
from civic_gateway.etags import matches
from civic_gateway.features.files.holders import Held
from civic_gateway.features.files.senders import FileId
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.openapi import READING, for_everybody, problems
from civic_gateway.streaming import more_time

# A document that is opened by itself gets no script and no origin.
_POLICY: Final = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")

ThumbnailName = Annotated[str, Path(description="Width and ending, as in `thumbnails`", examples=["320.webp"])]

router = APIRouter(prefix="/api/v1/{tenant}/files", tags=["files"])


def _documented(what: str) -> dict[str, Any]:
    return {
        "responses": {
            200: {"description": what, "content": {"application/octet-stream": {}}},
            206: {"description": "The part that Range names"},
            416: {"description": "Range names nothing of the file"},
            **problems(READING),
        },
        "response_class": Response,
        "openapi_extra": for_everybody({"name": "Range", "in": "header", "schema": {"type": "string"}}),
    }


@router.get("/{file:file}/content", **_documented("The file, cleaned"))
async def get_content(request: Request, tenant: TenantSlug, file: FileId) -> Response:
    """The file itself; pictures and videos are shown, everything else is saved."""
    held = await _ready(request, tenant, file)
    found = held.attachment
    headers = _headers(held) | {
        "accept-ranges": "bytes",
        "content-disposition": disposition(found.file_name, inline=found.media_type.startswith(("image/", "video/"))),
    }
    if matches(request.headers.get("if-none-match", "").encode(), headers["etag"].encode()):
        return Response(status_code=304, headers=headers)
    begin, end = 0, found.size
    asked = _range(request, headers["etag"], found.size)
    if asked is not None:
        begin, end = asked
        if begin >= end:
            return Response(status_code=416, headers={"content-range": f"bytes */{found.size}"})
        headers["content-range"] = f"bytes {begin}-{end - 1}/{found.size}"
    headers["content-length"] = str(end - begin)
    more_time(request.scope, context_of(request).settings.upload_timeout_seconds)
    chunks = context_of(request).files.objects.stream(_place(tenant, found.id, "content"), start=begin, end=end)
    return StreamingResponse(
        await _begun(chunks), 206 if asked is not None else 200, headers, media_type=found.media_type
    )


@router.get("/{file:file}/thumbnails/{thumbnail}", **_documented("The smaller form"))
async def get_thumbnail(request: Request, tenant: TenantSlug, file: FileId, thumbnail: ThumbnailName) -> Response:
    """A smaller form of a picture."""
    held = await _ready(request, tenant, file)
    kind = next((each.media_type for each in held.attachment.thumbnails if each.name == thumbnail), None)
    if kind is None:
        raise not_found()
    content = await context_of(request).files.objects.get(_place(tenant, held.attachment.id, thumbnail))
    if held.tags is not None:
        keep(request, *held.tags)
    headers = _headers(held)
    headers["etag"] = f'"{held.attachment.digest[:32]}-{thumbnail}"'
    return Response(content, headers=headers, media_type=kind)


async def _ready(request: Request, tenant: str, file: str) -> Held:
    """What the asker may download. Raises FILE_NOT_FOUND."""
    asker = await asker_of(request, tenant)
    held = await context_of(request).holders.get(asker, tenant, parse_id(file, "file"))
    if held is None or held.attachment.state != attachment_pb2.ATTACHMENT_STATE_READY:
        raise not_found()
    return held


def _headers(held: Held) -> dict[str, str]:
    return {
        "etag": f'"{held.attachment.digest}"',
        # Asked again each time: what a moderator hides is gone at once.
        "cache-control": "no-cache" if held.tags is not None else "private, no-store",
        "vary": "Authorization, Cookie",
        "content-security-policy": _POLICY,
    }


def _range(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """The one range that is asked for, as begin and end; None for the whole file (RFC 9110)."""
    found = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if found is None or found[0] == "bytes=-" or request.headers.get("if-range", etag) != etag:
        return None
    first, last = found[1], found[2]
    if not first:
        return max(size - int(last), 0), size if int(last) else 0
    begin = int(first)
    if last and int(last) < begin:
        return None
    return begin, min(int(last) + 1, size) if last else size


async def _begun(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks, the first of them already read: a store that is away is told before the answer begins."""
    try:
        first = await anext(chunks, b"")
    except DomainError as error:
        if error.kind is Kind.NOT_FOUND:
            raise not_found() from error
        raise

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return whole()


def _place(tenant: str, file: str, name: str) -> str:
    return f"attachments/{tenant}/{file}/{name}"
