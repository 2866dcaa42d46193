"""Pages from templates: language, theme, whose page it is, who reads it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import jinja2
from civic_chassis.kernel.errors import DomainError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from civic_gateway.features.tenants.directory import Tenant, TenantDirectory
from civic_gateway.features.tenants.plain import offered
from civic_gateway.features.tenants.render import logo_address
from civic_gateway.oidc.addresses import SIGN_OUT_PATH
from civic_gateway.problems import Problem, language_of
from civic_gateway.session import (
    CSRF_FIELD,
    IDENTITY,
    Session,
    Standing,
    csrf_token,
    current_session,
    sign_in_available,
    sign_in_url,
    standing,
)
from civic_gateway.settings import Settings
from civic_gateway.web.addresses import with_query
from civic_gateway.web.forms import KEY_FIELD, key_of, typed_in, typed_of, visible
from civic_gateway.web.i18n import LANGUAGES, Catalogue, Words
from civic_gateway.web.markdown import citizen_to_html, plain_to_html, to_html
from civic_gateway.web.static_files import StaticFiles

_ROOT: Final = Path(__file__).parents[1]
_VARY: Final = "Accept-Language, Accept-Encoding, Cookie"
_SWITCHES: Final = ("lang", "theme")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose page it is, as head, foot and side of a page show it."""

    slug: str
    name: str
    home: str
    stylesheet: str
    logo: str | None
    is_state: bool
    tenant: Tenant | None


@dataclass(frozen=True, slots=True)
class PageAddress:
    """The address of the present page, and the same page in another language or theme."""

    public_url: str
    path: str
    query: tuple[tuple[str, str], ...]

    def switched(self, **values: str) -> str:
        """The same page with another language or theme."""
        kept = [(name, value) for name, value in self.query if name not in _SWITCHES]
        return f"{self.path}?{urlencode(kept + list(values.items()))}"

    @property
    def here(self) -> str:
        """Path and query, without language and theme."""
        kept = [(name, value) for name, value in self.query if name not in _SWITCHES]
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    @property
    def canonical(self) -> str:
        """The full address without a query."""
        return self.public_url + self.path


class Renderer:
    """Renders templates; one per gateway."""

    def __init__(
        self, *, settings: Settings, catalogue: Catalogue, tenants: TenantDirectory, static: StaticFiles
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._tenants = tenants
        self.static = static
        # How many cases of moderation wait in a tenant; set by whoever knows.
        self.count_waiting: Callable[[Request, str], Awaitable[int]] | None = None
        self._environment = _environment(static)

    def words(self, request: Request) -> Words:
        """The words of the request's language."""
        return self._catalogue.words(language_of(request))

    async def page(
        self,
        request: Request,
        template: str,
        *,
        tenant: Tenant | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """The page as an answer; `tenant` None for a page of the state."""
        html = await self.html(request, template, tenant=tenant, **values)
        shared = "civic.cache" in request.scope
        return HTMLResponse(
            html,
            status,
            {
                "content-language": language_of(request),
                "vary": _VARY,
                "cache-control": "no-cache" if shared and status == 200 else "private, no-cache",
                **(headers or {}),
            },
        )

    async def html(self, request: Request, template: str, *, tenant: Tenant | None = None, **values: Any) -> str:
        """The page as text."""
        words = self.words(request)
        state = await self._state()
        portal = words.text("pages.portal.name", state=_short_name(state, self._settings.state))
        viewer, owner = _viewer(request), _owner(tenant, state, portal, self._settings.state)
        waiting = 0
        if self.count_waiting is not None and viewer.moderates(owner.slug):
            waiting = await self.count_waiting(request, owner.slug)
        page = {
            "words": words,
            "t": words.text,
            "language": words.language,
            "languages": LANGUAGES,
            "theme": request.scope.get("civic.theme", ""),
            "portal_name": portal,
            "demonstration": self._settings.demonstration,
            "tenant": tenant,
            "owner": owner,
            "viewer": viewer,
            "waiting_cases": waiting,
            "plain_forms": offered(owner.tenant),
            "address": _address(request, self._settings.public_url),
            "trace_id": request.scope.get("civic.trace_id", ""),
        }
        return self._environment.get_template(template).render({**page, **values})

    async def error_page(self, request: Request, problem: Problem) -> Response:
        """A page that says what happened, what was kept and what to do."""
        # After an unexpected error the body may be gone; what a handler has read of it is not.
        sent = await typed_in(request) if problem.status != HTTPStatus.INTERNAL_SERVER_ERROR else typed_of(request)
        typed = visible(sent)
        tenant = await self._tenant_in(request.url.path)
        return await self.page(
            request,
            "error.html",
            tenant=tenant,
            status=problem.status,
            headers={"cache-control": "no-store"},
            problem=problem,
            typed={name: value for name, value in typed.items() if value.strip()},
            typed_key=key_of(sent),
        )

    async def _state(self) -> Tenant | None:
        try:
            return await self._tenants.get(self._settings.state)
        except DomainError:
            # A page without the state's name and colours is better than none.
            return None

    async def _tenant_in(self, path: str) -> Tenant | None:
        slug = path.strip("/").partition("/")[0]
        if not slug or slug == self._settings.state:
            return None
        try:
            return next((tenant for tenant in await self._tenants.all() if tenant.slug == slug), None)
        except DomainError:
            return None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who reads the page, as templates ask for it."""

    session: Session | None
    csrf: str
    ended: bool
    can_sign_in: bool

    @property
    def signed_in(self) -> bool:
        """Whether it is a person."""
        return self.session is not None

    @property
    def name(self) -> str:
        """The public name; empty for nobody."""
        return self.session.name if self.session is not None else ""

    def is_staff(self, tenant: str) -> bool:
        """Whether the person has any role in the tenant."""
        return self.session is not None and self.session.has_role(tenant)

    def moderates(self, tenant: str) -> bool:
        """Whether the person may decide about texts of the tenant's offers."""
        return self.session is not None and self.session.has_role(tenant, "admin", "moderator")

    def edits(self, tenant: str) -> bool:
        """Whether the person may write what the tenant publishes."""
        return self.session is not None and self.session.has_role(tenant, "admin", "editor")

    def administers(self, tenant: str) -> bool:
        """Whether the person may change how the tenant presents itself."""
        return self.session is not None and self.session.has_role(tenant, "admin")


def _viewer(request: Request) -> Viewer:
    return Viewer(
        session=current_session(request),
        csrf=csrf_token(request),
        ended=standing(request) is Standing.ENDED,
        can_sign_in=IDENTITY not in request.scope or sign_in_available(request),
    )


def _environment(static: StaticFiles) -> jinja2.Environment:
    folders = [_ROOT / "web" / "templates", *sorted(_ROOT.glob("features/*/templates"))]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )
    environment.globals.update(
        static=static.address,
        with_query=with_query,
        sign_in_url=sign_in_url,
        sign_out_path=SIGN_OUT_PATH,
        csrf_field=CSRF_FIELD,
        key_field=KEY_FIELD,
    )
    environment.filters.update(markdown=to_html, plain=plain_to_html, citizen=citizen_to_html, breakable=_breakable)
    return environment


def _breakable(name: str) -> str:
    """Lets the longest word of the name break where a reader would break it, also without a dictionary."""
    return name.replace("Beteiligungsportal", "Beteiligungs\u00adportal")


def _address(request: Request, public_url: str) -> PageAddress:
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return PageAddress(public_url.rstrip("/"), request.url.path, tuple(query))


def _owner(tenant: Tenant | None, state: Tenant | None, portal: str, state_slug: str) -> Owner:
    if tenant is not None and tenant.slug != state_slug:
        return Owner(
            slug=tenant.slug,
            name=tenant.display_name,
            home=f"/{tenant.slug}",
            stylesheet=stylesheet_of(tenant),
            logo=logo_address(tenant),
            is_state=False,
            tenant=tenant,
        )
    return Owner(
        slug=state_slug,
        name=portal,
        home="/",
        stylesheet=stylesheet_of(state) if state is not None else "",
        logo=logo_address(state) if state is not None else None,
        is_state=True,
        tenant=state,
    )


def stylesheet_of(tenant: Tenant) -> str:
    """The address of the tenant's colours; changes with the tenant, so that browsers keep it for ever."""
    return f"/gestaltung/{tenant.slug}.css?v={tenant.etag}"


def _short_name(state: Tenant | None, slug: str) -> str:
    return state.display_name.removeprefix("Land ") if state is not None else slug.capitalize()
