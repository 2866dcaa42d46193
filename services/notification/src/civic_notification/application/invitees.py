"""Addresses that staff invites, and the mails that invite them."""

from collections.abc import Sequence

from civic_chassis.db import Database
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.ids import new_id
from civic_participation.tenants import ensure_open

from civic_notification.domain import followings, invitees
from civic_notification.domain.invitees import LISTED_MAX, InvitationMail, Invitee
from civic_notification.store import guests
from civic_notification.store import invitees as store


class Invitees:
    """The verbs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, call: Call, kind: str, object_id: str, addresses: Sequence[str]) -> Sequence[Invitee]:
        """Raises INVALID_ARGUMENT naming every line that is no address."""
        followed = followings.checked_object(kind, object_id)
        wanted = invitees.checked_addresses(addresses)
        found = []
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            for address in wanted:
                subject = await guests.keep(work, recipient_id=new_id(), address=address, language="")
                found.append(await store.put(work, followed, subject, invitee_id=new_id()))
        return found

    async def list(self, call: Call, kind: str, object_id: str) -> Sequence[Invitee]:
        """By address. Raises INVALID_ARGUMENT."""
        followed = followings.checked_object(kind, object_id)
        async with self._database.read(call) as work:
            return await store.of_object(work, followed, limit=LISTED_MAX)

    async def send(self, call: Call, kind: str, object_id: str, title: str, mails: Sequence[InvitationMail]) -> None:
        """Raises INVALID_ARGUMENT."""
        followed = followings.checked_object(kind, object_id)
        title = invitees.checked_mails(title, mails)
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            for mail in mails:
                await store.write(
                    work, followed, invitee_id=mail.invitee_id, notice_id=new_id(), path=mail.path, title=title
                )
