"""Reading tenants, what staff changes of them, and loading them from the state's file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from civic_chassis.db import Database
from civic_chassis.files import Files
from civic_chassis.kernel import etag
from civic_chassis.kernel.call import ANONYMOUS, Call, is_tenant
from civic_chassis.kernel.event import Event
from civic_chassis.kernel.page import PageRequest, encode_token
from civic_chassis.kernel.text import Violations

from civic_tenant.domain import tenants
from civic_tenant.domain.entries import Entry, check_together, described, media_type_of
from civic_tenant.domain.events import TenantChanged
from civic_tenant.domain.plain import PlainPart, checked_plain
from civic_tenant.domain.tenants import Description, Logo, Tenant
from civic_tenant.store import tenants as store

Encode = Callable[[TenantChanged], Event]

_SCOPE = "tenants"
_FIRST = ("", "")


@dataclass(frozen=True, slots=True)
class Page:
    """Tenants and the token of the page after them, empty on the last one."""

    tenants: Sequence[Tenant]
    next_page_token: str


@dataclass(slots=True)
class Loaded:
    """What a load did, by slug."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


class Tenants:
    """The verbs of readers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, call: Call, slug: str) -> Tenant:
        """In any state. Raises TENANT_NOT_FOUND."""
        if not is_tenant(slug):
            raise tenants.not_found()
        async with self._database.read(call) as work:
            found = await store.get(work, slug)
        if found is None:
            raise tenants.not_found()
        return found

    async def list(self, call: Call, *, page_size: int, page_token: str) -> Page:
        """Live and suspended ones without texts: the state's portal first, then by name."""
        request = PageRequest.parse(page_size, page_token, scope=_SCOPE, shape=(str, str))
        after = _FIRST
        if request.position is not None:
            key, slug = request.position
            after = (str(key), str(slug))
        async with self._database.read(call) as work:
            found = await store.page(work, after=after, limit=request.size + 1)
        if len(found) <= request.size:
            return Page(found, "")
        last = found[request.size - 1]
        token = encode_token(_SCOPE, (tenants.sort_key(last.description), last.slug))
        return Page(found[: request.size], token)


class TenantPages:
    """The verb of a tenant's staff; videos are on `video_hosts` alone."""

    def __init__(self, database: Database, encode: Encode, video_hosts: frozenset[str]) -> None:
        self._database = database
        self._encode = encode
        self._video_hosts = video_hosts

    async def update_plain(self, call: Call, given: Mapping[str, PlainPart], expected: str) -> Tenant:
        """Replaces what the tenant of the call tells in Leichte Sprache and German Sign Language.

        Raises INVALID_ARGUMENT, ETAG_REQUIRED, ETAG_MISMATCH, TENANT_NOT_FOUND, TENANT_SUSPENDED or TENANT_CLOSED.
        """
        found = Violations()
        plain = checked_plain(given, self._video_hosts, found, "plain")
        found.check()
        async with self._database.unit_of_work(call) as work:
            known = await store.get_for_update(work, call.require_tenant())
            if known is None:
                raise tenants.not_found()
            etag.check(expected, known.row_version, required=True)
            changed = tenants.rewritten(known, plain, call.received_at)
            if changed is None:
                return known
            work.audit("tenant.update_plain", "tenant", changed.slug, {"version": changed.row_version})
            work.stage(self._encode(TenantChanged(changed)))
            await store.change(work, changed)
        return changed


class TenantLoader:
    """The verb of the operator's command; videos are on `video_hosts` alone."""

    def __init__(self, database: Database, files: Files, encode: Encode, video_hosts: frozenset[str]) -> None:
        self._database = database
        self._files = files
        self._encode = encode
        self._video_hosts = video_hosts

    async def load(self, entries: Sequence[Entry], *, announce: bool = False) -> Loaded:
        """Brings the tenants to what the entries say; what is not named stays as it is.

        Nothing is written unless every entry is right. With `announce` the events of unchanged tenants are told again,
        for streams that were lost. Raises INVALID_ARGUMENT or TENANT_CLOSED.
        """
        found = [
            described(entry, place=f"tenants[{number}]", video_hosts=self._video_hosts)
            for number, entry in enumerate(entries)
        ]
        check_together(found)
        done = Loaded()
        for entry, description in zip(entries, found, strict=True):
            await self._load_one(await self._with_logo(description, entry.logo), done, announce=announce)
        return done

    async def _with_logo(self, description: Description, logo: bytes | None) -> Description:
        if logo is None:
            return description
        stored = await self._files.put(logo)
        return tenants.with_logo(description, Logo(stored.key, media_type_of(logo)))

    async def _load_one(self, description: Description, done: Loaded, *, announce: bool) -> None:
        call = Call(ANONYMOUS, description.slug, self._database.clock.now(), "load", None)
        async with self._database.unit_of_work(call) as work:
            known = await store.get_for_update(work, description.slug)
            tenant = tenants.loaded(known, description, call.received_at)
            if tenant is None:
                if announce and known is not None:
                    work.stage(self._encode(TenantChanged(known)))
                done.unchanged.append(description.slug)
                return
            work.audit("tenant.load", "tenant", tenant.slug, {"version": tenant.row_version})
            work.stage(self._encode(TenantChanged(tenant)))
            await (store.add if known is None else store.change)(work, tenant)
        (done.added if known is None else done.changed).append(description.slug)
