"""Where comments stand: oldest first, each reply below what it replies to."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from civic_discussion.domain.comments import MAX_DEPTH, Place, place
from hypothesis import given
from hypothesis import strategies as st

BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def _id(number: int) -> UUID:
    return UUID(int=number)


def _below(parent: Place | None, number: int) -> Place:
    return place(parent, comment_id=_id(number), create_time=BEGIN + timedelta(microseconds=number))


def _reading_order(parents: list[int | None]) -> list[int]:
    """The same by walking the tree; a reply to the deepest level hangs beside what it replies to."""
    depth: dict[int, int] = {}
    hangs_on: dict[int, int | None] = {}
    for number, parent in enumerate(parents):
        if parent is None:
            depth[number], hangs_on[number] = 0, None
        elif depth[parent] == MAX_DEPTH:
            depth[number], hangs_on[number] = MAX_DEPTH, hangs_on[parent]
        else:
            depth[number], hangs_on[number] = depth[parent] + 1, parent

    def walk(parent: int | None) -> list[int]:
        children = [number for number in range(len(parents)) if hangs_on[number] == parent]
        return [reached for child in children for reached in (child, *walk(child))]

    return walk(None)


@st.composite
def trees(draw: st.DrawFn) -> list[int | None]:
    size = draw(st.integers(1, 40))
    return [draw(st.one_of(st.none(), st.integers(0, number - 1))) if number else None for number in range(size)]


@given(trees())
def test_byte_order_of_paths_is_reading_order(parents: list[int | None]) -> None:
    places: list[Place] = []
    for number, parent in enumerate(parents):
        places.append(_below(None if parent is None else places[parent], number))
    assert sorted(range(len(places)), key=lambda number: places[number].path) == _reading_order(parents)
    for number, parent in enumerate(parents):
        assert places[number].depth == (0 if parent is None else min(places[parent].depth + 1, MAX_DEPTH))


def test_a_conversation_without_end_keeps_a_short_path() -> None:
    here = _below(None, 0)
    for number in range(1, 2_000):
        here = _below(here, number)
        assert len(here.path) <= (MAX_DEPTH + 1) * 24
        assert here.depth == min(number, MAX_DEPTH)


def test_of_the_same_microsecond_the_earlier_id_comes_first() -> None:
    first = place(None, comment_id=_id(1), create_time=BEGIN)
    second = place(None, comment_id=_id(2), create_time=BEGIN)
    assert first.path < second.path
