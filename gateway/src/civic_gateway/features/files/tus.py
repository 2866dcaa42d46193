"""Resumable uploads by the tus protocol, version 1.0.0: https://tus.io/protocols/resumable-upload."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from functools import wraps
from typing import Any, Final

from civic_chassis.kernel.errors import DomainError, Kind, Violation, invalid
from civic_chassis.kernel.ids import parse_id
from civic_chassis.upload import Upload
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.bearer import TOKEN
from civic_gateway.context import context_of
from civic_gateway.features.files.desk import refusal_of
from civic_gateway.features.files.senders import VIDEO, FileId, sender_of
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.openapi import WRITING, problems, signed_in
from civic_gateway.problems import gateway_error
from civic_gateway.streaming import PIECES, body_of, media_type_of

VERSION: Final = "1.0.0"
RESUMABLE: Final = "tus-resumable"
_HEADERS: Final = {RESUMABLE: VERSION, "cache-control": "no-store"}
_EXTENSIONS: Final = "creation,expiration,termination"

router = APIRouter(prefix="/api/v1/{tenant}/files/tus", tags=["files"])

Answer = Callable[..., Awaitable[Response]]


def _spoken(answer: Answer) -> Answer:
    """Refuses another version, and says the version in every answer."""

    @wraps(answer)
    async def speak(request: Request, **values: Any) -> Response:
        try:
            if request.headers.get(RESUMABLE) != VERSION:
                raise gateway_error(Kind.VERSION, "TUS_VERSION", "another version of tus", version=VERSION)
            return await answer(request, **values)
        except DomainError as error:
            response = await context_of(request).problems.respond(request, error)
            response.headers.update(_HEADERS | {"tus-version": VERSION})
            return response

    return speak


def _documented(status: int, meaning: str, *names: str) -> dict[str, Any]:
    head = {"name": "Tus-Resumable", "in": "header", "required": True, "schema": {"type": "string", "enum": [VERSION]}}
    asked = [{"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in names]
    return {
        "status_code": status,
        "responses": {status: {"description": meaning}, **problems(WRITING)},
        "response_class": Response,
        "openapi_extra": signed_in(head, *asked),
    }


@router.post("", **_documented(201, "Begun; Location is where its pieces go", "Upload-Length"))
@_spoken
async def create_upload(request: Request, tenant: TenantSlug) -> Response:
    """Begins a resumable upload: Upload-Length in bytes, the file's name as `filename` in Upload-Metadata.

    Staff says there `purpose` `video` for a video, which may be larger.
    """
    owner = await sender_of(request, tenant)
    desk, said = context_of(request).desk, _metadata(request)
    video = said.get("purpose") == VIDEO
    if video:
        await desk.require_editor(request, request.scope.get(TOKEN), tenant)
    made = await desk.begin(
        tenant, owner, name=said.get("filename", ""), length=_number(request, "Upload-Length"), video=video
    )
    headers = _headers(made) | {"location": f"/api/v1/{tenant}/files/tus/{made.id}"}
    return Response(status_code=201, headers=headers)


@router.get("/{file:id}", **_documented(200, "How much arrived, in Upload-Offset"))
@_spoken
async def get_upload(request: Request, tenant: TenantSlug, file: FileId) -> Response:
    """How much of an upload arrived; asked with HEAD. What became of it stands at the file's own address."""
    found = await _find(request, tenant, file)
    return Response(status_code=200, headers=_headers(found))


@router.patch("/{file:id}", **_documented(204, "Added; Upload-Offset is where the next piece begins", "Upload-Offset"))
@_spoken
async def append_to_upload(request: Request, tenant: TenantSlug, file: FileId) -> Response:
    """Adds a piece at Upload-Offset, as application/offset+octet-stream. The last piece lets the file be looked at."""
    if media_type_of(request.scope) != PIECES:
        raise gateway_error(Kind.INVALID, "MEDIA_TYPE", "a piece is no form", expected=PIECES)
    offset = _number(request, "Upload-Offset")
    found = await _find(request, tenant, file)
    refusal = refusal_of(found)
    if refusal is not None:
        raise refusal
    reached = await context_of(request).desk.append(found, offset, body_of(request))
    return Response(status_code=204, headers=_headers(found) | {"upload-offset": str(reached)})


@router.delete("/{file:id}", **_documented(204, "Forgotten"))
@_spoken
async def delete_upload(request: Request, tenant: TenantSlug, file: FileId) -> Response:
    """Gives an upload up."""
    owner = await sender_of(request, tenant)
    found = await _find(request, tenant, file)
    await context_of(request).desk.drop(tenant, owner, found.id)
    return Response(status_code=204, headers=_HEADERS)


async def capabilities(request: Request) -> Response:
    """What this server understands of tus, as asked with OPTIONS."""
    headers = {
        "tus-version": VERSION,
        "tus-extension": _EXTENSIONS,
        "tus-max-size": str(context_of(request).desk.uploads.max_video_bytes),
    }
    return Response(status_code=204, headers=_HEADERS | headers)


async def _find(request: Request, tenant: str, file: str) -> Upload:
    owner = await sender_of(request, tenant)
    return await context_of(request).desk.uploads.find(tenant, parse_id(file, "file"), owner=owner)


def _headers(upload: Upload) -> dict[str, str]:
    return {
        **_HEADERS,
        "upload-offset": str(upload.offset),
        "upload-length": str(upload.length),
        "upload-expires": format_datetime(upload.expire_time, usegmt=True),
    }


def _number(request: Request, name: str) -> int:
    value = request.headers.get(name, "")
    if not value.isascii() or not value.isdecimal() or len(value) > 15:
        raise invalid(Violation(name, "MALFORMED" if value else "REQUIRED", "not a number"))
    return int(value)


def _metadata(request: Request) -> dict[str, str]:
    """Pairs of a key and a value in Base64, separated by commas."""
    found: dict[str, str] = {}
    for pair in filter(None, request.headers.get("upload-metadata", "").split(",")):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            raise invalid(Violation("Upload-Metadata", "MALFORMED", "not Base64 of UTF-8")) from None
    return found
