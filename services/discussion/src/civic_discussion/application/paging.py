"""Pages of lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page a caller asked for, unchecked."""

    page_size: int
    page_token: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items and the token of the page after them, empty on the last one."""

    items: Sequence[Item]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class JsonPage:
    """The same with the items as one JSON array."""

    items_json: bytes
    next_page_token: str


def json_array(items: Sequence[str]) -> bytes:
    return ("[" + ",".join(items) + "]").encode()
