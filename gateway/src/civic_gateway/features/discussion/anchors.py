"""What the form for a new contribution is about: from its address into hidden fields, and in words."""

from __future__ import annotations

from starlette.requests import Request

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.calls import Topic
from civic_gateway.features.discussion.object_views import object_view, section_of
from civic_gateway.features.discussion.render import PHASES
from civic_gateway.features.discussion.views import topic_path
from civic_gateway.web import phases
from civic_gateway.web.forms import Form

_FIELDS = {"object": "unterlage", "section": "abschnitt", "second": "sekunde"}


def meant_by(request: Request, topic: Topic) -> dict[str, str]:
    """The hidden fields of an empty form; none where the topic takes nothing."""
    if PHASES[topic.phase] != phases.ACTIVE or not request.query_params.get("unterlage"):
        return {}
    return {field: request.query_params.get(name, "") for field, name in _FIELDS.items()}


async def about_of(request: Request, topic: Topic, form: Form) -> str:
    """Title of the object and heading of the section; empty where the topic as a whole is meant."""
    key = form.value("object")
    if not key:
        return ""
    context = context_of(request)
    found = await context.objects.list(await asker_of(request, topic.tenant), topic.id)
    words, path = context.renderer.words(request), topic_path(topic)
    return section_of([object_view(words, each, path) for each in found], key, form.value("section")) or key
