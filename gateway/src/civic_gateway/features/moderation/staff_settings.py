"""How a tenant moderates: rules, words, reasons and the public policy, as a form of the staff area."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from civic_chassis.kernel.errors import DomainError, Kind, Violation, invalid
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.discussion.staff_access import staff_only
from civic_gateway.features.moderation.calls import HoldRule, Settings
from civic_gateway.features.moderation.render import RULES, SWITCHED_RULES, counts
from civic_gateway.web.addresses import slug_of, with_query
from civic_gateway.web.forms import Form, read_form
from civic_gateway.web.sending import described, redirect, shown_again

_RULES: Final = {name: HoldRule.ValueType(number) for number, name in RULES.items()}
_NUMBERS: Final = ("links_max", "per_minute", "remind_hours")
_LANGUAGES: Final = ("de", "en")
_NAMES: Final = {"policy": "policy_de"}


@staff_only("admin", "moderator")
async def show(request: Request) -> Response:
    """The settings as they are, with how often each rule held a text back and was wrong."""
    return await _page(request, None)


@staff_only("admin")
async def change(request: Request) -> Response:
    """Saves the settings, or shows what hinders it."""
    values = await read_form(request)
    moderation = context_of(request).moderation
    slug = request.path_params["tenant"]
    asker = await asker_of(request, slug)
    tool = moderation.tools[0]
    try:
        present = (await moderation.settings(asker, tool)).settings
        await moderation.change_settings(asker, tool, settings_of(values, present))
    except DomainError as error:
        if not shown_again(error):
            raise
        if error.kind is Kind.VERSION:
            # The next sending is meant for the state that is there now.
            values["etag"] = present.etag
        problem = described(request, error, names=_NAMES)
        return await _page(request, Form(values, problem), status=problem.status)
    return redirect(with_query(_path(slug), gespeichert="1"))


def settings_of(values: Mapping[str, str], present: Settings) -> Settings:
    """The settings that the form says. Raises INVALID_ARGUMENT for what is no number."""
    wrong = [name for name in _NUMBERS if not values.get(name, "").strip().lstrip("-").isdecimal()]
    if wrong:
        raise invalid(*(Violation(name, "WRONG_TYPE", "no number", {"expected": "number"}) for name in wrong))
    links_max, per_minute, remind_hours = (min(max(int(values[name]), -1), 100_000) for name in _NUMBERS)
    message = Settings(
        etag=values.get("etag", ""),
        rules=[_RULES[name] for name in SWITCHED_RULES if values.get(f"rule_{name}")],
        words=[line for line in values.get("words", "").splitlines() if line.strip()],
        policy={language: values.get(f"policy_{language}", "") for language in _LANGUAGES},
        links_max=links_max,
        per_minute=per_minute,
        remind_hours=remind_hours,
    )
    for reason in present.reasons:
        names = dict(reason.names)
        for language in _LANGUAGES:
            names[language] = values.get(f"reason_{reason.code}_{language}", "")
        message.reasons.add(code=reason.code, names=names, active=bool(values.get(f"reason_{reason.code}_active")))
    if values.get("reason_new_de", "").strip() or values.get("reason_new_en", "").strip():
        german = values.get("reason_new_de", "")
        code = slug_of(german).replace("-", "_")[:40].strip("_")
        message.reasons.add(code=code, names={"de": german, "en": values.get("reason_new_en", "")}, active=True)
    return message


def values_of(settings: Settings) -> dict[str, str]:
    """The settings as fields of the form."""
    values = {name: str(getattr(settings, name)) for name in _NUMBERS}
    values["etag"] = settings.etag
    values["words"] = "\n".join(settings.words)
    values |= {f"rule_{RULES[rule]}": "on" for rule in settings.rules}
    values |= {f"policy_{language}": settings.policy.get(language, "") for language in _LANGUAGES}
    for reason in settings.reasons:
        for language in _LANGUAGES:
            values[f"reason_{reason.code}_{language}"] = reason.names.get(language, "")
        if reason.active:
            values[f"reason_{reason.code}_active"] = "on"
    return values


async def _page(request: Request, form: Form | None, *, status: int = 200) -> Response:
    context = context_of(request)
    slug = request.path_params["tenant"]
    asker = await asker_of(request, slug)
    tenant, found = await asyncio.gather(
        context.tenants.get(slug), context.moderation.settings(asker, context.moderation.tools[0])
    )
    return await context.renderer.page(
        request,
        "moderation_settings.html",
        tenant=tenant,
        status=status,
        form=form or Form(values_of(found.settings)),
        codes=[reason.code for reason in found.settings.reasons],
        rules=SWITCHED_RULES,
        held=counts(found.held),
        wrong=counts(found.false_positives),
        path=_path(slug),
        inbox=f"/{slug}/verwaltung/moderation",
        saved=request.query_params.get("gespeichert") == "1",
    )


def _path(tenant: str) -> str:
    return f"/{tenant}/verwaltung/moderation/einstellungen"


routes: Final[Sequence[BaseRoute]] = (
    Route("/{tenant}/verwaltung/moderation/einstellungen", show, methods=["GET"]),
    Route("/{tenant}/verwaltung/moderation/einstellungen", change, methods=["POST"]),
)
