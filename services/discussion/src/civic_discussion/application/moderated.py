"""Contributions, comments and files as the mechanism of moderation sees and moves them."""

from collections.abc import Callable, Mapping, Sequence

from civic_chassis.db import Reading, SingleWrite, UnitOfWork
from civic_chassis.kernel.event import Event
from civic_chassis.kernel.ids import new_id
from civic_participation.domain.attachments import AttachmentState
from civic_participation.domain.moderation import Case
from civic_participation.domain.notices import Notice
from civic_participation.moderation import FoundText, TextKey, TextState, awaited
from civic_participation.store import attachments as attachment_store

from civic_discussion.application.offers import OFFER_TIMER
from civic_discussion.application.topics import Encode
from civic_discussion.domain import moderation_notices as notices
from civic_discussion.domain.contributions import State
from civic_discussion.domain.events import (
    CommentCreated,
    CommentModerated,
    ContributionChanged,
    ContributionCreated,
    ContributionModerated,
)
from civic_discussion.domain.topics import Frame
from civic_discussion.store import moderated as store
from civic_discussion.store.files import keep_shown

CONTRIBUTION = "contribution"
COMMENT = "comment"
ATTACHMENT = "attachment"


class ModeratedTexts:
    """What the mechanism asks of this tool; `encode` and `tell` turn events and notices into messages."""

    def __init__(self, encode: Encode, tell: Callable[[Notice], Event]) -> None:
        self._encode = encode
        self._tell = tell

    async def find(self, work: Reading | UnitOfWork, keys: Sequence[TextKey]) -> Mapping[TextKey, FoundText]:
        """The texts that are there, as they are now."""
        found = dict[TextKey, FoundText]()
        if ids := [key.id for key in keys if key.kind == CONTRIBUTION]:
            found |= {text.key: text for text in await store.contributions(work, ids)}
        if ids := [key.id for key in keys if key.kind == COMMENT]:
            found |= {text.key: text for text in await store.comments(work, ids)}
        if ids := [key.id for key in keys if key.kind == ATTACHMENT]:
            found |= {text.key: text for text in await store.attachments(work, ids)}
        return found

    async def move(self, work: UnitOfWork, found: FoundText, state: TextState) -> None:
        """Shows the text or not. Counts hold what everybody can see, and nothing else."""
        if found.key.kind == ATTACHMENT:
            await self._move_file(work, found, state)
            return
        key, after = found.key, State(state.value)
        subject = found.author_subject
        if key.kind == CONTRIBUTION:
            version = await store.move_contribution(work, key.id, after)
            if version is None:
                return
            work.stage(self._encode(ContributionModerated(key.id, found.offer_id, version, after)))
            if found.state is TextState.HELD and after is State.PUBLISHED:
                work.stage(self._encode(ContributionCreated(key.id, found.offer_id, version, subject)))
        else:
            version = await store.move_comment(work, key.id, after)
            work.stage(self._encode(CommentModerated(key.id, found.parent_id, found.offer_id, version, after)))
            if found.state is TextState.HELD and after is State.PUBLISHED:
                created = CommentCreated(key.id, found.parent_id, found.offer_id, version, subject)
                work.stage(self._encode(created))
        await store.note_for_author(work, key.id, subject, after)
        work.set_timer(OFFER_TIMER, found.offer_id, work.call.received_at)

    async def _move_file(self, work: UnitOfWork, found: FoundText, state: TextState) -> None:
        """A file stands in the contribution's own list, which every reading, feed and export is made of."""
        after = AttachmentState.READY if state is TextState.PUBLISHED else AttachmentState.HIDDEN
        await attachment_store.set_state(work, found.key.id, after)
        shown = await keep_shown(work, found.parent_id)
        if shown is not None:
            work.stage(self._encode(ContributionChanged(found.parent_id, *shown)))

    async def tell_author(self, work: UnitOfWork, found: FoundText, case: Case, reason: Mapping[str, str]) -> None:
        """Sends word of the last decision."""
        call = work.call
        tenant = call.require_tenant()
        work.stage(self._tell(notices.text_decided(found, case, reason, tenant=tenant, at=call.received_at)))

    async def tell_objection(self, work: UnitOfWork, found: FoundText, case: Case) -> None:
        """Sends moderators word of the author's objection."""
        call = work.call
        tenant = call.require_tenant()
        work.stage(self._tell(notices.case_objected(found, case, tenant=tenant, at=call.received_at)))

    async def tell_moderators(self, work: UnitOfWork, *, waiting: int, long: int) -> None:
        """Sends word of cases that wait."""
        call = work.call
        tenant, at = call.require_tenant(), call.received_at
        told = notices.cases_waiting(waiting=waiting, long=long, tenant=tenant, at=at, id=new_id())
        work.stage(self._tell(told))

    def hold(self, work: UnitOfWork | SingleWrite, text: FoundText) -> None:
        """Lets moderators and the author know of a new text that is held."""
        call = work.call
        awaited(work)
        work.stage(self._tell(notices.text_held(text, tenant=call.require_tenant(), at=call.received_at)))


def held_text(key: TextKey, frame: Frame, *, title: str, author_subject: str) -> FoundText:
    """A text that is about to be written, as its author is told of it."""
    return FoundText(
        key=key,
        parent_id=key.id,
        offer_id=frame.topic_id,
        offer_title=frame.title,
        title=title,
        text="",
        author_subject=author_subject,
        author_name="",
        state=TextState.HELD,
    )
