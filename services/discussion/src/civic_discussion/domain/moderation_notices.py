"""What authors and moderators are told by mail about texts that wait, and what was decided about them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from civic_participation.domain.codes import code_of
from civic_participation.domain.moderation import Case, FoundText, TextState
from civic_participation.domain.notices import Notice, NoticeKind, People, Staff, notice_id

_ADDRESSES = {"contribution": "beitrag", "comment": "kommentar", "attachment": "datei"}
_MODERATORS = Staff(("admin", "moderator"))
_HIDDEN = {"de": "Er wird nicht gezeigt.", "en": "It is not shown."}
_FILE_HIDDEN = {"de": "Die Datei {name} wird nicht gezeigt.", "en": "The file {name} is not shown."}
_WAITING = {"de": "Neue Texte und Meldungen", "en": "New texts and reports"}
_LONG = {"de": "{count} warten schon lange", "en": "{count} have been waiting for long"}


def text_held(text: FoundText, *, tenant: str, at: datetime) -> Notice:
    """The author's text waits."""
    return Notice(
        id=notice_id("held", text.key.id, at.isoformat()),
        kind=NoticeKind.TEXT_HELD,
        audience=People((text.author_subject,)),
        path=own_path(text, tenant),
        happen_time=at,
        words={"title": text.offer_title, "item": text.title},
    )


def text_decided(text: FoundText, case: Case, reason: Mapping[str, str], *, tenant: str, at: datetime) -> Notice:
    """That the author's text is shown; or that it is not, why, and where to object."""
    explanation = case.verdict.text if case.verdict is not None else ""
    shown = text.state is TextState.PUBLISHED
    decision = _hidden(text)
    known = {"title": text.offer_title, "item": text.title, "explanation": explanation}

    def words(language: str) -> Mapping[str, str]:
        why = reason.get(language) or reason.get("de") or ""
        return known if shown else known | {"decision": decision[language], "reason": why}

    return Notice(
        id=notice_id("decided", case.id, case.row_version),
        kind=NoticeKind.TEXT_SHOWN if shown else NoticeKind.TEXT_DECIDED,
        audience=People((text.author_subject,)),
        path=public_path(text, tenant) if shown else own_path(text, tenant),
        happen_time=at,
        words=words("de"),
        translations={"en": words("en")},
    )


def _hidden(text: FoundText) -> Mapping[str, str]:
    if text.key.kind != "attachment":
        return _HIDDEN
    # The first line of what a moderator reads of a file is its name.
    name = text.text.partition("\n")[0]
    return {language: sentence.format(name=name) for language, sentence in _FILE_HIDDEN.items()}


def case_objected(text: FoundText, case: Case, *, tenant: str, at: datetime) -> Notice:
    """Moderators are to look again."""
    return Notice(
        id=notice_id("objected", case.id),
        kind=NoticeKind.CASE_OBJECTED,
        audience=_MODERATORS,
        path=f"/{tenant}/verwaltung/moderation",
        happen_time=at,
        words={"title": text.offer_title, "item": text.title},
    )


def cases_waiting(*, waiting: int, long: int, tenant: str, at: datetime, id: UUID) -> Notice:
    """Something waits for moderators, `long` of it for too long."""
    title = {language: words.format(count=long) for language, words in (_LONG if long else _WAITING).items()}
    count = str(waiting)
    return Notice(
        id=id,
        kind=NoticeKind.CASE_WAITING,
        audience=_MODERATORS,
        path=f"/{tenant}/verwaltung/moderation",
        happen_time=at,
        words={"title": title["de"], "count": count},
        translations={"en": {"title": title["en"], "count": count}},
    )


def public_path(text: FoundText, tenant: str) -> str:
    """The page on which everybody reads the text: a comment stands below its contribution."""
    return f"/{tenant}/dialoge/{code_of(text.offer_id)}/beitraege/{code_of(text.parent_id)}"


def own_path(text: FoundText, tenant: str) -> str:
    """The page on which an author reads how a text stands, and may object."""
    return f"/{tenant}/moderation/{_ADDRESSES[text.key.kind]}/{code_of(text.key.id)}/widerspruch"
