"""What was typed into a form before signing in: kept for an hour, encrypted, for this browser alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson
from civic_chassis.kernel.errors import Kind
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.oidc.bucket import Bucket, BucketAway
from civic_gateway.oidc.cookies import DRAFT_COOKIE, Cookies, cookie_of
from civic_gateway.oidc.seal import Seal, is_crumb, new_crumb
from civic_gateway.problems import gateway_error

DRAFT_SECONDS: Final = 60 * 60
# A NATS message holds 1 MiB with its headers; a text of this size, packed, is far beyond every field's limit.
_LARGEST: Final = 900_000


class Drafts:
    """A draft lies under the browser's draft cookie and the address of its form."""

    def __init__(self, bucket: Bucket, cookies: Cookies, *, secret: bytes) -> None:
        self._bucket = bucket
        self._cookies = cookies
        self._secret = secret

    async def keep(self, request: Request, response: Response, *, form: str, fields: Mapping[str, str]) -> None:
        """See `session.keep_draft`."""
        crumb = cookie_of(request, DRAFT_COOKIE)
        crumb = crumb if is_crumb(crumb) else new_crumb()
        seal = self._seal(crumb, form)
        closed = seal.close(orjson.dumps(dict(fields)))
        if len(closed) > _LARGEST:
            raise gateway_error(Kind.INVALID, "BODY_TOO_LARGE", "more than can be kept", max=str(_LARGEST))
        try:
            await self._bucket.put(seal.name, closed)
        except BucketAway as error:
            raise gateway_error(Kind.UNAVAILABLE, "UNAVAILABLE", "drafts cannot be kept now") from error
        self._cookies.put(response, DRAFT_COOKIE, crumb, seconds=DRAFT_SECONDS)

    async def find(self, request: Request, *, form: str) -> Mapping[str, str] | None:
        """See `session.take_draft`. Nothing is found while NATS is away: an empty form still helps."""
        crumb = cookie_of(request, DRAFT_COOKIE)
        if not is_crumb(crumb):
            return None
        seal = self._seal(crumb, form)
        try:
            entry = await self._bucket.read(seal.name)
        except BucketAway:
            return None
        opened = seal.open(entry.value) if entry is not None else None
        if opened is None:
            return None
        fields: dict[str, str] = orjson.loads(opened)
        return fields

    async def drop(self, request: Request, *, form: str) -> None:
        """See `session.drop_draft`. What cannot be removed now ends by itself."""
        crumb = cookie_of(request, DRAFT_COOKIE)
        if not is_crumb(crumb):
            return
        seal = self._seal(crumb, form)
        try:
            if await self._bucket.read(seal.name) is not None:
                await self._bucket.remove(seal.name)
        except BucketAway:
            return

    def _seal(self, crumb: str, form: str) -> Seal:
        return Seal(crumb, f"draft {form}", self._secret)
