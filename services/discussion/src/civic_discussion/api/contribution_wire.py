"""Contributions, their lists and ratings: messages to domain values and back."""

from collections.abc import Iterable
from uuid import UUID

from civic.common.v1 import offer_pb2, place_pb2
from civic.discussion.v1 import (
    contribution_pb2,
    contribution_service_pb2,
)
from civic_chassis.kernel import etag
from civic_participation.api.attachments import shown_message
from civic_participation.domain.places import Bounds, checked_box

from civic_discussion.api.place_wire import anchor, anchor_message, place, place_message
from civic_discussion.api.wire import attachment_id, contribution_id, known, timestamp
from civic_discussion.domain.answers import Answer, AnswerState
from civic_discussion.domain.comments import Comment
from civic_discussion.domain.content import Change, Given
from civic_discussion.domain.contributions import Contribution, GoalReached, Rating, State, Tally
from civic_discussion.domain.history import Origin, OriginKind, Similar, Version, fingerprint
from civic_discussion.domain.listing import ContributionMap, Only, Order
from civic_discussion.domain.participation import Participation, ParticipationKind

_RATINGS = {
    contribution_pb2.RATING_VALUE_FOR: Rating.FOR,
    contribution_pb2.RATING_VALUE_NEUTRAL: Rating.NEUTRAL,
    contribution_pb2.RATING_VALUE_AGAINST: Rating.AGAINST,
}
RATING_NUMBERS = {rating: number for number, rating in _RATINGS.items()}
STATE_NUMBERS = {
    State.PUBLISHED: contribution_pb2.CONTRIBUTION_STATE_PUBLISHED,
    State.HELD: contribution_pb2.CONTRIBUTION_STATE_HELD,
    State.HIDDEN: contribution_pb2.CONTRIBUTION_STATE_HIDDEN,
    State.WITHDRAWN: contribution_pb2.CONTRIBUTION_STATE_WITHDRAWN,
    State.MERGED: contribution_pb2.CONTRIBUTION_STATE_MERGED,
}
_ANSWERS = {
    contribution_pb2.ANSWER_STATE_IN_REVIEW: AnswerState.IN_REVIEW,
    contribution_pb2.ANSWER_STATE_ACCEPTED: AnswerState.ACCEPTED,
    contribution_pb2.ANSWER_STATE_PARTLY_ACCEPTED: AnswerState.PARTLY_ACCEPTED,
    contribution_pb2.ANSWER_STATE_REJECTED: AnswerState.REJECTED,
}
ANSWER_NUMBERS = {state: number for number, state in _ANSWERS.items()}
_ORIGINS = {
    OriginKind.MERGED: contribution_pb2.ORIGIN_KIND_MERGED,
    OriginKind.SPLIT: contribution_pb2.ORIGIN_KIND_SPLIT,
    OriginKind.MOVED: contribution_pb2.ORIGIN_KIND_MOVED,
}
_ORDERS = {
    contribution_service_pb2.CONTRIBUTION_ORDER_UNSPECIFIED: Order.NEWEST,
    contribution_service_pb2.CONTRIBUTION_ORDER_NEWEST: Order.NEWEST,
    contribution_service_pb2.CONTRIBUTION_ORDER_OLDEST: Order.OLDEST,
    contribution_service_pb2.CONTRIBUTION_ORDER_MOST_SUPPORTED: Order.MOST_SUPPORTED,
}
_KINDS = {
    ParticipationKind.CONTRIBUTION: contribution_service_pb2.PARTICIPATION_KIND_CONTRIBUTION,
    ParticipationKind.COMMENT: contribution_service_pb2.PARTICIPATION_KIND_COMMENT,
    ParticipationKind.RATING: contribution_service_pb2.PARTICIPATION_KIND_RATING,
}


def kind(number: "contribution_service_pb2.ParticipationKind.ValueType") -> ParticipationKind | None:
    """None for UNSPECIFIED."""
    return known({number: kind for kind, number in _KINDS.items()}, number, "kind") if number else None


def order(number: "contribution_service_pb2.ContributionOrder.ValueType") -> Order:
    return known(_ORDERS, number, "order")


def state(number: "contribution_pb2.ContributionState.ValueType") -> State | None:
    """None for UNSPECIFIED."""
    return known({number: state for state, number in STATE_NUMBERS.items()}, number, "state") if number else None


def answer_state(number: "contribution_pb2.AnswerState.ValueType") -> AnswerState:
    return known(_ANSWERS, number, "state")


def source_ids(texts: Iterable[str]) -> list[UUID]:
    return [contribution_id(text) for text in texts]


def only(
    message: contribution_service_pb2.ListContributionsRequest | contribution_service_pb2.MapContributionsRequest,
) -> Only:
    box = None
    if message.HasField("bounding_box"):
        edges = message.bounding_box
        box = checked_box(Bounds(edges.west, edges.south, edges.east, edges.north))
    return Only(
        category=message.category, label=message.label, object_id=message.object_id, section=message.section, box=box
    )


def map_message(found: ContributionMap) -> contribution_service_pb2.MapContributionsResponse:
    around = found.around
    return contribution_service_pb2.MapContributionsResponse(
        points=[
            contribution_service_pb2.ContributionPoint(
                point=place_pb2.Point(lat=each.point.lat, lon=each.point.lon),
                count=each.count,
                contribution_id=str(each.id) if each.id is not None else "",
                title=each.title,
                area_geojson=each.area,
            )
            for each in found.points
        ],
        placed_count=found.placed,
        bounding_box=offer_pb2.BoundingBox(west=around.west, south=around.south, east=around.east, north=around.north)
        if around is not None
        else None,
        more=found.more,
    )


def rating(number: "contribution_pb2.RatingValue.ValueType") -> Rating:
    return known(_RATINGS, number, "value")


def given(message: contribution_service_pb2.CreateContributionRequest) -> Given:
    return Given(
        title=message.title,
        text=message.text,
        category=message.category,
        labels=tuple(message.labels),
        place=place(message.place) if message.HasField("place") else None,
        anchor=anchor(message.anchor) if message.HasField("anchor") else None,
        hide_name=message.hide_name,
        attachments=_files(message.attachments),
    )


def change(message: contribution_service_pb2.UpdateContributionRequest) -> Change:
    return Change(
        title=message.title if message.HasField("title") else None,
        text=message.text if message.HasField("text") else None,
        category=message.category if message.HasField("category") else None,
        place=place(message.place) if message.HasField("place") else None,
        attachments=_files(message.attachments.ids) if message.HasField("attachments") else None,
    )


def _files(ids: Iterable[str]) -> tuple[UUID, ...]:
    return tuple(map(attachment_id, ids))


def contribution_message(contribution: Contribution) -> contribution_pb2.Contribution:
    my_rating = contribution.my_rating
    return contribution_pb2.Contribution(
        name=f"tenants/{contribution.tenant}/contributions/{contribution.id}",
        id=str(contribution.id),
        topic_id=str(contribution.topic_id),
        etag=etag.render(contribution.row_version),
        create_time=timestamp(contribution.create_time),
        update_time=timestamp(contribution.update_time),
        title=contribution.content.words.title,
        text=contribution.content.words.text,
        author_name=contribution.author_name or "",
        ratings=tally_message(contribution.tally),
        comment_count=contribution.comment_count,
        mine=contribution.mine,
        my_rating=RATING_NUMBERS[my_rating] if my_rating is not None else contribution_pb2.RATING_VALUE_UNSPECIFIED,
        state=STATE_NUMBERS[contribution.state],
        category=contribution.content.category,
        labels=contribution.content.labels,
        place=place_message(contribution.content.place),
        anchor=anchor_message(contribution.content.anchor),
        answer=_answer_message(contribution.answer),
        merged_into=str(contribution.merged_into) if contribution.merged_into is not None else "",
        attachments=[shown_message(contribution.tenant, each) for each in contribution.attachments],
        goal_reached=_goal_reached_message(contribution.goal_reached),
    )


def _goal_reached_message(reached: GoalReached | None) -> contribution_pb2.GoalReached | None:
    return contribution_pb2.GoalReached(goal=reached.goal, reach_time=timestamp(reached.time)) if reached else None


def version_message(contribution_id: UUID, version: Version) -> contribution_pb2.ContributionVersion:
    return contribution_pb2.ContributionVersion(
        version=version.number,
        create_time=timestamp(version.create_time),
        title=version.words.title,
        text=version.words.text,
        fingerprint=fingerprint(contribution_id, version),
    )


def origin_message(origin: Origin) -> contribution_pb2.Origin:
    return contribution_pb2.Origin(
        kind=_ORIGINS[origin.kind],
        id=str(origin.id),
        title=origin.title or "",
        create_time=timestamp(origin.create_time),
    )


def similar_message(similar: Similar) -> contribution_service_pb2.SimilarContribution:
    return contribution_service_pb2.SimilarContribution(
        id=str(similar.id), title=similar.title, rated_for=similar.rated_for, comment_count=similar.comment_count
    )


def _answer_message(answer: Answer | None) -> contribution_pb2.Answer | None:
    if answer is None:
        return None
    return contribution_pb2.Answer(
        state=ANSWER_NUMBERS[answer.state], text=answer.text, answer_time=timestamp(answer.time)
    )


def tally_message(tally: Tally) -> contribution_pb2.RatingTally:
    # `for` is a word of Python's.
    return contribution_pb2.RatingTally(**{"for": tally.in_favour}, neutral=tally.neutral, against=tally.against)


def comment_message(comment: Comment) -> contribution_pb2.Comment:
    return contribution_pb2.Comment(
        name=f"tenants/{comment.tenant}/comments/{comment.id}",
        id=str(comment.id),
        contribution_id=str(comment.contribution_id),
        parent_id=str(comment.parent_id) if comment.parent_id is not None else "",
        etag=etag.render(comment.row_version),
        create_time=timestamp(comment.create_time),
        text=comment.text,
        author_name=comment.author_name or "",
        depth=comment.depth,
        mine=comment.mine,
        state=STATE_NUMBERS[comment.state],
    )


def participation_message(entry: Participation) -> contribution_service_pb2.Participation:
    return contribution_service_pb2.Participation(
        id=str(entry.id),
        kind=_KINDS[entry.kind],
        tenant=entry.tenant,
        topic_id=str(entry.topic_id),
        topic_title=entry.topic_title,
        contribution_id=str(entry.contribution_id),
        contribution_title=entry.contribution_title,
        create_time=timestamp(entry.create_time),
        state=STATE_NUMBERS[entry.state],
    )
