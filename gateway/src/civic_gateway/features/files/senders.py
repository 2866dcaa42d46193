"""Who sends a file, and to which tenant."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from starlette.requests import Request

from civic_gateway.bearer import TOKEN
from civic_gateway.context import asker_of, context_of

# The purpose of an upload that may be larger.
VIDEO: Final = "video"
FileId = Annotated[str, Path(description="Id of the file", json_schema_extra={"format": "uuid"})]


async def sender_of(request: Request, tenant: str) -> str:
    """The subject that sends to a tenant that exists; raises SIGN_IN_REQUIRED, TENANT_NOT_FOUND, TENANT_CLOSED."""
    sender = await context_of(request).desk.sender(request, request.scope.get(TOKEN))
    await asker_of(request, tenant)
    return sender
