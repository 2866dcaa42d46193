"""Where uploads arrive: who sends them, how many, and what of it is refused."""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from civic_chassis.auth.tokens import TokenVerifier
from civic_chassis.inspection import MAX_FILE_BYTES, Refusal, Refused
from civic_chassis.kernel.errors import DomainError, Kind, Violation
from civic_chassis.upload import Upload, refused_size
from civic_chassis.uploads import Uploads
from starlette.requests import Request

from civic_gateway.limits import Buckets, rate_limited
from civic_gateway.problems import gateway_error
from civic_gateway.session import current_session

UPLOAD_FIELD: Final = "file"
# Beside the file itself: boundaries, heads, other fields of the form.
OVERHEAD_BYTES: Final = 256 * 1024
# Five files and more, so that one that is too large is named, and the rest of the form stays.
FORM_BYTES: Final = 6 * MAX_FILE_BYTES
_EDITORS: Final = ("admin", "editor")


@dataclass(frozen=True, slots=True)
class UploadDesk:
    """Takes files of signed-in people into the object store; no database knows of them until a tool claims them."""

    uploads: Uploads
    verifier: TokenVerifier
    per_day: Buckets

    async def sender(self, request: Request, token: str | None) -> str:
        """The subject that sends. Raises SIGN_IN_REQUIRED, TOKEN_INVALID.

        This is the one place where the gateway itself decides for whom it acts, so it verifies a bearer token.
        """
        session = current_session(request)
        if session is not None:
            return session.subject
        if token is None:
            raise DomainError(Kind.UNAUTHENTICATED, "SIGN_IN_REQUIRED", "nobody is signed in")
        return (await self.verifier.verify(token)).subject or ""

    async def require_editor(self, request: Request, token: str | None, tenant: str) -> None:
        """Raises ROLE_REQUIRED for who does not write what the tenant publishes: nobody else sends videos."""
        session = current_session(request)
        if session is not None:
            allowed = session.has_role(tenant, *_EDITORS)
        else:
            allowed = token is not None and (await self.verifier.verify(token)).has_role(tenant, *_EDITORS)
        if not allowed:
            raise DomainError(Kind.FORBIDDEN, "ROLE_REQUIRED", "no such role in this tenant")

    async def begin(self, tenant: str, owner: str, *, name: str, length: int, video: bool = False) -> Upload:
        """Begins a resumable upload. Raises RATE_LIMITED and why the file is refused."""
        self._count(owner)
        try:
            return await self.uploads.create(tenant, owner, name=name, length=length, video=video)
        except Refused as error:
            raise refusal_error(error) from None

    async def receive(
        self, tenant: str, owner: str, *, name: str, chunks: AsyncIterable[bytes], video: bool = False
    ) -> Upload:
        """Takes a file in one go. Raises RATE_LIMITED and why the file is refused."""
        self._count(owner)
        try:
            return await self.uploads.receive(tenant, owner, name=name, chunks=chunks, video=video)
        except Refused as error:
            raise refusal_error(error) from None

    async def append(self, upload: Upload, offset: int, chunks: AsyncIterable[bytes]) -> int:
        """Adds to a resumable upload, and looks at the file where that was its end."""
        try:
            reached = await self.uploads.append(upload, offset, chunks)
            if reached == upload.length and upload.offset < upload.length:
                await self.uploads.finish(upload)
        except Refused as error:
            raise refusal_error(error) from None
        return reached

    async def drop(self, tenant: str, owner: str, upload_id: UUID) -> None:
        """Forgets an upload of this person; one that is gone, or that a tool holds, stays as it is."""
        try:
            found = await self.uploads.find(tenant, upload_id, owner=owner)
        except DomainError as error:
            if error.kind in (Kind.NOT_FOUND, Kind.GONE):
                return
            raise
        if await self.uploads.claimed_by(tenant, found.id) is None:
            await self.uploads.drop(tenant, found.id)

    def _count(self, owner: str) -> None:
        wait = self.per_day.take(owner)
        if wait:
            raise rate_limited(wait)


def refusal_error(error: Refused, *, field: str = UPLOAD_FIELD) -> DomainError:
    """The refusal of a file as an answer: its reason stands for the whole and for the field."""
    violation = Violation(field, error.refusal.value, "the file is refused", error.metadata)
    return DomainError(
        Kind.INVALID,
        error.refusal.value,
        "the file is refused",
        domain="gateway.civic",
        metadata=error.metadata,
        violations=(violation,),
    )


def too_large() -> DomainError:
    """The refusal of a file by its announced size."""
    return refusal_error(refused_size())


def form_too_large() -> DomainError:
    """The refusal of a form with more than all its files may have."""
    return gateway_error(Kind.INVALID, "BODY_TOO_LARGE", "the form is too large", max=str(FORM_BYTES))


def refusal_of(upload: Upload) -> DomainError | None:
    """Why an upload that is complete was refused; None where it was not."""
    if upload.refusal is None:
        return None
    return refusal_error(Refused(Refusal(upload.refusal), dict(upload.refusal_metadata)))
