"""What staff does with the mail texts of their tenant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from civic_chassis.db import Database
from civic_chassis.kernel import etag
from civic_chassis.kernel.call import Call
from civic_participation.tenants import ensure_open

from civic_notification.domain import templates
from civic_notification.domain.kinds import KINDS
from civic_notification.domain.recipients import LANGUAGES
from civic_notification.domain.templates import Template, portal_template
from civic_notification.store import templates as store


@dataclass(frozen=True, slots=True)
class Shown:
    """A mail as a reader sees it: its subject line, its text part and its HTML part."""

    subject_line: str
    text: str
    html: str


# The mail of a text with example values, for the tenant of that name.
Preview = Callable[[Template, str], Shown]


class Templates:
    """The verbs; `preview` writes a mail with example values."""

    def __init__(self, database: Database, preview: Preview) -> None:
        self._database = database
        self._preview = preview

    async def list(self, call: Call) -> Sequence[Template]:
        """Every kind in every language, as it is sent."""
        call.require_tenant()
        async with self._database.read(call) as work:
            own = await store.current(work)
        return [
            own.get((kind, language)) or portal_template(kind, language) for kind in KINDS for language in LANGUAGES
        ]

    async def get(self, call: Call, kind: str, language: str) -> Template:
        """Raises TEMPLATE_NOT_FOUND."""
        call.require_tenant()
        templates.require_known(kind, language)
        async with self._database.read(call) as work:
            return await store.get(work, kind, language)

    async def update(
        self, call: Call, kind: str, language: str, expected: str, *, subject_line: str, text: str
    ) -> Template:
        """Raises TEMPLATE_NOT_FOUND, INVALID_ARGUMENT, ETAG_REQUIRED or ETAG_MISMATCH."""
        subject_line, text = templates.checked(kind, language, subject_line=subject_line, text=text)
        return await self._write(call, kind, language, expected, words=(subject_line, text))

    async def reset(self, call: Call, kind: str, language: str, expected: str) -> Template:
        """Raises TEMPLATE_NOT_FOUND, ETAG_REQUIRED or ETAG_MISMATCH."""
        templates.require_known(kind, language)
        return await self._write(call, kind, language, expected, words=None)

    async def preview(self, call: Call, kind: str, language: str, *, subject_line: str, text: str) -> Shown:
        """Raises TEMPLATE_NOT_FOUND or INVALID_ARGUMENT."""
        subject_line, text = templates.checked(kind, language, subject_line=subject_line, text=text)
        shown = replace(portal_template(kind, language), subject_line=subject_line, text=text)
        return self._preview(shown, call.require_tenant())

    async def _write(
        self, call: Call, kind: str, language: str, expected: str, *, words: tuple[str, str] | None
    ) -> Template:
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            await store.lock(work, kind, language)
            before = await store.get(work, kind, language)
            etag.check(expected, before.stand, required=True)
            portal = portal_template(kind, language)
            wanted = words or (portal.subject_line, portal.text)
            if (before.subject_line, before.text) == wanted and (words or not before.version):
                return before
            stand = before.stand + 1
            after = replace(portal, subject_line=wanted[0], text=wanted[1], stand=stand)
            if words is not None:
                after = replace(after, version=stand, update_time=call.received_at)
            await store.add(work, after, portal=words is None)
            work.audit(f"template.{'reset' if words is None else 'update'}", "template", f"{kind}/{language}", {})
        return after
