"""A person as a recipient of mail."""

from civic_chassis.db import Database
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.ids import new_id

from civic_notification.domain import errors
from civic_notification.domain.recipients import Recipient, checked_language, is_address
from civic_notification.store import recipients as store


class Recipients:
    """The verbs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, call: Call, language: str) -> Recipient:
        """Raises ADDRESS_MISSING, or INVALID_ARGUMENT for a language that nobody writes in."""
        subject, address = call.require_subject(), call.caller.address
        language = checked_language(language)
        if address is None or not is_address(address):
            raise errors.address_missing()
        roles = [(tenant, role) for tenant, held in call.caller.tenant_roles.items() for role in held]
        async with self._database.unit_of_work(call) as work:
            await store.keep(work, subject, recipient_id=new_id(), address=address, language=language, roles=roles)
            return _found(await store.get(work, subject))

    async def get(self, call: Call) -> Recipient:
        """Raises RECIPIENT_NOT_FOUND."""
        subject = call.require_subject()
        async with self._database.read(call) as work:
            return _found(await store.get(work, subject))

    async def retry(self, call: Call) -> Recipient:
        """Raises RECIPIENT_NOT_FOUND."""
        subject = call.require_subject()
        async with self._database.unit_of_work(call) as work:
            _found(await store.get(work, subject))
            await store.lift(work, subject)
            return _found(await store.get(work, subject))


def _found(recipient: Recipient | None) -> Recipient:
    if recipient is None:
        raise errors.recipient_not_found()
    return recipient
