"""Who is told that an initiative has as many supporters as it wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from civic_participation.domain.codes import code_of
from civic_participation.domain.notices import FollowersOf, Notice, NoticeKind, People, Staff, notice_id

from civic_discussion.domain.contributions import Contribution
from civic_discussion.domain.stage_notices import TOPIC, contribution_path

_EDITORS = Staff(("admin", "editor"))


def reached(found: Contribution, author: str, titles: Mapping[str, str]) -> Sequence[Notice]:
    """To the author, to those who follow the topic, and to the office, which owes an answer now."""
    assert found.goal_reached is not None  # noqa: S101 - whoever calls has looked
    goal, at = found.goal_reached.goal, found.goal_reached.time
    told = Notice(
        id=notice_id(NoticeKind.GOAL_REACHED, found.id, "author"),
        kind=NoticeKind.GOAL_REACHED,
        audience=People((author,)),
        path=contribution_path(found),
        happen_time=at,
        words={"title": titles["de"], "item": found.content.words.title, "count": str(goal)},
        translations={language: {"title": title} for language, title in titles.items() if language != "de"},
    )
    return (
        told,
        replace(
            told,
            id=notice_id(NoticeKind.GOAL_REACHED, found.id, "followers"),
            audience=FollowersOf(TOPIC, str(found.topic_id)),
            except_subject=author,
        ),
        replace(
            told,
            id=notice_id(NoticeKind.GOAL_WAITING, found.id),
            kind=NoticeKind.GOAL_WAITING,
            audience=_EDITORS,
            path=f"/{found.tenant}/verwaltung/beitraege/{code_of(found.id)}",
        ),
    )
