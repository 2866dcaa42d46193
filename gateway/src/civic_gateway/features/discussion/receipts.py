"""What a person gets after sending: what was received, when to the second, under which number, and what comes next."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.context import Context, asker_of, context_of
from civic_gateway.features.discussion.contribution_calls import Comment, Contribution
from civic_gateway.features.discussion.loading import load, topic_values
from civic_gateway.features.discussion.render import STATES
from civic_gateway.features.discussion.views import contribution_path, moment, topic_path
from civic_gateway.web.addresses import code_of, with_query
from civic_gateway.web.i18n import BERLIN
from civic_gateway.web.sending import redirect


async def receipt(request: Request) -> Response:
    """What was received, when, under which number, and what happens next."""
    context = context_of(request)
    topic, found, tenant = await load(request)
    comment = _signed_comment(request, context, found)
    if comment is None and not found.mine:
        return redirect(contribution_path(topic_path(topic), found))
    versions = None
    if comment is None:
        versions = await context.curation.versions(await asker_of(request, topic.tenant), found.id)
    words = context.renderer.words(request)
    at = comment[1] if comment else moment(found.create_time)
    return await context.renderer.page(
        request,
        "receipt.html",
        tenant=tenant,
        contribution=found,
        contribution_path=contribution_path(topic_path(topic), found),
        comment=comment[0] if comment else "",
        number=comment[0] if comment else code_of(found.id),
        fingerprint=versions.versions[-1].fingerprint if versions is not None else "",
        received=_to_the_second(words.day(at), at),
        held=request.query_params.get("stand") == "held" if comment else STATES.get(found.state) == "held",
        **topic_values(words, topic),
    )


def receipt_of_comment(context: Context, path: str, made: Comment) -> str:
    """The address of the receipt below the contribution at `path`; it vouches for number and instant itself, since
    a comment cannot be asked for alone."""
    code, at = code_of(made.id), moment(made.create_time).isoformat(timespec="microseconds")
    proof = _proof(context, made.contribution_id, code, at)
    state = STATES.get(made.state, "published")
    held = state if state == "held" else ""
    return with_query(f"{path}/eingang", kommentar=code, um=at, beleg=proof, stand=held)


def _proof(context: Context, *parts: str) -> str:
    secret = context.settings.session_secret.get_secret_value().encode()
    return hmac.new(secret, "\n".join(("receipt", *parts)).encode(), sha256).hexdigest()[:32]


def _signed_comment(request: Request, context: Context, found: Contribution) -> tuple[str, dt.datetime] | None:
    """Number and instant of the comment that the address speaks of, where this portal wrote the address."""
    query: Mapping[str, str] = request.query_params
    code, at = query.get("kommentar", ""), query.get("um", "")
    if not code or not hmac.compare_digest(query.get("beleg", ""), _proof(context, found.id, code, at)):
        return None
    return code, dt.datetime.fromisoformat(at)


def _to_the_second(day: str, at: dt.datetime) -> str:
    return f"{day}, {at.astimezone(BERLIN):%H:%M:%S}"
