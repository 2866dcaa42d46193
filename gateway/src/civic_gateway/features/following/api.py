"""Following, preferences and mail texts in the JSON API."""

from __future__ import annotations

from typing import Annotated, Final

import orjson
from civic_chassis.kernel.errors import DomainError
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from civic_gateway.answers import if_match, list_answer, resource_answer
from civic_gateway.clients import Asker
from civic_gateway.context import asker_of, context_of, required_token_of
from civic_gateway.features.discussion.api import TopicId
from civic_gateway.features.discussion.views import topic_path
from civic_gateway.features.following import render
from civic_gateway.features.following.calls import TOPIC, Rhythm, Words
from civic_gateway.features.following.schemas import (
    FollowingPage,
    FollowingPut,
    FollowingState,
    MailPreview,
    MailText,
    MailTextList,
    MailTextPut,
    Preference,
    PreferenceList,
    PreferencePut,
    Recipient,
)
from civic_gateway.features.tenants.api import TenantSlug
from civic_gateway.openapi import IF_MATCH_REQUIRED, READING, answers, changing, signed_in
from civic_gateway.validation import DEFAULT_PAGE_SIZE, PageSize, PageToken

KindName = Annotated[str, Path(description="Kind of notice, such as phase.ended")]
LanguageName = Annotated[str, Path(description="Language of the mail text: de or en")]

router = APIRouter(prefix="/api/v1/{tenant}", tags=["mail"])
person_router = APIRouter(prefix="/api/v1/me", tags=["me"])

_FOLLOWING: Final = "/discussion/topics/{topic:id}/following"
_TEXT: Final = "/mail-texts/{kind}/{language:id}"


@router.get(_FOLLOWING, responses=answers(FollowingState, statuses=READING), openapi_extra=signed_in())
async def get_following(request: Request, tenant: TenantSlug, topic: TopicId) -> Response:
    """Whether and how often the person hears of the topic."""
    required_token_of(request)
    try:
        found = await context_of(request).following.get(await asker_of(request, tenant), TOPIC, topic)
    except DomainError as error:
        if error.reason != "FOLLOWING_NOT_FOUND":
            raise
        return resource_answer(request, {"rhythm": None})
    return resource_answer(request, {"rhythm": render.RHYTHMS[found.rhythm]})


@router.put(_FOLLOWING, **changing(FollowingState))
async def put_following(request: Request, tenant: TenantSlug, topic: TopicId, body: FollowingPut) -> Response:
    """Follows the topic, or changes how often."""
    required_token_of(request)
    context, asker = context_of(request), await asker_of(request, tenant)
    found = await context.topics.get_topic(asker, topic)
    kept = await context.following.put(
        asker, found.id, _rhythm(body.rhythm), title=found.texts.title, path=topic_path(found)
    )
    return resource_answer(request, {"rhythm": render.RHYTHMS[kept.rhythm]})


@router.delete(_FOLLOWING, **changing(FollowingState))
async def delete_following(request: Request, tenant: TenantSlug, topic: TopicId) -> Response:
    """Follows the topic no longer; a topic that is not followed is no error."""
    required_token_of(request)
    await context_of(request).following.delete(await asker_of(request, tenant), TOPIC, topic)
    return resource_answer(request, {"rhythm": None})


@person_router.get("/followings", responses=answers(FollowingPage, statuses=READING), openapi_extra=signed_in())
async def list_my_followings(
    request: Request, page_size: PageSize = DEFAULT_PAGE_SIZE, page_token: PageToken = ""
) -> Response:
    """What the person follows in all tenants, newest first."""
    asker = Asker(None, required_token_of(request))
    answer = await context_of(request).following.list_mine(asker, page_size=page_size, page_token=page_token)
    items = orjson.dumps([render.following(each) for each in answer.followings])
    return list_answer(request, items, answer.next_page_token)


@person_router.get("/preferences", responses=answers(PreferenceList, statuses=READING), openapi_extra=signed_in())
async def list_preferences(request: Request) -> Response:
    """How often the person hears of each kind of notice."""
    found = await context_of(request).following.preferences(Asker(None, required_token_of(request)))
    return resource_answer(request, {"items": [render.preference(each) for each in found]})


@person_router.put("/preferences/{kind}", **changing(Preference))
async def put_preference(request: Request, kind: KindName, body: PreferencePut) -> Response:
    """Sets how often the person hears of a kind of notice; it counts before what they follow."""
    asker = Asker(None, required_token_of(request))
    kept = await context_of(request).following.prefer(asker, kind, _rhythm(body.rhythm))
    return resource_answer(request, render.preference(kept))


@person_router.get("/recipient", responses=answers(Recipient, statuses=READING), openapi_extra=signed_in())
async def get_recipient(request: Request) -> Response:
    """Where mails to the person go."""
    found = await context_of(request).following.recipient(Asker(None, required_token_of(request)))
    return resource_answer(request, render.recipient(found))


@person_router.post("/recipient:retry", **changing(Recipient))
async def retry_recipient(request: Request) -> Response:
    """Tries the person's address again after mail came back."""
    found = await context_of(request).following.retry(Asker(None, required_token_of(request)))
    return resource_answer(request, render.recipient(found))


@router.get("/mail-texts", responses=answers(MailTextList, statuses=READING), openapi_extra=signed_in())
async def list_mail_texts(request: Request, tenant: TenantSlug) -> Response:
    """Every mail text of the tenant as it is sent; for staff."""
    found = await context_of(request).following.templates(await asker_of(request, tenant))
    return resource_answer(request, {"items": [render.template(each) for each in found]})


@router.get(_TEXT, responses=answers(MailText, statuses=READING), openapi_extra=signed_in())
async def get_mail_text(request: Request, tenant: TenantSlug, kind: KindName, language: LanguageName) -> Response:
    """One mail text; for staff."""
    found = await context_of(request).following.template(await asker_of(request, tenant), kind, language)
    return resource_answer(request, render.template(found))


@router.put(_TEXT, **changing(MailText, IF_MATCH_REQUIRED))
async def put_mail_text(
    request: Request, tenant: TenantSlug, kind: KindName, language: LanguageName, body: MailTextPut
) -> Response:
    """Replaces a mail text; for staff. A placeholder that the kind does not know is refused by name."""
    changed = await context_of(request).following.update_template(
        await asker_of(request, tenant), kind, language, Words(body.subject_line, body.text), etag=if_match(request)
    )
    return resource_answer(request, render.template(changed))


@router.delete(_TEXT, **changing(MailText, IF_MATCH_REQUIRED))
async def reset_mail_text(request: Request, tenant: TenantSlug, kind: KindName, language: LanguageName) -> Response:
    """Goes back to the portal's mail text; for staff."""
    changed = await context_of(request).following.reset_template(
        await asker_of(request, tenant), kind, language, etag=if_match(request)
    )
    return resource_answer(request, render.template(changed))


@router.post("/mail-texts/{kind}/{language}:preview", **changing(MailPreview))
async def preview_mail_text(
    request: Request, tenant: TenantSlug, kind: KindName, language: LanguageName, body: MailTextPut
) -> Response:
    """The mail as it would be sent, with example values; keeps nothing. For staff."""
    words = Words(body.subject_line, body.text)
    shown = await context_of(request).following.preview(await asker_of(request, tenant), kind, language, words)
    return resource_answer(request, {"subject_line": shown.subject_line, "text": shown.text, "html": shown.html})


def _rhythm(name: str) -> Rhythm.ValueType:
    return render.RHYTHM_OF[name]
