"""Who may see and do what, by phase, role and authorship."""

from dataclasses import dataclass
from datetime import datetime

from civic_chassis.kernel.call import Caller, is_tenant
from civic_chassis.kernel.errors import DomainError, Kind, Violation, ViolationReason, invalid

from civic_discussion.domain import errors
from civic_discussion.domain.content import Given
from civic_discussion.domain.contributions import Rating
from civic_discussion.domain.settings import Preset, Settings
from civic_discussion.domain.topics import Frame, Topic

STAFF_ROLES = ("admin", "editor", "moderator")


def is_staff(caller: Caller, tenant: str) -> bool:
    """Whether the caller sees drafts and all names of this tenant."""
    return caller.has_role(tenant, *STAFF_ROLES)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: decides which names are shown and what is theirs."""

    subject: str | None
    staff: bool


# Who has no account and is no staff.
NOBODY = Viewer(subject=None, staff=False)


def viewer(caller: Caller, tenant: str) -> Viewer:
    return Viewer(caller.subject, is_staff(caller, tenant))


def require_staff(caller: Caller, tenant: str) -> None:
    """Raises SIGN_IN_REQUIRED or ROLE_REQUIRED."""
    if not caller.signed_in:
        raise DomainError(Kind.UNAUTHENTICATED, "SIGN_IN_REQUIRED", "drafts are for staff of the tenant")
    if not is_staff(caller, tenant):
        raise DomainError(Kind.FORBIDDEN, "ROLE_REQUIRED", "drafts are for staff of the tenant")


def check_tenant_filter(tenant: str) -> None:
    """Raises INVALID_ARGUMENT for what cannot be a tenant's name."""
    if tenant and not is_tenant(tenant):
        raise invalid(Violation("tenant", ViolationReason.MALFORMED, "is no name of a tenant"))


def require_visible(topic: Topic | None, caller: Caller, tenant: str) -> Topic:
    """A draft is found by staff alone. Raises TOPIC_NOT_FOUND."""
    if topic is None or not (topic.published or is_staff(caller, tenant)):
        raise errors.topic_not_found()
    return topic


def require_taking(frame: Frame | None, caller: Caller, *, tenant: str, received_at: datetime) -> Frame:
    """The topic, where it takes contributions, comments and ratings.

    What counts is that the server received them while the topic was active. Raises TOPIC_NOT_FOUND,
    TOPIC_NOT_PUBLISHED (to staff), TOPIC_NOT_STARTED or TOPIC_ENDED.
    """
    if frame is None or not (frame.published or is_staff(caller, tenant)):
        raise errors.topic_not_found()
    if not frame.published:
        raise errors.topic_not_published()
    if received_at >= frame.schedule.end_time:
        raise errors.topic_ended(frame.schedule.end_time)
    if received_at < frame.schedule.start_time:
        raise errors.topic_not_started(frame.schedule.start_time)
    return frame


def require_adding(frame: Frame, caller: Caller, *, tenant: str) -> None:
    """Official topics that are ranked come from staff. Raises CONTRIBUTIONS_BY_STAFF."""
    if frame.settings.preset is Preset.RANKING and not is_staff(caller, tenant):
        raise errors.contributions_by_staff()


def require_rating(frame: Frame, value: Rating) -> None:
    """Initiatives are supported or not. Raises SUPPORT_ONLY."""
    if frame.settings.counts_support and value is not Rating.FOR:
        raise errors.support_only()


def require_same_counting(before: Settings, after: Settings) -> None:
    """Support is no rating, and a rating no support. Raises TOPIC_PRESET_DIFFERS."""
    if before.counts_support is not after.counts_support:
        raise errors.topic_preset_differs()


def require_same_closedness(before: Settings, after: Settings) -> None:
    """What was written for members stays theirs. Raises TOPIC_CLOSED_DIFFERS."""
    if before.closed or after.closed:
        raise errors.topic_closed_differs()


def require_author_or_staff(*, mine: bool, staff: bool) -> None:
    """Raises NOT_THE_AUTHOR."""
    if not (mine or staff):
        raise errors.not_the_author()


def hides_name(frame: Frame, given: Given) -> bool:
    """Whether the author's name stays away from the public. Raises INVALID_ARGUMENT where that is not offered."""
    if given.hide_name and not frame.settings.without_public_name:
        raise invalid(Violation("hide_name", "UNWANTED", "the topic does not offer it"))
    return given.hide_name
