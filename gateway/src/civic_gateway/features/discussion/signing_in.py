"""Pages that ask to sign in, say what for, and lead back."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.context import context_of
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.tenants.directory import Tenant


async def sign_in_page(
    request: Request, *, purpose: str, back: str, tenant: Tenant | None = None, **values: Any
) -> Response:
    """Asks to sign in, says what for, and leads back here."""
    context = context_of(request)
    text = context.renderer.words(request).text(f"pages.sign_in.{purpose}", **values)
    return await context.renderer.page(request, "sign_in.html", tenant=tenant, status=401, purpose=text, back=back)


async def sign_in_first(request: Request, topic: Topic, tenant: Tenant, purpose: str, back: str) -> Response:
    return await sign_in_page(request, purpose=purpose, back=back, tenant=tenant, title=topic.texts.title)
