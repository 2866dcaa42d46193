"""What people do with contributions: read one, write, change, withdraw."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from civic_chassis.db import Database, Reading, Repeated, SingleWrite, UnitOfWork
from civic_chassis.kernel import etag
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.ids import new_id
from civic_chassis.kernel.repeat import Repeat
from civic_participation.attachments import Claims
from civic_participation.domain.attachments import shown
from civic_participation.domain.places import Bounds
from civic_participation.moderation import TextKey, TextState, hold_back
from civic_participation.store import attachments as files_store
from civic_participation.tenants import ensure_open

from civic_discussion.application import judging
from civic_discussion.application.moderated import ModeratedTexts, held_text
from civic_discussion.application.topics import Encode
from civic_discussion.domain import contributions, errors, objects, policy
from civic_discussion.domain.content import Change, Content, Given, checked, fitting
from civic_discussion.domain.contributions import Contribution, State
from civic_discussion.domain.events import ContributionChanged, ContributionCreated, ContributionRemoved
from civic_discussion.domain.history import Origin, Version
from civic_discussion.domain.objects import AnchorTarget
from civic_discussion.domain.policy import Viewer
from civic_discussion.domain.topics import Frame
from civic_discussion.store import contributions as store
from civic_discussion.store import curation, history
from civic_discussion.store import objects as object_store
from civic_discussion.store import topics as topic_store


class Contributions:
    """The verbs; `encode` turns events into messages, `texts` are moderated, places lie within `bounds`, files come
    from `claims`."""

    def __init__(
        self, database: Database, encode: Encode, texts: ModeratedTexts, bounds: Bounds, claims: Claims
    ) -> None:
        self._database = database
        self._encode = encode
        self._texts = texts
        self._bounds = bounds
        self._claims = claims

    async def get(self, call: Call, contribution_id: UUID) -> Contribution:
        """Raises CONTRIBUTION_NOT_FOUND."""
        viewer = _viewer(call)
        async with self._database.read(call) as work:
            found = await store.get(work, contribution_id, viewer=viewer)
        if found is None:
            raise errors.contribution_not_found()
        return found

    async def about(self, call: Call, contribution: Contribution) -> AnchorTarget | None:
        """What a contribution that the caller found is about, as it stands now; None where it has no anchor."""
        anchor = contribution.content.anchor
        if anchor is None:
            return None
        async with self._database.read(call) as work:
            return objects.as_it_stands(anchor, await object_store.about(work, contribution.topic_id, anchor))

    async def create(self, call: Call, topic_id: UUID, given: Given, repeat: Repeat) -> Contribution:
        """Raises INVALID_ARGUMENT, CONTRIBUTIONS_BY_STAFF, CONTRIBUTION_LIMIT_REACHED, what `Claimed` raises, or why
        the topic takes nothing."""
        tenant, subject = call.require_tenant(), call.require_subject()
        content = checked(given, self._bounds)
        claimed = await self._claims.try_claim(call, given.attachments)
        contribution_id = new_id()
        try:
            async with self._database.single_write(call) as work:
                await ensure_open(work)
                found = await _frame(work, topic_id, content, repeat=repeat, new_id=contribution_id)
                frame = _taking(work, found.frame if found is not None else None)
                policy.require_adding(frame, call.caller, tenant=tenant)
                files = await claimed.for_new(work, max=frame.settings.max_attachments)
                author = (subject, call.caller.name or "")
                words = content.words
                memory, target = (found.memory, found.target) if found is not None else (None, None)
                judgement = await judging.judged_text(work, frame, (words.title, words.text), memory)
                added = contributions.written(
                    contribution_id,
                    tenant=tenant,
                    topic_id=topic_id,
                    content=objects.pointed(fitting(content, frame.settings, new=True), target),
                    state=State.HELD if judgement.held else State.PUBLISHED,
                    author_name=author[1],
                    at=call.received_at,
                    attachments=shown(files),
                )
                if judgement.held:
                    key = TextKey("contribution", added.id)
                    self._texts.hold(work, held_text(key, frame, title=words.title, author_subject=subject))
                else:
                    work.stage(self._encode(ContributionCreated(added.id, topic_id, added.row_version, subject)))
                hide_name = policy.hides_name(frame, given)
                if not await store.add(
                    work, added, author=author, frame=frame, hide_name=hide_name, judgement=judgement, files=files
                ):
                    raise errors.contribution_limit_reached(frame.settings.max_contributions)
        except Repeated as repeated:
            return await self.get(call, UUID(repeated.resource_id))
        return added

    async def update(self, call: Call, contribution_id: UUID, expected: str, change: Change) -> Contribution:
        """Raises CONTRIBUTION_NOT_FOUND, NOT_THE_AUTHOR, CONTRIBUTION_FIXED, CONTRIBUTION_NOT_PUBLIC, ETAG_REQUIRED,
        ETAG_MISMATCH, INVALID_ARGUMENT, what `Claimed` raises, or why the topic takes nothing."""
        call.require_tenant()
        claimed = None
        if change.attachments is not None:
            async with self._database.read(call) as reading:
                known = await files_store.known(reading, change.attachments)
            claimed = await self._claims.try_claim(call, change.attachments, known=known)
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            before, frame = await self._own(work, contribution_id)
            # Whose it is, is asked before its files are touched.
            contributions.require_changeable(before, frame.settings, at=call.received_at)
            files = None
            if claimed is not None:
                files = shown(await claimed.for_held(work, before.id, max=frame.settings.max_attachments))
            after = contributions.changed(
                before, change, frame.settings, self._bounds, at=call.received_at, attachments=files
            )
            _taking(work, frame)
            etag.check(expected, before.row_version, required=True)
            if after is not before:
                await history.keep(work, after.id)
                work.stage(self._encode(ContributionChanged(after.id, after.topic_id, after.row_version)))
                after = await self._judged_again(work, before, after, frame)
                await store.change(work, after)
        return after

    async def _judged_again(
        self, work: UnitOfWork, before: Contribution, after: Contribution, frame: Frame
    ) -> Contribution:
        """The contribution, held back where its new words meet a rule: nobody slips in later what would have waited."""
        words = after.content.words
        if words == before.content.words:
            return after
        judgement = await judging.judged_change(work, frame, (words.title, words.text))
        key = TextKey("contribution", after.id)
        found = (await self._texts.find(work, [key]))[key]
        await hold_back(work, found, judgement)
        if not judgement.held or before.state is not State.PUBLISHED:
            return after
        await self._texts.move(work, found, TextState.HELD)
        return replace(after, state=State.HELD)

    async def withdraw(self, call: Call, contribution_id: UUID) -> Contribution:
        """Raises CONTRIBUTION_NOT_FOUND, NOT_THE_AUTHOR, CONTRIBUTION_NOT_PUBLIC, or why the topic takes nothing."""
        call.require_tenant()
        async with self._database.unit_of_work(call) as work:
            await ensure_open(work)
            before, frame = await self._own(work, contribution_id)
            after = contributions.withdrawn(before)
            _taking(work, frame)
            if after is not before:
                await curation.leave(work, after, author=call.require_subject())
                await curation.give_back(work, after.topic_id, call.require_subject())
                work.stage(self._encode(ContributionRemoved(after.id, after.topic_id, after.row_version)))
        return after

    async def versions(self, call: Call, contribution_id: UUID) -> tuple[Sequence[Version], Sequence[Origin]]:
        """Oldest first. Raises CONTRIBUTION_NOT_FOUND."""
        async with self._database.read(call) as work:
            found = await history.versions(work, contribution_id, viewer=_viewer(call))
            if not found:
                raise errors.contribution_not_found()
            return found, await history.origins(work, contribution_id)

    async def _own(self, work: UnitOfWork, contribution_id: UUID) -> tuple[Contribution, Frame]:
        viewer = Viewer(work.call.caller.subject, staff=False)
        found = await store.get_for_update(work, contribution_id, viewer=viewer)
        if found is None:
            raise errors.contribution_not_found()
        return found


async def refresh_words(work: UnitOfWork, contribution_id: UUID) -> None:
    """Lets a contribution be found as similar as it is now."""
    await history.refresh_words(work, contribution_id)


async def _frame(
    work: SingleWrite, topic_id: UUID, content: Content, *, repeat: Repeat, new_id: UUID
) -> object_store.Ground | None:
    """The topic, its author, and what the contribution points at, looked up only where it points at something."""
    if content.anchor is not None:
        return await object_store.ground_unless_done(work, topic_id, content.anchor, repeat=repeat, new_id=new_id)
    found = await topic_store.frame_unless_done(work, topic_id, repeat=repeat, new_id=new_id)
    return object_store.Ground(*found, None) if found is not None else None


def _taking(work: Reading | UnitOfWork, frame: Frame | None) -> Frame:
    call = work.call
    return policy.require_taking(frame, call.caller, tenant=call.require_tenant(), received_at=call.received_at)


def _viewer(call: Call) -> Viewer:
    return policy.viewer(call.caller, call.require_tenant())
