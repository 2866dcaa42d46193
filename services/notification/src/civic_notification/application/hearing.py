"""Hearing of what tools tell."""

from civic_chassis.db import UnitOfWork
from civic_participation.domain.notices import Notice

from civic_notification.domain.followings import is_path
from civic_notification.store import notices as store


async def hear(work: UnitOfWork, notice: Notice) -> None:
    """Writes a letter for everybody whom it concerns, in the transaction of the event's inbox row."""
    if not is_path(notice.path):
        raise ValueError("the notice leads nowhere in the portal")
    if notice.expire_time is not None and notice.expire_time <= work.call.received_at:
        return
    if await store.add(work, notice):
        await store.address(work, notice)
