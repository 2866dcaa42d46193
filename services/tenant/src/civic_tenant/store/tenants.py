"""Tenants of the state."""

from typing import Any

from civic_chassis.db import Reading, UnitOfWork, statement
from sqlalchemy import ColumnElement, Integer, bindparam, insert, literal_column, select, tuple_, update

from civic_tenant.domain.plain import PlainPart
from civic_tenant.domain.tenants import (
    Contact,
    Description,
    Design,
    Logo,
    Tenant,
    TenantKind,
    TenantState,
    TenantTexts,
    sort_key,
)
from civic_tenant.store.tables import tenant

# Where the page before ended: sort key and slug.
After = tuple[str, str]


async def get(work: Reading | UnitOfWork, slug: str) -> Tenant | None:
    row = await work.row(_GET, {"slug": slug})
    return _tenant_of(row) if row else None


async def get_for_update(work: UnitOfWork, slug: str) -> Tenant | None:
    """Locks the tenant until the end of the unit of work."""
    row = await work.row(_GET_FOR_UPDATE, {"slug": slug})
    return _tenant_of(row) if row else None


async def page(work: Reading, *, after: After, limit: int) -> list[Tenant]:
    """Live and suspended tenants without their texts."""
    name, slug = after
    rows = await work.rows(_PAGE, {"after_key": name, "after_slug": slug, "limit": limit})
    return [_tenant_of(row) for row in rows]


async def add(work: UnitOfWork, added: Tenant) -> None:
    await work.execute(_ADD, _values(added))


async def change(work: UnitOfWork, changed: Tenant) -> None:
    """Writes every value; the tenant is locked by `get_for_update`."""
    await work.execute(_CHANGE, {**_values(changed), "changed_slug": changed.slug})


_LISTED = [column for column in tenant.c if column.name not in ("sort_key", "texts", "plain")]
# Lists say of a text whether it is there: its first letter.
_PLAIN_LISTED: ColumnElement[Any] = literal_column(
    "(SELECT coalesce(jsonb_object_agg(key, value || jsonb_build_object('text', left(value ->> 'text', 1))), '{}')"
    " FROM jsonb_each(tenant.plain))"
)
_GET = statement(select(tenant).where(tenant.c.slug == bindparam("slug")))
_GET_FOR_UPDATE = statement(select(tenant).where(tenant.c.slug == bindparam("slug")).with_for_update())
_PAGE = statement(
    select(*_LISTED, literal_column("'{}'::jsonb").label("texts"), _PLAIN_LISTED.label("plain"))
    .where(
        tenant.c.state != TenantState.CLOSED.value,
        tuple_(tenant.c.sort_key, tenant.c.slug)
        > tuple_(
            bindparam("after_key", type_=tenant.c.sort_key.type), bindparam("after_slug", type_=tenant.c.slug.type)
        ),
    )
    .order_by(tenant.c.sort_key, tenant.c.slug)
    .limit(bindparam("limit", type_=Integer))
)
_ADD = statement(insert(tenant).values({column.name: bindparam(column.name, type_=column.type) for column in tenant.c}))
_CHANGE = statement(
    update(tenant)
    .where(tenant.c.slug == bindparam("changed_slug"))
    .values({column.name: bindparam(column.name, type_=column.type) for column in tenant.c if column.name != "slug"})
)


def _tenant_of(row: Any) -> Tenant:
    description = Description(
        slug=row["slug"],
        display_name=row["display_name"],
        kind=TenantKind(row["kind"]),
        state=TenantState(row["state"]),
        ags=row["ags"],
        design=Design(row["colour"], row["on_colour"], row["link_colour"], Logo(row["logo"], row["logo_media_type"])),
        texts={language: TenantTexts(**texts) for language, texts in row["texts"].items()},
        contact=Contact(**row["contact"]),
        plain={name: PlainPart(**part) for name, part in row["plain"].items()},
    )
    return Tenant(description, row["row_version"], row["create_time"], row["update_time"], row["own_plain"])


def _values(stored: Tenant) -> dict[str, Any]:
    description = stored.description
    design, contact = description.design, description.contact
    return {
        "slug": description.slug,
        "row_version": stored.row_version,
        "create_time": stored.create_time,
        "update_time": stored.update_time,
        "display_name": description.display_name,
        "sort_key": sort_key(description),
        "kind": description.kind.value,
        "state": description.state.value,
        "ags": description.ags,
        "colour": design.colour,
        "on_colour": design.on_colour,
        "link_colour": design.link_colour,
        "logo": design.logo.key,
        "logo_media_type": design.logo.media_type,
        "texts": {
            language: {
                "welcome": texts.welcome,
                "imprint": texts.imprint,
                "privacy": texts.privacy,
                "accessibility": texts.accessibility,
            }
            for language, texts in description.texts.items()
        },
        "contact": {
            "address": contact.address,
            "phone": contact.phone,
            "email": contact.email,
            "hours": contact.hours,
        },
        "plain": {name: {"text": part.text, "video": part.video} for name, part in description.plain.items()},
        "own_plain": stored.own_plain,
    }
