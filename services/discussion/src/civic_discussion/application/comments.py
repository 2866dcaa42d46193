"""What people do with comments."""

from uuid import UUID

from civic_chassis.db import Database, Repeated
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.ids import new_id
from civic_chassis.kernel.page import PageRequest, encode_token, refused
from civic_chassis.kernel.repeat import Repeat
from civic_participation.moderation import TextKey
from civic_participation.tenants import ensure_open

from civic_discussion.application import judging
from civic_discussion.application.moderated import ModeratedTexts, held_text
from civic_discussion.application.paging import Asked, JsonPage, Page, json_array
from civic_discussion.application.topics import Encode
from civic_discussion.domain import comments, errors, policy
from civic_discussion.domain.comments import Comment
from civic_discussion.domain.contributions import State
from civic_discussion.domain.events import CommentCreated
from civic_discussion.store import comments as store


class Comments:
    """The verbs; `encode` turns events into messages, `texts` are moderated."""

    def __init__(self, database: Database, encode: Encode, texts: ModeratedTexts) -> None:
        self._database = database
        self._encode = encode
        self._texts = texts

    async def list(self, call: Call, contribution_id: UUID, asked: Asked) -> Page[Comment]:
        """In reading order. Raises CONTRIBUTION_NOT_FOUND."""
        viewer = policy.viewer(call.caller, call.require_tenant())
        scope = _scope(contribution_id)
        request = PageRequest.parse(asked.page_size, asked.page_token, scope=scope, shape=(str,))
        async with self._database.read(call) as work:
            found = await store.page(
                work, contribution_id, after=_after(request), limit=request.size + 1, viewer=viewer
            )
        if found is None:
            raise errors.contribution_not_found()
        shown = found[: request.size]
        more = len(found) > request.size
        return Page([item for item, _ in shown], encode_token(scope, (shown[-1][1].hex(),)) if more else "")

    async def list_as_json(self, call: Call, contribution_id: UUID, asked: Asked) -> JsonPage:
        """In reading order. Raises CONTRIBUTION_NOT_FOUND."""
        viewer = policy.viewer(call.caller, call.require_tenant())
        scope = _scope(contribution_id)
        request = PageRequest.parse(asked.page_size, asked.page_token, scope=scope, shape=(str,))
        async with self._database.read(call) as work:
            found = await store.page_as_json(
                work, contribution_id, after=_after(request), limit=request.size + 1, viewer=viewer
            )
        if found is None:
            raise errors.contribution_not_found()
        shown = found[: request.size]
        more = len(found) > request.size
        token = encode_token(scope, (shown[-1][1].hex(),)) if more else ""
        return JsonPage(json_array([item for item, _ in shown]), token)

    async def create(
        self, call: Call, contribution_id: UUID, *, parent_id: UUID | None, text: str, repeat: Repeat
    ) -> Comment:
        """Raises INVALID_ARGUMENT, CONTRIBUTION_NOT_FOUND, COMMENT_NOT_FOUND, or why the topic takes nothing."""
        tenant, subject = call.require_tenant(), call.require_subject()
        cleaned = comments.checked(text)
        comment_id = new_id()
        try:
            async with self._database.single_write(call) as work:
                await ensure_open(work)
                target = await store.target_unless_done(
                    work, contribution_id, parent_id=parent_id, repeat=repeat, comment_id=comment_id
                )
                if target is None:
                    raise errors.contribution_not_found()
                policy.require_taking(target.frame, call.caller, tenant=tenant, received_at=call.received_at)
                comments.checked(cleaned, max_length=target.frame.settings.max_comment)
                if parent_id is not None and target.parent is None:
                    raise errors.comment_not_found()
                judgement = await judging.judged_text(work, target.frame, (cleaned,), target.memory)
                place = comments.place(target.parent, comment_id=comment_id, create_time=call.received_at)
                added = Comment(
                    id=comment_id,
                    tenant=tenant,
                    contribution_id=contribution_id,
                    parent_id=parent_id,
                    row_version=1,
                    create_time=call.received_at,
                    text=cleaned,
                    author_name=call.caller.name or "",
                    depth=place.depth,
                    state=State.HELD if judgement.held else State.PUBLISHED,
                    mine=True,
                )
                if judgement.held:
                    key = TextKey("comment", comment_id)
                    title = target.contribution_title
                    self._texts.hold(work, held_text(key, target.frame, title=title, author_subject=subject))
                else:
                    topic_id = target.frame.topic_id
                    event = CommentCreated(comment_id, contribution_id, topic_id, added.row_version, subject)
                    work.stage(self._encode(event))
                author = (subject, call.caller.name or "")
                await store.add(work, added, place=place, author=author, target=target, judgement=judgement)
        except Repeated as repeated:
            return await self._again(call, UUID(repeated.resource_id))
        return added

    async def _again(self, call: Call, comment_id: UUID) -> Comment:
        async with self._database.read(call) as work:
            found = await store.get(work, comment_id)
        if found is None:
            raise errors.comment_not_found()
        return found


def _scope(contribution_id: UUID) -> str:
    return f"comments of {contribution_id}"


def _after(request: PageRequest) -> bytes | None:
    if request.position is None:
        return None
    try:
        return bytes.fromhex(str(request.position[0]))
    except ValueError:
        raise refused() from None
