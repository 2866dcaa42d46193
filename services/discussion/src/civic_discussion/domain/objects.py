"""Objects of a topic: adding, changing, ordering, and what contributions point at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from civic_chassis.kernel.text import Violations
from civic_participation.domain.anchors import Anchor
from civic_participation.domain.attachments import Attachment
from civic_participation.domain.objects import (
    NOTE_MAX,
    Checked,
    Content,
    FileContent,
    Gap,
    Given,
    Limits,
    ObjectKind,
    Target,
    TextContent,
    VideoContent,
    check_target,
    checked,
    checked_key,
    gaps,
)
from civic_participation.domain.sections import carried

from civic_discussion.domain import errors
from civic_discussion.domain.content import Content as ContributionContent

OBJECTS_MAX = 20
VERSIONS_MAX = 200
_ALLOWED = {
    ObjectKind.IMAGE: "JPEG, PNG, WebP, GIF",
    ObjectKind.DOCUMENT: "PDF, ODT, DOCX",
    ObjectKind.VIDEO: "MP4, WebM",
}


class AnchorState(StrEnum):
    """Whether what a contribution is about still stands as it was written about."""

    CURRENT = "current"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class AnchorTarget:
    """What a contribution is about, as it stands now."""

    state: AnchorState
    object_title: str = ""
    section_title: str = ""
    present_version: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    """A state of what an object shows."""

    version: int
    create_time: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """An object as it stands, or its content in an earlier `version`; in lists without texts and versions.

    `used_ids` are the ids of all sections that it ever had. Counts do not belong to its version.
    """

    tenant: str
    topic_id: UUID
    key: str
    row_version: int
    create_time: datetime
    update_time: datetime
    kind: ObjectKind
    title: str
    description: str
    position: int
    version: int
    present_version: int
    content: Content
    missing: tuple[Gap, ...]
    versions: tuple[Version, ...] = ()
    used_ids: frozenset[str] = frozenset()
    file: Attachment | None = None
    # Published contributions by section; those about the whole under an empty id.
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object stands: its topic, its key, its place in the order, and whether everybody sees it."""

    tenant: str
    topic_id: UUID
    key: str
    position: int
    public: bool


def file_of(content: Content) -> UUID | None:
    """The file that the content shows."""
    return UUID(content.file_id) if isinstance(content, FileContent | VideoContent) and content.file_id else None


def fitting_file(file: Attachment, kind: ObjectKind) -> Attachment:
    """A file that an object of the kind can show. Raises INVALID_ARGUMENT."""
    is_kind = ObjectKind.IMAGE if file.is_picture else ObjectKind.VIDEO if file.is_video else ObjectKind.DOCUMENT
    if is_kind is not kind:
        found = Violations()
        found.add("object.file", "FILE_KIND", "another kind of file", allowed=_ALLOWED[kind])
        found.check()
    return file


def checked_draft(key: str, given: Given, note: str, limits: Limits) -> tuple[Checked, str]:
    """The draft and its note. Raises INVALID_ARGUMENT naming every wrong field."""
    found = Violations()
    checked_key(key, found, "id")
    draft = checked(given, limits, found)
    note = found.text(note, "note", min=0, max=NOTE_MAX)
    found.check()
    return draft, note


def added(draft: Checked, place: Place, *, note: str, at: datetime) -> Object:
    """A new object. Raises OBJECT_LIMIT_REACHED or OBJECTS_INCOMPLETE."""
    if place.position >= OBJECTS_MAX:
        raise errors.object_limit_reached(OBJECTS_MAX)
    content, used = _carried(draft.content, None, version=1)
    made = Object(
        tenant=place.tenant,
        topic_id=place.topic_id,
        key=place.key,
        row_version=1,
        create_time=at,
        update_time=at,
        kind=draft.kind,
        title=draft.title,
        description=draft.description,
        position=place.position,
        version=1,
        present_version=1,
        content=content,
        missing=gaps(draft.kind, draft.description, content),
        versions=(Version(1, at, note),),
        used_ids=used,
    )
    return _complete(made, place)


def changed(before: Object, draft: Checked, place: Place, *, note: str, at: datetime) -> Object:
    """The object with its new values; the same object where nothing is new.

    Other content of a public object is a new version; until then there is one. Raises INVALID_ARGUMENT,
    OBJECTS_INCOMPLETE or OBJECT_VERSIONS_REACHED.
    """
    if draft.kind is not before.kind:
        found = Violations()
        found.add("object.kind", "NOT_ALLOWED", "the kind of an object stays", allowed=before.kind)
        found.check()
    next_version = before.present_version + 1 if place.public else before.present_version
    content, used = _carried(draft.content, before, version=next_version)
    same = content == before.content
    if same and (draft.title, draft.description) == (before.title, before.description):
        return before
    after = replace(
        before,
        row_version=before.row_version + 1,
        update_time=at,
        title=draft.title,
        description=draft.description,
        missing=gaps(draft.kind, draft.description, content),
    )
    if not same:
        if next_version > VERSIONS_MAX:
            raise errors.object_versions_reached(VERSIONS_MAX)
        kept = tuple(each for each in before.versions if each.version != next_version)
        after = replace(
            after,
            version=next_version,
            present_version=next_version,
            content=content,
            versions=(*kept, Version(next_version, at, note)),
            used_ids=used,
        )
    return _complete(after, place)


def reordered(keys: Sequence[str], present: Sequence[str]) -> None:
    """Raises INVALID_ARGUMENT where not each of the present keys stands there once."""
    if sorted(keys) != sorted(present):
        found = Violations()
        found.add("ids", "NOT_ALLOWED", "name each object once", allowed=", ".join(present) or "–")
        found.check()


def check_text_left(taken: str, texts: Sequence[str]) -> None:
    """A public topic on a text keeps one. Raises TOPIC_TEXT_MISSING."""
    if list(texts) == [taken]:
        raise errors.topic_text_missing()


def pointed(content: ContributionContent, target: Target | None) -> ContributionContent:
    """The content with the version that its anchor points at. Raises INVALID_ARGUMENT where nothing is there."""
    if content.anchor is None:
        return content
    found = Violations()
    check_target(content.anchor, target, found)
    found.check()
    return replace(content, anchor=replace(content.anchor, version=target.version if target else 0))


def as_it_stands(anchor: Anchor, found: Object | None) -> AnchorTarget:
    """What the anchor points at now; `found` may be without texts."""
    if found is None:
        return AnchorTarget(AnchorState.GONE)
    changed_in, title = found.present_version, ""
    if anchor.section and isinstance(found.content, TextContent):
        section = next((each for each in found.content.sections if each.id == anchor.section), None)
        if section is None:
            return AnchorTarget(AnchorState.GONE, found.title, "", found.present_version)
        changed_in, title = section.changed_version, section.title
    state = AnchorState.CHANGED if changed_in > anchor.version else AnchorState.CURRENT
    return AnchorTarget(state, found.title, title, found.present_version)


def _carried(content: Content, before: Object | None, *, version: int) -> tuple[Content, frozenset[str]]:
    if not isinstance(content, TextContent):
        return content, frozenset()
    earlier = before.content.sections if before and isinstance(before.content, TextContent) else ()
    used = before.used_ids if before else frozenset()
    sections = carried(content.sections, before=earlier, used=used, version=version)
    return TextContent(sections), used | {section.id for section in sections}


def _complete(made: Object, place: Place) -> Object:
    if place.public and made.missing:
        raise errors.objects_incomplete([made.key])
    return made
