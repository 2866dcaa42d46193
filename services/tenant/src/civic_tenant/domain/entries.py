"""A file's entries, and how each becomes a description of a tenant."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from civic_chassis.kernel.call import is_tenant
from civic_chassis.kernel.text import Violations

from civic_tenant.domain import colours
from civic_tenant.domain.plain import TEXT_MAX, PlainPart, checked_plain
from civic_tenant.domain.tenants import (
    Contact,
    Description,
    Design,
    TenantKind,
    TenantState,
    TenantTexts,
)

NAME_MAX: Final = 120
ADDRESS_MAX: Final = 500
LINE_MAX: Final = 200
LOGO_MAX_BYTES: Final = 200 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<svg[\s>]", re.DOTALL)
# A logo is a picture: nothing in it runs, and nothing is fetched from elsewhere.
_ACTIVE = re.compile(
    rb"<script|<foreignobject|<!entity|javascript:|@import|\son\w+\s*=|url\(\s*[\"']?(?![\"'#])|href\s*=\s*[\"'](?!#)",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

# Official keys by kind: two digits name the state, five a county, eight a municipality.
_AGS = {
    TenantKind.STATE: re.compile(r"\d{2}"),
    TenantKind.COUNTY: re.compile(r"\d{5}"),
    TenantKind.MUNICIPALITY: re.compile(r"\d{8}"),
    TenantKind.AUTHORITY: re.compile(r"(\d{2}|\d{5}|\d{8})?"),
    TenantKind.TOPIC: re.compile(r"(\d{2}|\d{5}|\d{8})?"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One tenant of the file, unchecked; `logo` are the bytes of the file that it names."""

    slug: str
    display_name: str
    kind: str
    state: str
    ags: str
    colour: str
    texts: Mapping[str, TenantTexts]
    contact: Contact
    logo: bytes | None = None
    plain: Mapping[str, PlainPart] = field(default_factory=dict)


def described(entry: Entry, *, place: str, video_hosts: frozenset[str]) -> Description:
    """The entry without its logo. `place` names it in violations, videos are on `video_hosts` alone.

    Raises INVALID_ARGUMENT naming every wrong field.
    """
    found = Violations()
    if not is_tenant(entry.slug):
        found.add(f"{place}.slug", "MALFORMED", "must be 2 to 40 of a-z, 0-9 and inner hyphens")
    kind, state = _kind(entry.kind, place, found), _state(entry.state, place, found)
    if kind is not None and not _AGS[kind].fullmatch(entry.ags):
        found.add(f"{place}.ags", "MALFORMED", f"is no official key of a {kind}")
    name = found.line(entry.display_name, f"{place}.display_name", min=2, max=NAME_MAX)
    texts = _texts(entry.texts, place, found)
    contact = _contact(entry.contact, place, found)
    plain = checked_plain(entry.plain, video_hosts, found, f"{place}.plain")
    _check_logo(entry.logo, f"{place}.logo", found)
    design = _design(entry.colour, place, found)
    found.check()
    assert kind is not None and state is not None and design is not None  # noqa: S101 - checked above
    return Description(
        slug=entry.slug,
        display_name=name,
        kind=kind,
        state=state,
        ags=entry.ags,
        design=design,
        texts=texts,
        contact=contact,
        plain=plain,
    )


def media_type_of(logo: bytes) -> str:
    """By content, whatever the file is called; empty for anything but SVG and PNG."""
    if logo.startswith(_PNG):
        return "image/png"
    return "image/svg+xml" if _SVG.match(logo) else ""


def check_together(descriptions: Sequence[Description]) -> None:
    """Each slug stands once, there is one state at most, and every key lies in it. Raises INVALID_ARGUMENT."""
    found = Violations()
    slugs = [description.slug for description in descriptions]
    states = [description for description in descriptions if description.kind is TenantKind.STATE]
    for number, description in enumerate(descriptions):
        place = f"tenants[{number}]"
        if slugs.index(description.slug) != number:
            found.add(f"{place}.slug", "MALFORMED", "stands in the file twice")
        if description in states[1:]:
            found.add(f"{place}.kind", "MALFORMED", "is a second state")
        if states and not description.ags.startswith(states[0].ags[: len(description.ags)]):
            found.add(f"{place}.ags", "MALFORMED", "is no key of this state")
    found.check()


def _kind(text: str, place: str, found: Violations) -> TenantKind | None:
    try:
        return TenantKind(text)
    except ValueError:
        found.add(f"{place}.kind", "MALFORMED", "must be one of: " + ", ".join(TenantKind))
        return None


def _state(text: str, place: str, found: Violations) -> TenantState | None:
    try:
        return TenantState(text)
    except ValueError:
        found.add(f"{place}.state", "MALFORMED", "must be one of: " + ", ".join(TenantState))
        return None


def _texts(given: Mapping[str, TenantTexts], place: str, found: Violations) -> Mapping[str, TenantTexts]:
    texts = {}
    for language, text in sorted(given.items()):
        if not _LANGUAGE.fullmatch(language):
            found.add(f"{place}.texts", "MALFORMED", "a key is no language code")
            continue
        at = f"{place}.texts.{language}"
        texts[language] = TenantTexts(
            welcome=found.text(text.welcome, f"{at}.welcome", min=0, max=TEXT_MAX),
            imprint=found.text(text.imprint, f"{at}.imprint", min=0, max=TEXT_MAX),
            privacy=found.text(text.privacy, f"{at}.privacy", min=0, max=TEXT_MAX),
            accessibility=found.text(text.accessibility, f"{at}.accessibility", min=0, max=TEXT_MAX),
        )
    return texts


def _contact(given: Contact, place: str, found: Violations) -> Contact:
    at = f"{place}.contact"
    if given.email and not _EMAIL.fullmatch(given.email):
        found.add(f"{at}.email", "MALFORMED", "is no mail address")
    return Contact(
        address=found.text(given.address, f"{at}.address", min=0, max=ADDRESS_MAX),
        phone=found.line(given.phone, f"{at}.phone", min=0, max=LINE_MAX),
        email=found.line(given.email, f"{at}.email", min=0, max=LINE_MAX),
        hours=found.text(given.hours, f"{at}.hours", min=0, max=ADDRESS_MAX),
    )


def _check_logo(logo: bytes | None, field: str, found: Violations) -> None:
    if logo is None:
        return
    if len(logo) > LOGO_MAX_BYTES:
        found.add(field, "TOO_LONG", "is too large", max=str(LOGO_MAX_BYTES), actual=str(len(logo)))
    if not media_type_of(logo):
        found.add(field, "MALFORMED", "must be SVG or PNG")
    elif not logo.startswith(_PNG) and _ACTIVE.search(logo):
        found.add(field, "MALFORMED", "must neither run anything nor refer to anything outside")


def _design(colour: str, place: str, found: Violations) -> Design | None:
    if not colours.is_colour(colour):
        found.add(f"{place}.colour", "MALFORMED", "must be #rrggbb in lower case")
        return None
    return Design(colour, colours.text_colour_on(colour), colours.link_colour_of(colour))
