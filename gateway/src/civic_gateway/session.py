"""Who is signed in on a request, the way to sign in, and what was typed before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from civic_gateway.oidc.addresses import RETURN_FIELD, SIGN_IN_PATH, safe_return_path
from civic_gateway.oidc.drafts import Drafts

CSRF_FIELD: Final = "csrf_token"
CSRF_HEADER: Final = "x-csrf-token"
SESSION: Final = "civic.session"
STANDING: Final = "civic.standing"
IDENTITY: Final = "civic.identity"


class Standing(StrEnum):
    """How the session of a request's cookie stands."""

    NONE = "none"
    SIGNED_IN = "signed_in"
    # There was a session; it ended by time, by signing out elsewhere, or by an administrator.
    ENDED = "ended"
    # The session may go on when the sign-in service is back; until then nobody can act under it.
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """A signed-in person. `name` is the public name; `csrf` belongs into every form and into X-CSRF-Token."""

    subject: str
    name: str
    access_token: str
    csrf: str
    tenant_roles: Mapping[str, frozenset[str]]
    realm_roles: frozenset[str]

    @property
    def staff_tenants(self) -> tuple[str, ...]:
        """Tenants for which the person has any staff role, in alphabetical order."""
        return tuple(sorted(self.tenant_roles))

    def has_role(self, tenant: str, *roles: str) -> bool:
        """Whether the person has any of the roles in this tenant; any staff role at all where none is named.

        Decides what a page offers; what is allowed the services decide.
        """
        held = self.tenant_roles.get(tenant, frozenset())
        return bool(held) if not roles else not held.isdisjoint(roles)


class SignIn(Protocol):
    """What a page asks of the gateway's identity."""

    @property
    def available(self) -> bool: ...

    @property
    def drafts(self) -> Drafts: ...


def current_session(request: Request) -> Session | None:
    """The person that the browser's cookie stands for; None for nobody, and for calls with a bearer token."""
    session: Session | None = request.scope.get(SESSION)
    return session


def standing(request: Request) -> Standing:
    """Whether somebody is signed in, was, or is waiting for the sign-in service."""
    found: Standing = request.scope.get(STANDING, Standing.NONE)
    return found


def csrf_token(request: Request) -> str:
    """What a form of this page carries in CSRF_FIELD; empty where nobody is signed in."""
    session = current_session(request)
    return session.csrf if session is not None else ""


def sign_in_available(request: Request) -> bool:
    """Whether signing in works, as seen a few seconds ago. Kept pages are dropped when it changes."""
    return _identity(request).available


def sign_in_url(return_to: str) -> str:
    """The address that signs in and leads back to `return_to`, a path of the portal with its query."""
    return f"{SIGN_IN_PATH}?{RETURN_FIELD}={quote(safe_return_path(return_to), safe='/')}"


async def sign_in_redirect(request: Request, *, form: str, fields: Mapping[str, str]) -> Response:
    """Keeps what was typed, and leads through the sign-in back to the page `form`, which shows it again.

    For a form that was sent without a session, or with one that ended meanwhile.
    """
    response = RedirectResponse(sign_in_url(form), 303, {"cache-control": "no-store"})
    await keep_draft(request, response, form=form, fields=fields)
    return response


async def keep_draft(request: Request, response: Response, *, form: str, fields: Mapping[str, str]) -> None:
    """Keeps the fields of a form for an hour; only this browser can read them. `form` is the path of its page.

    Raises UNAVAILABLE while nothing can be kept, and BODY_TOO_LARGE for more than that: show the form again then.
    """
    await _identity(request).drafts.keep(request, response, form=form, fields=fields)


async def take_draft(request: Request, *, form: str) -> Mapping[str, str] | None:
    """What was typed into the form of this page before signing in; stays until `drop_draft` or its hour is over."""
    return await _identity(request).drafts.find(request, form=form)


async def drop_draft(request: Request, *, form: str) -> None:
    """Forgets it, when what was typed has been sent."""
    await _identity(request).drafts.drop(request, form=form)


def _identity(request: Request) -> SignIn:
    identity: SignIn = request.scope[IDENTITY]
    return identity
