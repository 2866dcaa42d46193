"""What the form for a new contribution is about: from its address into fields, and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from civic_chassis.kernel.errors import DomainError
from starlette.requests import Request

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.object_views import object_view, section_of
from civic_gateway.features.discussion.pictures import PictureView, picture_of, point_asked, point_of
from civic_gateway.features.discussion.render import PHASES
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import topic_path
from civic_gateway.web import phases
from civic_gateway.web.forms import Form

# How the service calls fields of the form.
NAMES: Final = {f"anchor.{name}": name for name in ("object", "section", "page", "second", "x", "y")}
_FIELDS: Final = {"object": "unterlage", "section": "abschnitt", "second": "sekunde", "page": "seite"}


@dataclass(frozen=True, slots=True)
class Meant:
    """The object of a form in words: its title, with the heading of the section, and its image where it is one."""

    title: str
    kind: str = ""
    picture: PictureView | None = None


def meant_by(request: Request, topic: Topic) -> dict[str, str]:
    """The fields of an empty form; none where the topic takes nothing."""
    if PHASES[topic.phase] != phases.ACTIVE or not request.query_params.get("unterlage"):
        return {}
    fields = {field: request.query_params.get(name, "") for field, name in _FIELDS.items()}
    return fields | point_asked(request.query_params)


async def about_of(request: Request, topic: Topic, form: Form) -> Meant | None:
    """None where the topic as a whole is meant."""
    key = form.value("object")
    if not key:
        return None
    context = context_of(request)
    found = await context.objects.list(await asker_of(request, topic.tenant), topic.id)
    words, path = context.renderer.words(request), topic_path(topic)
    views = [object_view(words, each, path) for each in found]
    title = section_of(views, key, form.value("section")) or key
    shown = next((each for each in found if each.id == key), None)
    if shown is None:
        return Meant(title)
    kind = next(view.kind for view in views if view.key == key)
    return Meant(title, kind, picture_of(shown, _point(form), language=words.language))


def _point(form: Form) -> tuple[float, float] | None:
    try:
        x, y = point_of(form.values)
    except DomainError:
        # It is told at its field.
        return None
    return (x, y) if x is not None and y is not None else None
