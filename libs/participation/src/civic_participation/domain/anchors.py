"""Anchors: what part of an offer's objects a text is about. Every tool points in this way."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from civic_chassis.kernel.text import Violations

PAGE_MAX = 10_000
SECOND_MAX = 86_400
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A section of a text, a page of a document, a point on an image (0 to 1 from its upper left corner), a second of
    a video; `object_id` is empty where the offer as a whole is meant."""

    object_id: str = ""
    section: str = ""
    page: int = 0
    x: float | None = None
    y: float | None = None
    second: int | None = None
    version: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it is stored, and as the JSON API shows it: what is absent is left out."""
        shown: dict[str, Any] = {"object": self.object_id}
        if self.section:
            shown["section"] = self.section
        if self.page:
            shown["page"] = self.page
        if self.x is not None:
            shown |= {"x": self.x, "y": self.y}
        if self.second is not None:
            shown["second"] = self.second
        if self.version:
            shown["version"] = self.version
        return shown


def anchor_of(stored: Mapping[str, Any]) -> Anchor:
    """The way back from `as_json`."""
    return Anchor(
        object_id=stored["object"],
        section=stored.get("section", ""),
        page=stored.get("page", 0),
        x=float(stored["x"]) if "x" in stored else None,
        y=float(stored["y"]) if "y" in stored else None,
        second=stored.get("second"),
        version=stored.get("version", 0),
    )


def checked_anchor(given: Anchor | None, found: Violations, field: str = "anchor") -> Anchor | None:
    """The anchor in a form that can be stored; None where it points at the offer as a whole.

    Notes what is wrong under `<field>.<part>`. Whether the object is there is the tool's question.
    """
    if given is None or given == Anchor():
        return None
    for name in ("object_id", "section"):
        value = getattr(given, name)
        if value and not _NAME.fullmatch(value):
            found.add(f"{field}.{name.removesuffix('_id')}", "MALFORMED", "has not the form of a key")
    if not given.object_id:
        found.add(f"{field}.object", "REQUIRED", "names no object")
    if not 0 <= given.page <= PAGE_MAX:
        found.add(f"{field}.page", "OUT_OF_RANGE", "no page has this number", min="1", max=str(PAGE_MAX))
    if given.second is not None and not 0 <= given.second <= SECOND_MAX:
        found.add(f"{field}.second", "OUT_OF_RANGE", "no video is that long", min="0", max=str(SECOND_MAX))
    _check_point(given, found, field)
    return given


def _check_point(given: Anchor, found: Violations, field: str) -> None:
    if (given.x is None) != (given.y is None):
        missing = "x" if given.x is None else "y"
        found.add(f"{field}.{missing}", "REQUIRED", "a point has both coordinates")
        return
    for name, value in (("x", given.x), ("y", given.y)):
        if value is not None and not (math.isfinite(value) and 0 <= value <= 1):
            found.add(f"{field}.{name}", "OUT_OF_RANGE", "lies outside the image", min="0", max="1")
