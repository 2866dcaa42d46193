"""What readers and staff do with the objects of a topic."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from civic_chassis.db import Database, UnitOfWork
from civic_chassis.kernel import etag
from civic_chassis.kernel.call import Call
from civic_participation.attachments import Claims
from civic_participation.domain.comparing import ComparedSection, compared
from civic_participation.domain.objects import Given, Limits, TextContent
from civic_participation.tenants import ensure_open

from civic_discussion.application import object_files
from civic_discussion.application.topics import Encode
from civic_discussion.domain import errors, objects, policy
from civic_discussion.domain.events import ObjectChanged
from civic_discussion.domain.objects import Object, Place
from civic_discussion.domain.settings import Preset
from civic_discussion.domain.topics import Topic
from civic_discussion.store import objects as store
from civic_discussion.store import topics as topic_store


@dataclass(frozen=True, slots=True)
class Comparison:
    """A structured text in its later version, and what is new since the earlier one."""

    object: Object
    from_version: int
    sections: Sequence[ComparedSection]


class Objects:
    """The verbs; `encode` turns events into messages, files come from `claims`."""

    def __init__(self, database: Database, encode: Encode, limits: Limits, claims: Claims) -> None:
        self._database = database
        self._encode = encode
        self._limits = limits
        self._claims = claims

    async def list(self, call: Call, topic_id: UUID) -> Sequence[Object]:
        """Without texts. Raises TOPIC_NOT_FOUND."""
        staff = policy.is_staff(call.caller, call.require_tenant())
        async with self._database.read(call) as work:
            found = await store.list_of_topic(work, topic_id, staff=staff)
            if found is None:
                raise errors.topic_not_found()
            return await object_files.shown_with(work, topic_id, found)

    async def get(self, call: Call, topic_id: UUID, key: str, *, version: int) -> Object:
        """Raises OBJECT_NOT_FOUND."""
        staff = policy.is_staff(call.caller, call.require_tenant())
        async with self._database.read(call) as work:
            found = await store.get(work, topic_id, key, version=version, staff=staff)
            if found is None:
                raise errors.object_not_found()
            return (await object_files.shown_with(work, topic_id, [found]))[0]

    async def compare(self, call: Call, topic_id: UUID, key: str, *, from_version: int, to_version: int) -> Comparison:
        """Raises OBJECT_NOT_FOUND, also for what is no structured text."""
        later = await self.get(call, topic_id, key, version=to_version)
        numbers = [each.version for each in later.versions if each.version < later.version]
        earlier_number = from_version or (numbers[-1] if numbers else later.version)
        earlier = await self.get(call, topic_id, key, version=earlier_number)
        if not (isinstance(later.content, TextContent) and isinstance(earlier.content, TextContent)):
            raise errors.object_not_found()
        sections = compared(earlier.content.sections, later.content.sections)
        return Comparison(later, earlier_number, sections)

    async def put(
        self,
        call: Call,
        topic_id: UUID,
        key: str,
        *,
        expected: str,
        given: Given,
        note: str,
        validate_only: bool,
    ) -> Object:
        """Raises TOPIC_NOT_FOUND, OBJECT_NOT_FOUND, ETAG_REQUIRED, ETAG_MISMATCH, INVALID_ARGUMENT, OBJECTS_INCOMPLETE,
        OBJECT_LIMIT_REACHED, OBJECT_VERSIONS_REACHED, FILE_TAKEN or FILE_UNFINISHED."""
        draft, note = objects.checked_draft(key, given, note, self._limits)
        file_id = objects.file_of(draft.content)
        claimed = await object_files.claimed(self._claims, self._database, call, file_id)
        async with self._database.unit_of_work(call) as work:
            topic = await _locked(work, topic_id)
            before = await store.get_present(work, topic_id, key)
            if before is None:
                if etag.parse(expected) is not None:
                    raise errors.object_not_found()
                place = Place(topic.tenant, topic_id, key, len(await store.keys(work, topic_id)), topic.published)
                after = objects.added(draft, place, note=note, at=call.received_at)
            else:
                etag.check(expected, before.row_version, required=True)
                place = Place(topic.tenant, topic_id, key, before.position, topic.published)
                after = objects.changed(before, draft, place, note=note, at=call.received_at)
            file = await object_files.file_for(work, topic_id, key, file_id, claimed)
            if file is not None:
                after = replace(after, file=objects.fitting_file(file, draft.kind))
            if after.row_version != (before.row_version if before is not None else 0) and not validate_only:
                await object_files.put(work, after, claimed)
                details = {"object": key, "version": str(after.present_version)}
                self._tell(work, topic, "object.put", details, ObjectChanged(topic_id, key, after.row_version))
        return after

    async def delete(self, call: Call, topic_id: UUID, key: str, expected: str) -> None:
        """Raises TOPIC_NOT_FOUND, OBJECT_NOT_FOUND, ETAG_MISMATCH, OBJECT_IN_USE or TOPIC_TEXT_MISSING."""
        async with self._database.unit_of_work(call) as work:
            topic = await _locked(work, topic_id)
            found = await store.get_present(work, topic_id, key)
            if found is None:
                raise errors.object_not_found()
            etag.check(expected, found.row_version, required=False)
            if await store.in_use(work, topic_id, key):
                raise errors.object_in_use()
            if topic.published and topic.settings.preset is Preset.TEXT:
                objects.check_text_left(key, await store.text_keys(work, topic_id))
            await object_files.remove(work, topic_id, key)
            self._tell(work, topic, "object.delete", {"object": key}, ObjectChanged(topic_id, key))

    async def reorder(self, call: Call, topic_id: UUID, keys: Sequence[str]) -> Sequence[Object]:
        """Raises TOPIC_NOT_FOUND or INVALID_ARGUMENT."""
        async with self._database.unit_of_work(call) as work:
            topic = await _locked(work, topic_id)
            present = await store.keys(work, topic_id)
            objects.reordered(keys, present)
            if list(keys) != present:
                await store.order(work, topic_id, keys)
                self._tell(work, topic, "object.reorder", {"objects": ", ".join(keys)}, ObjectChanged(topic_id, ""))
        return await self.list(call, topic_id)

    def _tell(self, work: UnitOfWork, topic: Topic, action: str, details: dict[str, str], event: ObjectChanged) -> None:
        work.audit(action, "topic", topic.id, details)
        if topic.published:
            work.stage(self._encode(event))


async def _locked(work: UnitOfWork, topic_id: UUID) -> Topic:
    """The topic, whose lock keeps its objects as they are and everybody from publishing it meanwhile."""
    await ensure_open(work)
    topic = await topic_store.get_for_update(work, topic_id)
    if topic is None:
        raise errors.topic_not_found()
    return topic
