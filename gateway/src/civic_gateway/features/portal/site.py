"""Legal texts, definitions of numbers, colours of tenants, and what machines read about the site."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from civic_gateway.answers import keep
from civic_gateway.context import context_of
from civic_gateway.features.catalog.calls import Wanted
from civic_gateway.features.catalog.events import OFFERS
from civic_gateway.features.catalog.render import path_of
from civic_gateway.features.tenants.events import TENANTS, tenant_tag
from civic_gateway.web.contrast import readable
from civic_gateway.web.i18n import LANGUAGES

LEGAL: Final = {"impressum": "imprint", "datenschutz": "privacy", "barrierefreiheit": "accessibility"}
NUMBERS: Final = ("dialoge", "personen", "beitraege", "kommentare", "bewertungen", "verlauf", "tage", "eingang")
_SITEMAP_PAGES: Final = 100
_SITEMAP_OFFERS: Final = 5000


async def legal(request: Request) -> Response:
    """Imprint, privacy notice or accessibility statement of the state or of one tenant."""
    context = context_of(request)
    slug = request.path_params.get("tenant", context.settings.state)
    name = request.url.path.rpartition("/")[2]
    tenant = await context.tenants.get_with_texts(slug)
    keep(request, tenant_tag(slug))
    language = context.renderer.words(request).language
    kind = LEGAL[name]
    source = getattr(tenant.texts[language], kind) if language in tenant.texts else ""
    if not source:
        language = "de"
        source = getattr(tenant.texts["de"], kind) if "de" in tenant.texts else ""
    return await context.renderer.page(
        request, "legal.html", tenant=tenant, kind=kind, source=source, source_language=language
    )


async def numbers(request: Request) -> Response:
    """What every number on the pages counts."""
    keep(request, TENANTS)
    return await context_of(request).renderer.page(request, "numbers.html", numbers=NUMBERS)


async def colours(request: Request) -> Response:
    """The tenant's colours as a stylesheet: the pages' policy allows no styles inside of them."""
    context = context_of(request)
    tenant = await context.tenants.get(request.path_params["tenant"])
    design = tenant.design
    head = f":root{{--tenant-colour:{design.colour};--tenant-on-colour:{design.on_colour}}}\n"
    # On black the design system's own link colour reads better than any darkened one.
    light = f"{{--kern-color-action-default:{readable(design.link_colour)};--kern-color-action-on-default:#fff}}"
    css = (
        f"{head}html[data-kern-theme=light]{light}\n"
        f"@media (prefers-color-scheme:light){{html:not([data-kern-theme]){light}}}\n"
    )
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(css, headers=headers, media_type="text/css")


async def robots(request: Request) -> Response:
    """Everything that is public may be read; forms and personal pages need no visit."""
    public_url = context_of(request).settings.public_url.rstrip("/")
    lines = [
        "User-agent: *",
        "Disallow: /anmelden",
        "Disallow: /mein-bereich",
        "Disallow: /abbestellen",
        "Disallow: /abonn",
        "Disallow: /*/verwaltung",
        "Disallow: /*/einladung/",
        "Disallow: /*?*theme=",
        "Disallow: /*?*page_token=",
        f"Sitemap: {public_url}/sitemap.xml",
    ]
    return PlainTextResponse("\n".join(lines) + "\n", headers={"cache-control": "max-age=86400"})


async def sitemap(request: Request) -> Response:
    """Every public page in both languages."""
    context = context_of(request)
    public_url = context.settings.public_url.rstrip("/")
    entries: list[tuple[str, dt.datetime | None]] = [("/", None), ("/archiv", None), ("/zahlen", None)]
    entries += [(f"/{name}", None) for name in LEGAL]
    for tenant in await context.tenants.all():
        if tenant.slug != context.settings.state:
            base = f"/{tenant.slug}"
            entries += [(base, None), (f"{base}/dialoge", None), *((f"{base}/{name}", None) for name in LEGAL)]
    token = ""
    while len(entries) < _SITEMAP_OFFERS:
        answer = await context.catalog.list_offers(Wanted(), size=_SITEMAP_PAGES, token=token, newest=True)
        entries += [(path_of(each.offer), each.offer.update_time.ToDatetime(dt.UTC)) for each in answer.offers]
        token = answer.next_page_token
        if not token:
            break
    keep(request, OFFERS, TENANTS)
    return Response(_sitemap(public_url, entries), media_type="application/xml")


def _sitemap(public_url: str, entries: Sequence[tuple[str, dt.datetime | None]]) -> str:
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    ]
    for path, changed in entries:
        address = escape(public_url + path)
        dated = f"<lastmod>{changed:%Y-%m-%dT%H:%M:%SZ}</lastmod>" if changed else ""
        languages = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href="{address}?lang={code}"/>' for code in LANGUAGES
        )
        parts.append(f"<url><loc>{address}</loc>{dated}{languages}</url>\n")
    return "".join(parts) + "</urlset>\n"


async def favicon(request: Request) -> Response:
    """Browsers ask for it unasked."""
    return RedirectResponse(context_of(request).renderer.static.address("icon.svg"), 301)


routes: Final[Sequence[BaseRoute]] = (
    *(Route(f"/{name}", legal) for name in LEGAL),
    Route("/zahlen", numbers),
    Route("/gestaltung/{tenant}.css", colours),
    Route("/robots.txt", robots),
    Route("/sitemap.xml", sitemap),
    Route("/favicon.ico", favicon),
)

# Below a tenant, so after every address that begins with a word of the portal itself.
tenant_routes: Final[Sequence[BaseRoute]] = tuple(Route(f"/{{tenant}}/{name}", legal) for name in LEGAL)
