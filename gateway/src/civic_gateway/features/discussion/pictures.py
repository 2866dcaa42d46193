"""Images that people point at: as pages show them, with the point in numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from civic.common.v1 import attachment_pb2, place_pb2
from civic.discussion.v1 import object_pb2
from civic_chassis.kernel.errors import DomainError, Violation, invalid
from starlette.requests import Request

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.contribution_calls import Contribution
from civic_gateway.features.files.render import address_of

# The image on which a point is chosen without a script: its pixels are what the browser sends, and it fits any window.
CHOICE_WIDTH: Final = 280
_UNITS: Final = 1000


@dataclass(frozen=True, slots=True)
class PictureView:
    """An image with a point, in a drawing that is 1000 units wide; percent are those of the point, as people read."""

    address: str
    height: int
    choice_height: int
    x: float | None = None
    y: float | None = None
    percent_x: str = ""
    percent_y: str = ""


def picture_of(
    shown: object_pb2.Object, point: tuple[float, float] | None = None, *, language: str = "de"
) -> PictureView | None:
    """The image of an object; None where it has none that can be seen. `point` is a part of width and height."""
    file = shown.file
    forms = sorted((each.width, each.name) for each in file.thumbnails if each.media_type == "image/webp")
    if shown.kind != object_pb2.OBJECT_KIND_IMAGE or file.state != attachment_pb2.ATTACHMENT_STATE_READY or not forms:
        return None
    ratio = file.height / max(file.width, 1)
    height = max(round(_UNITS * ratio), 1)
    made = PictureView(
        address=f"{address_of(file)}/thumbnails/{forms[-1][1]}",
        height=height,
        choice_height=max(round(CHOICE_WIDTH * ratio), 1),
    )
    if point is None:
        return made
    x, y = point
    return replace(
        made,
        x=round(x * _UNITS, 1),
        y=round(y * height, 1),
        percent_x=percent_text(x, language),
        percent_y=percent_text(y, language),
    )


async def picture_about(request: Request, contribution: Contribution) -> PictureView | None:
    """The image with the point that a contribution is about, as it was then; None where it points at none."""
    anchor = contribution.anchor
    if not contribution.HasField("anchor") or not anchor.HasField("x"):
        return None
    context = context_of(request)
    asker = await asker_of(request, request.path_params["tenant"])
    try:
        shown = await context.objects.get(asker, contribution.topic_id, anchor.object_id, version=anchor.version)
    except DomainError:
        # The words of the point are there without it.
        return None
    return picture_of(shown, (anchor.x, anchor.y), language=context.renderer.words(request).language)


def point_asked(query: Mapping[str, str]) -> dict[str, str]:
    """The point that was chosen on the image, in percent; empty where none was, as by the keyboard."""
    sent = [query.get(name, "") for name in ("punkt.x", "punkt.y", "hoehe")]
    if not all(each.isascii() and each.isdigit() and len(each) <= 5 for each in sent):
        return {}
    x, y, height = (int(each) for each in sent)
    if (x, y) == (0, 0) or not (x <= CHOICE_WIDTH and y <= height and height):
        return {}
    return {"x": percent_text(x / CHOICE_WIDTH), "y": percent_text(y / height)}


def point_of(values: Mapping[str, str]) -> tuple[float | None, float | None]:
    """The point as a part of width and height, from percent as they are typed. Raises INVALID_ARGUMENT."""
    return _part(values, "x"), _part(values, "y")


def with_point(anchor: place_pb2.Anchor, values: Mapping[str, str]) -> place_pb2.Anchor:
    """The anchor with the point that the form names; half a point is left to the service to refuse."""
    x, y = point_of(values)
    if x is not None:
        anchor.x = x
    if y is not None:
        anchor.y = y
    return anchor


def percent_text(part: float, language: str = "de") -> str:
    """`25,5` for 0.255."""
    text = f"{part * 100:.1f}".removesuffix(".0")
    return text.replace(".", ",") if language == "de" else text


def _part(values: Mapping[str, str], name: str) -> float | None:
    text = values.get(name, "").strip().removesuffix("%").rstrip().replace(",", ".")
    if not text:
        return None
    try:
        percent = float(text)
    except ValueError:
        raise invalid(Violation(name, "WRONG_TYPE", "no number", {"expected": "decimal"})) from None
    if not 0 <= percent <= 100:
        raise invalid(Violation(name, "OUT_OF_RANGE", "not on the image", {"min": "0", "max": "100"}))
    return percent / 100
