"""One export: whose rows, for whom, and the files that they become, each written while it is read."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import anyio.to_thread
import orjson
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.objects import Objects

from civic_gateway.answers import rfc3339
from civic_gateway.clients import Asker
from civic_gateway.features.discussion import render
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.features.discussion.views import topic_path
from civic_gateway.features.exports import columns
from civic_gateway.features.exports.calls import ContributionPage, NumbersCalls, Row
from civic_gateway.features.exports.columns import Column, Form, Value
from civic_gateway.features.exports.progress import Progress
from civic_gateway.web.addresses import address_of, code_of, slug_of
from civic_gateway.web.csv_rows import BEGINNING, safe_cell
from civic_gateway.web.i18n import Words

KIND: Final = "kind"
# Written in one go; nobody else is answered meanwhile.
_ROWS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What goes into the files. Rows are read when they are written."""

    calls: NumbersCalls
    asker: Asker
    topic: Topic
    first: ContributionPage
    words: Words
    public_url: str
    objects: Objects
    progress: Progress = field(default_factory=Progress)

    @property
    def full(self) -> bool:
        """Whether it holds what staff alone may see."""
        return self.first.full

    async def contributions(self) -> AsyncGenerator[list[Row], None]:
        """Pages of contributions with their addresses."""
        path = self.public_url.rstrip("/") + topic_path(self.topic)
        async for page in self.calls.contributions(self.asker, self.topic.id, self.first):
            for row in page:
                row["link"] = f"{path}/beitraege/{address_of(row['title'], row['id'])}"
            self.progress.rows += len(page)
            yield page

    async def comments(self) -> AsyncGenerator[list[Row], None]:
        """Pages of comments with the addresses of what they stand below."""
        path = self.public_url.rstrip("/") + topic_path(self.topic)
        async for page in self.calls.comments(self.asker, self.topic.id, self.first):
            for row in page:
                row["link"] = f"{path}/beitraege/{code_of(row['contribution_id'])}"
            self.progress.rows += len(page)
            yield page

    def about(self) -> dict[str, Any]:
        """What an export says of itself."""
        return {
            "format": "civic-discussion-export/1",
            "scope": "full" if self.full else "public",
            "as_of": rfc3339(self.first.as_of),
            "topic": render.topic(self.topic, self.words.language, full=True),
        }


async def json_file(export: Export) -> AsyncGenerator[bytes, None]:
    """One object; each row on a line of its own, exactly as the API shows it."""
    yield orjson.dumps(export.about())[:-1]
    for name, pages in (("contributions", export.contributions()), ("comments", export.comments())):
        yield b',"' + name.encode() + b'":['
        separator = b"\n"
        async for page in pages:
            if page:
                yield separator + b",\n".join(map(orjson.dumps, page))
                separator = b",\n"
        yield b"\n]"
    yield b"}\n"


async def csv_file(export: Export) -> AsyncGenerator[bytes, None]:
    """Contributions, then comments: UTF-8, semicolons, CRLF, fields quoted by RFC 4180."""
    head = columns.joined(full=export.full)
    yield BEGINNING.encode() + _csv_rows([[KIND, *(column.key for column in head)]])
    for kind, known, pages in (
        ("contribution", columns.CONTRIBUTION, export.contributions()),
        ("comment", columns.COMMENT, export.comments()),
    ):
        own = {column.key: column for column in columns.shown(known, full=export.full)}
        order = [own.get(column.key) for column in head]
        async for page in pages:
            for begin in range(0, len(page), _ROWS):
                rows = page[begin : begin + _ROWS]
                yield _csv_rows([kind, *(_plain(column, row) for column in order)] for row in rows)


async def zip_file(export: Export) -> AsyncGenerator[bytes, None]:
    """The JSON and the CSV file, what the columns mean, and the files of the contributions; packed while it is read."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("export.json", json_file(export)), ("export.csv", csv_file(export))):
            async for packed in _packed(archive, sink, zipfile.ZipInfo(name), content):
                yield packed
        archive.writestr(export.words.text("exports.file.columns") + ".csv", explained(export))
        async for page in export.contributions():
            yield b""
            for row in page:
                for place, found in enumerate(row["attachments"], start=1):
                    if found["content_url"]:
                        async for packed in _packed(
                            archive, sink, _member(export, row, place, found), _file(export, found)
                        ):
                            yield packed
    yield sink.take()


async def _packed(
    archive: zipfile.ZipFile, sink: _Sink, info: zipfile.ZipInfo, content: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    # What people send is packed already.
    texts = info.filename.startswith("export.")
    info.compress_type = zipfile.ZIP_DEFLATED if texts else zipfile.ZIP_STORED
    with archive.open(info, "w", force_zip64=True) as member:
        async for chunk in content:
            # Deflating lets other threads go on, so others are answered meanwhile.
            await anyio.to_thread.run_sync(member.write, chunk)
            # Often nothing yet: lets whoever sends know that it goes on.
            yield sink.take()


def _member(export: Export, row: Row, place: int, found: Row) -> zipfile.ZipInfo:
    """`dateien/<contribution>/1-plan.pdf`: no name that was sent leads out of the folder."""
    stem, _, ending = found["name"].rpartition(".")
    name = f"{place}-{slug_of(stem) or 'datei'}.{slug_of(ending)}"
    return zipfile.ZipInfo(f"{export.words.text('exports.file.attachments')}/{code_of(row['id'])}/{name}")


async def _file(export: Export, found: Row) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in export.objects.stream(f"attachments/{export.topic.tenant}/{found['id']}/content"):
            yield chunk
    except DomainError as error:
        # Taken away since its row was read.
        if error.kind is not Kind.NOT_FOUND:
            raise


def explained(export: Export) -> bytes:
    """What each column of the CSV file holds, in the reader's language."""
    rows = [
        explanation_head(export.words),
        *explanations(export, [KIND, *(c.key for c in columns.joined(full=export.full))]),
    ]
    return BEGINNING.encode() + _csv_rows(rows)


def explanation_head(words: Words) -> list[str]:
    """The head of the table that explains columns."""
    return [words.text(f"exports.explanation.{name}") for name in ("key", "name", "meaning")]


def explanations(export: Export, keys: Iterable[str]) -> list[list[str]]:
    """Key, name and meaning of columns."""
    text = export.words.text
    return [[key, text(f"exports.column.{key}.name"), text(f"exports.column.{key}.meaning")] for key in keys]


def _plain(column: Column | None, row: Row) -> str:
    """A value as programs read it; texts are defused, as a spreadsheet may open the file too."""
    value: Value = column.read(row) if column is not None else None
    if value is None:
        return ""
    if column is not None and column.form is Form.FLAG:
        return "true" if value else "false"
    return safe_cell(value) if isinstance(value, str) else str(value)


def _csv_rows(rows: Iterable[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()


class _Sink(io.RawIOBase):
    """Takes what a ZIP file writes and hands it on; cannot be gone back in."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._chunks.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._chunks = b"".join(self._chunks), []
        return taken
