"""Tenants: their values, and what a new description changes."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from civic_chassis.kernel.errors import DomainError, Kind

from civic_tenant.domain.plain import PlainPart


class TenantKind(StrEnum):
    """What kind of body a tenant is."""

    STATE = "state"
    MUNICIPALITY = "municipality"
    COUNTY = "county"
    AUTHORITY = "authority"
    TOPIC = "topic"


class TenantState(StrEnum):
    """Whether a tenant takes part."""

    LIVE = "live"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo in the object store; both empty where there is none."""

    key: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Design:
    """How a tenant looks; the two other colours are computed from the first."""

    colour: str
    on_colour: str
    link_colour: str
    logo: Logo = Logo()


@dataclass(frozen=True, slots=True)
class TenantTexts:
    """Texts in one language, Markdown."""

    welcome: str = ""
    imprint: str = ""
    privacy: str = ""
    accessibility: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a citizen can turn to."""

    address: str = ""
    phone: str = ""
    email: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the state's file says about a tenant, checked."""

    slug: str
    display_name: str
    kind: TenantKind
    state: TenantState
    ags: str
    design: Design
    texts: Mapping[str, TenantTexts]
    contact: Contact
    # By the names of PLAIN_PARTS; what is missing is left out.
    plain: Mapping[str, PlainPart] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant as it is stored."""

    description: Description
    row_version: int
    create_time: datetime
    update_time: datetime
    # Its staff wrote `plain`; from then on the state's file says nothing of it.
    own_plain: bool = False

    @property
    def slug(self) -> str:
        return self.description.slug


def loaded(known: Tenant | None, description: Description, at: datetime) -> Tenant | None:
    """The tenant with a new version; None where the file says nothing new. A closed tenant stays closed.

    Raises TENANT_CLOSED.
    """
    if known is None:
        return Tenant(description, 1, at, at)
    if known.own_plain:
        description = replace(description, plain=known.description.plain)
    if known.description == description:
        return None
    if known.description.state is TenantState.CLOSED and description.state is not TenantState.CLOSED:
        raise DomainError(Kind.PRECONDITION, "TENANT_CLOSED", f"{known.slug} is closed for good")
    return replace(known, description=description, row_version=known.row_version + 1, update_time=at)


def rewritten(known: Tenant, plain: Mapping[str, PlainPart], at: datetime) -> Tenant | None:
    """The tenant with what its staff tells in `plain`; None where it is told already. Raises TENANT_SUSPENDED or
    TENANT_CLOSED."""
    if known.description.state is TenantState.SUSPENDED:
        raise DomainError(Kind.PRECONDITION, "TENANT_SUSPENDED", "the tenant is suspended")
    if known.description.state is TenantState.CLOSED:
        raise DomainError(Kind.GONE, "TENANT_CLOSED", "the tenant is closed for good")
    if known.description.plain == plain:
        return None
    description = replace(known.description, plain=plain)
    return replace(known, description=description, row_version=known.row_version + 1, update_time=at, own_plain=True)


def sort_key(description: Description) -> str:
    """Where the tenant stands in lists: the state's portal first, then by name as German dictionaries sort."""
    name = unicodedata.normalize("NFKD", description.display_name.casefold())
    letters = "".join(character for character in name if not unicodedata.combining(character))
    return ("0" if description.kind is TenantKind.STATE else "1") + letters


def not_found() -> DomainError:
    return DomainError(Kind.NOT_FOUND, "TENANT_NOT_FOUND", "no tenant has this name")


def with_logo(description: Description, logo: Logo) -> Description:
    return replace(description, design=replace(description.design, logo=logo))
