"""Files in forms of pages: read while they arrive, kept beside the form until it is sent, named where refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from civic.common.v1 import attachment_pb2
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.upload import Upload
from starlette.requests import Request

from civic_gateway.context import asker_of, context_of
from civic_gateway.features.files.senders import VIDEO
from civic_gateway.features.files.views import FileView, file_view, kind_in_words, size_in_words
from civic_gateway.problems import FieldProblem, Problem, describe_violation, language_of, trace_id_of
from civic_gateway.session import current_session
from civic_gateway.streaming import is_streamed, parts_of
from civic_gateway.web.forms import FORM, read_form
from civic_gateway.web.i18n import Words

MAX_FILES: Final = 5
MAX_ALT_TEXT: Final = 500
ACTION: Final = "files_action"
FILES: Final = "files"
FILES_SHOWN: Final = "files_shown"
# Fields that take a WebVTT file in place of its text.
CAPTIONS: Final = "captions_file_"
_ID: Final = "file_"
_ALT: Final = "alt_text_"


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent: its fields, and why its files were not all taken."""

    values: dict[str, str]
    refused: tuple[tuple[str, DomainError], ...] = ()

    @property
    def only_files(self) -> bool:
        """Whether the person wants the form again with other files, rather than send it."""
        return bool(self.values.get(ACTION)) or bool(self.refused)


async def read_form_with_files(request: Request, tenant: str, *, of_objects: bool = False) -> Sent:
    """Every field; files become uploads of the signed-in person, as `file_1` to `file_5`.

    In a form `of_objects`, which staff alone sends, files of captions become fields, and where the field `kind` says
    `video` before its file comes, that is to be one. Without a session files are left out.

    Raises MALFORMED_REQUEST, CSRF_INVALID, BODY_TOO_LARGE.
    """
    if not is_streamed(request.scope):
        values = await read_form(request)
        await _act(request, tenant, values)
        return Sent(values)
    values = {}
    request.scope[FORM] = values
    refused: list[tuple[str, DomainError]] = []
    session = current_session(request)
    async for part in parts_of(request):
        if part.filename is None:
            values[part.name] = await part.text()
        elif of_objects and part.name.startswith(CAPTIONS):
            if part.filename:
                values[part.name] = await part.text()
        elif part.filename and session is not None:
            place = next((n for n in range(1, MAX_FILES + 1) if not values.get(f"{_ID}{n}")), 0)
            try:
                if not place:
                    limit = {"max": str(MAX_FILES), "actual": str(MAX_FILES + 1)}
                    raise DomainError(Kind.INVALID, "TOO_MANY_FILES", "too many files", metadata=limit)
                desk = context_of(request).desk
                video = of_objects and values.get("kind") == VIDEO
                made = await desk.receive(tenant, session.subject, name=part.filename, chunks=part.chunks, video=video)
                values[f"{_ID}{place}"] = str(made.id)
            except DomainError as error:
                if error.kind not in (Kind.INVALID, Kind.LIMIT, Kind.UNAVAILABLE):
                    raise
                refused.append((part.filename, error))
    await _act(request, tenant, values)
    return Sent(values, tuple(refused))


def ids_of(values: Mapping[str, str]) -> tuple[str, ...]:
    """The files of a form in their order."""
    found = (values.get(f"{_ID}{number}", "") for number in range(1, MAX_FILES + 1))
    return tuple(dict.fromkeys(filter(None, found)))


def values_of(attachments: Sequence[attachment_pb2.Attachment]) -> dict[str, str]:
    """The fields of a form that shows files which are attached already."""
    values: dict[str, str] = {}
    for number, each in enumerate(attachments[:MAX_FILES], start=1):
        values |= {f"{_ID}{number}": each.id, f"{_ALT}{number}": each.alt_text}
    return values


async def describe_files(request: Request, tenant: str, values: Mapping[str, str]) -> None:
    """Keeps what the form says that its pictures show. Files that are gone are told of by whoever attaches them."""
    session = current_session(request)
    if session is None:
        return
    context = context_of(request)
    asker = await asker_of(request, tenant)
    for number in range(1, MAX_FILES + 1):
        file, alt_text = _uuid(values.get(f"{_ID}{number}", "")), values.get(f"{_ALT}{number}", "").strip()
        if file is None:
            continue
        try:
            held = await context.holders.get(asker, tenant, file)
            if held is None:
                found = await context.desk.uploads.find(tenant, file, owner=session.subject)
                if found.alt_text != alt_text:
                    await context.desk.uploads.describe(found, alt_text[:MAX_ALT_TEXT])
            elif held.attachment.alt_text != alt_text:
                await context.holders.describe(asker, tenant, file, alt_text)
        except DomainError as error:
            if error.kind not in (Kind.NOT_FOUND, Kind.GONE):
                raise


async def files_in(
    request: Request,
    tenant: str,
    values: Mapping[str, str],
    words: Words,
    attached: Sequence[attachment_pb2.Attachment] = (),
) -> list[FileView]:
    """The files of a form as its page lists them; those that are gone are left out."""
    session = current_session(request)
    known = {each.id: each for each in attached}
    views: list[FileView] = []
    for number in range(1, MAX_FILES + 1):
        file = values.get(f"{_ID}{number}", "")
        alt_text = values.get(f"{_ALT}{number}", "")
        if file in known:
            views.append(file_view(words, known[file], number=number, alt_text=alt_text))
        elif (parsed := _uuid(file)) is not None and session is not None:
            try:
                found = await context_of(request).desk.uploads.find(tenant, parsed, owner=session.subject)
            except DomainError as error:
                if error.kind not in (Kind.NOT_FOUND, Kind.GONE, Kind.UNAVAILABLE):
                    raise
                continue
            views.append(_upload_view(words, found, number, alt_text or found.alt_text))
    return views


def problem_of(request: Request, words: Words, refused: Sequence[tuple[str, DomainError]]) -> Problem:
    """Says of each file why it was not taken, by its name."""
    errors = [FieldProblem(FILES, error.reason, f"{_shown(name)}: {_why(words, error)}") for name, error in refused]
    return Problem(
        status=422,
        reason=refused[0][1].reason,
        title=words.text("files.refused.title"),
        detail=words.text("files.refused.detail"),
        trace_id=trace_id_of(request),
        errors=tuple(errors),
        headers={"content-language": language_of(request)},
    )


async def _act(request: Request, tenant: str, values: dict[str, str]) -> None:
    """Takes the file out of the form that its button names; what nothing holds is forgotten."""
    action, _, number = values.get(ACTION, "").partition("_")
    session = current_session(request)
    if action != "remove" or session is None:
        return
    file = _uuid(values.pop(f"{_ID}{number}", ""))
    values.pop(f"{_ALT}{number}", None)
    if file is not None:
        await context_of(request).desk.drop(tenant, session.subject, file)


def _upload_view(words: Words, found: Upload, number: int, alt_text: str) -> FileView:
    media_type = found.kind.value if found.kind is not None else ""
    return FileView(
        number=number,
        id=str(found.id),
        name=found.name,
        kind=kind_in_words(media_type),
        size=size_in_words(words, found.length),
        is_picture=media_type.startswith("image/"),
        alt_text=alt_text,
        state=found.state.value,
        reason="",
        address="",
    )


def _why(words: Words, error: DomainError) -> str:
    for violation in error.violations:
        return describe_violation(words, violation).detail.partition(": ")[2]
    key = f"errors.reason.{error.reason}.detail"
    try:
        values = {"count": int(error.metadata.get("retry_after_seconds", "1")), **error.metadata}
        return words.text(key, **values)
    except (LookupError, ValueError):
        return words.text(f"errors.reason.{error.reason}.title")


def _shown(name: str) -> str:
    # As it is called on the person's own device, made harmless and short.
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(each for each in last if each.isprintable())
    return printable if len(printable) <= 60 else printable[:57] + "…"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
