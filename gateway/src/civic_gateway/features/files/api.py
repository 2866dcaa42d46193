"""Files in the JSON API: sending one, what became of it, and saying what a picture shows."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from civic_chassis.kernel.errors import Kind, Violation, invalid
from civic_chassis.kernel.ids import parse_id
from civic_chassis.kernel.text import clean_text
from civic_chassis.upload import Upload, not_found
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import keep, resource_answer
from civic_gateway.bearer import TOKEN
from civic_gateway.context import asker_of, context_of
from civic_gateway.features.files import render
from civic_gateway.features.files.desk import UPLOAD_FIELD
from civic_gateway.features.files.schemas import File, FileChange
from civic_gateway.features.files.senders import VIDEO, FileId, sender_of
from civic_gateway.features.files.tus import RESUMABLE, create_upload
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.openapi import WRITING, changing, creating, problems, reading, signed_in
from civic_gateway.problems import gateway_error
from civic_gateway.streaming import UPLOAD, is_streamed, malformed, parts_of

MAX_ALT_TEXT: Final = 500

Purpose = Annotated[Literal["video"] | None, Query(description="What it is for, where it is a video; for staff")]

router = APIRouter(prefix="/api/v1/{tenant}/files", tags=["files"])

_MULTIPART: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [UPLOAD_FIELD],
                    "properties": {
                        UPLOAD_FIELD: {"type": "string", "format": "binary", "description": "20 MB, a video more"},
                        "alt_text": {"type": "string", "maxLength": MAX_ALT_TEXT, "description": "Before the file"},
                    },
                }
            }
        },
    }
}


@router.post("", **creating(File) | {"openapi_extra": signed_in() | _MULTIPART})
async def create_file(request: Request, tenant: TenantSlug, purpose: Purpose = None) -> Response:
    """Takes a file of the person: JPEG, PNG, WebP, GIF, PDF, ODT or DOCX of at most 20 MB. With the header
    Tus-Resumable it begins a resumable upload, as the address `files/tus` does. Staff sends an MP4 (H.264) or WebM with
    the purpose `video`, as large as the state allows."""
    if RESUMABLE in request.headers:
        return await create_upload(request, tenant=tenant)
    if not is_streamed(request.scope):
        raise gateway_error(Kind.INVALID, "MEDIA_TYPE", "the body must be a form with a file", expected=UPLOAD)
    owner = await sender_of(request, tenant)
    if purpose == VIDEO:
        await context_of(request).desk.require_editor(request, request.scope.get(TOKEN), tenant)
    made = await _receive(request, tenant, owner, video=purpose == VIDEO)
    location = f"/api/v1/{tenant}/files/{made.id}"
    return resource_answer(request, render.upload(made), status=201, location=location)


@router.get("/{file:file}", **reading(File))
async def get_file(request: Request, tenant: TenantSlug, file: FileId) -> Response:
    """A file: everybody sees what is attached to something public, its sender everything."""
    context, found = context_of(request), parse_id(file, "file")
    held = await context.holders.get(await asker_of(request, tenant), tenant, found)
    if held is not None:
        if held.tags is not None:
            keep(request, *held.tags)
        return resource_answer(request, render.attachment(held.attachment))
    if request.scope.get(TOKEN) is None:
        raise not_found()
    owner = await sender_of(request, tenant)
    return resource_answer(request, render.upload(await context.desk.uploads.find(tenant, found, owner=owner)))


@router.patch("/{file:file}", **changing(File))
async def update_file(request: Request, tenant: TenantSlug, file: FileId, body: FileChange) -> Response:
    """Says what a picture shows, for people who do not see it."""
    context, file_id = context_of(request), parse_id(file, "file")
    owner = await sender_of(request, tenant)
    words = clean_text(body.alt_text, "alt_text", min=0, max=MAX_ALT_TEXT)
    asker = await asker_of(request, tenant)
    if await context.holders.get(asker, tenant, file_id) is not None:
        described = await context.holders.describe(asker, tenant, file_id, words)
        return resource_answer(request, render.attachment(described))
    uploads = context.desk.uploads
    found = await uploads.describe(await uploads.find(tenant, file_id, owner=owner), words)
    return resource_answer(request, render.upload(found))


@router.delete(
    "/{file:file}",
    status_code=204,
    responses={204: {"description": "Forgotten"}, **problems(WRITING)},
    response_class=Response,
    openapi_extra=signed_in(),
)
async def delete_file(request: Request, tenant: TenantSlug, file: FileId) -> Response:
    """Forgets a file that nothing holds yet."""
    owner = await sender_of(request, tenant)
    await context_of(request).desk.drop(tenant, owner, parse_id(file, "file"))
    return Response(status_code=204)


async def _receive(request: Request, tenant: str, owner: str, *, video: bool) -> Upload:
    desk = context_of(request).desk
    made: Upload | None = None
    alt_text = ""
    async for part in parts_of(request):
        if part.filename is None:
            if part.name == "alt_text":
                alt_text = clean_text(await part.text(), "alt_text", min=0, max=MAX_ALT_TEXT)
            continue
        if made is not None:
            await desk.drop(tenant, owner, made.id)
            raise malformed()
        made = await desk.receive(tenant, owner, name=part.filename, chunks=part.chunks, video=video)
    if made is None:
        raise invalid(Violation(UPLOAD_FIELD, "REQUIRED", "no file"))
    return await desk.uploads.describe(made, alt_text) if alt_text else made
