"""Kinds of mail texts: those of notices, and the digest."""

from collections.abc import Mapping
from dataclasses import dataclass

from civic_participation.domain.notices import NoticeKind

DIGEST = "digest"
# Asks the owner of an address without an account whether they want to follow. Says nothing that was typed.
QUESTION = "question"
# Invites the owner of an address to something closed.
INVITATION = "invitation"
# What every text may say: the tenant's name, and where a reader finds what the mail is about.
_ALWAYS = ("tenant", "link")


@dataclass(frozen=True, slots=True)
class KindRule:
    """What a kind of notice tells, and whom: followers, a person about their own texts, or staff."""

    placeholders: tuple[str, ...]
    followed: bool = False
    staff: bool = False


RULES: Mapping[NoticeKind, KindRule] = {
    NoticeKind.PHASE_STARTED: KindRule(("title", "end"), followed=True),
    NoticeKind.PHASE_ENDING: KindRule(("title", "end"), followed=True),
    NoticeKind.PHASE_ENDED: KindRule(("title", "end"), followed=True),
    NoticeKind.CONTRIBUTION_CREATED: KindRule(("title", "item"), followed=True),
    NoticeKind.ANSWER_GIVEN: KindRule(("title", "item", "decision"), followed=True),
    NoticeKind.RESULT_PUBLISHED: KindRule(("title",), followed=True),
    NoticeKind.GOAL_REACHED: KindRule(("title", "item", "count"), followed=True),
    NoticeKind.OFFER_MATCHED: KindRule(("title", "search"), followed=True),
    NoticeKind.TEXT_HELD: KindRule(("title", "item")),
    NoticeKind.TEXT_DECIDED: KindRule(("title", "item", "decision", "reason", "explanation")),
    NoticeKind.TEXT_SHOWN: KindRule(("title", "item", "explanation")),
    NoticeKind.CASE_WAITING: KindRule(("title", "count"), staff=True),
    NoticeKind.CASE_OBJECTED: KindRule(("title", "item"), staff=True),
    NoticeKind.GOAL_WAITING: KindRule(("title", "item", "count"), staff=True),
    NoticeKind.RESULT_REMINDER: KindRule(("title",), staff=True),
}

KINDS: tuple[str, ...] = (*(kind.value for kind in RULES), DIGEST, QUESTION, INVITATION)


def placeholders_of(kind: str) -> tuple[str, ...]:
    """What a text of this kind may say in braces."""
    if kind == DIGEST:
        return ("tenant", "count", "items")
    if kind == QUESTION:
        return _ALWAYS
    if kind == INVITATION:
        return ("title", *_ALWAYS)
    return (*RULES[NoticeKind(kind)].placeholders, *_ALWAYS)
