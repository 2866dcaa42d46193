"""An export as a workbook for people: words in their language, real dates, and a sheet that explains the columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import anyio.to_thread
import xlsxwriter

from civic_gateway.features.discussion.views import moment, texts_of
from civic_gateway.features.exports import columns
from civic_gateway.features.exports.calls import Row
from civic_gateway.features.exports.columns import Column, Form
from civic_gateway.features.exports.export import Export, explanation_head, explanations
from civic_gateway.web.i18n import BERLIN

# What one sheet of the format can hold, and what one cell of it.
SHEET_ROWS: Final = 1_048_576
_CHUNK: Final = 256 * 1024
_WIDTHS: Final = {"text": 80, "title": 40, "id": 12, "contribution_id": 12, "parent_id": 12, "link": 30}
_OPTIONS: Final = {
    # Rows go to disk as they are written: memory for one of them.
    "constant_memory": True,
    # A text is a text, whatever it begins with.
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


async def workbook_file(export: Export) -> AsyncGenerator[bytes, None]:
    """Three sheets: contributions, what the columns mean, comments. It is written to a temporary file first."""
    with TemporaryDirectory(prefix="civic-export-") as folder:
        path = Path(folder) / "export.xlsx"
        async for _ in _written(export, path, folder):
            # Nothing to send yet: lets whoever sends look whether the reader is still there.
            yield b""
        with path.open("rb") as file:
            while chunk := await anyio.to_thread.run_sync(file.read, _CHUNK):
                yield chunk


async def _written(export: Export, path: Path, folder: str) -> AsyncGenerator[None, None]:
    """Writes page by page, in a thread, so that others are answered meanwhile."""
    words = export.words
    workbook = xlsxwriter.Workbook(str(path), {**_OPTIONS, "tmpdir": folder})
    formats = _Formats(workbook)
    title = texts_of(export.topic, words.language)[0].title
    workbook.set_properties({"title": title, "comments": words.text("exports.file.about", title=title)})
    contributions = _Sheets(export, workbook, formats, "contributions", columns.CONTRIBUTION)
    _explain(export, workbook, formats)
    comments = _Sheets(export, workbook, formats, "comments", columns.COMMENT)
    for sheets, pages in ((contributions, export.contributions()), (comments, export.comments())):
        async for page in pages:
            await anyio.to_thread.run_sync(sheets.write, page)
            yield
    await anyio.to_thread.run_sync(workbook.close)


class _Formats:
    def __init__(self, workbook: Any) -> None:
        self.head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.text = workbook.add_format({"valign": "top"})
        self.wrapped = workbook.add_format({"valign": "top", "text_wrap": True})
        self.time = workbook.add_format({"valign": "top", "num_format": "dd.mm.yyyy hh:mm:ss"})


class _Sheets:
    """The rows of one kind, on as many sheets as it takes."""

    def __init__(self, export: Export, workbook: Any, formats: _Formats, name: str, known: Sequence[Column]) -> None:
        self._export = export
        self._workbook = workbook
        self._formats = formats
        self._name = export.words.text(f"exports.sheet.{name}")
        self._columns = columns.shown(known, full=export.full)
        self._categories = {
            choice.key: choice.names.get(export.words.language) or choice.names["de"]
            for choice in export.topic.settings.categories
        }
        self._labels = {
            choice.key: choice.names.get(export.words.language) or choice.names["de"]
            for choice in export.topic.settings.labels
        }
        self._sheets = 0
        self._begin()

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if self._next == SHEET_ROWS:
                self._begin()
            for place, column in enumerate(self._columns):
                self._cell(place, column, row)
            self._next += 1

    def _begin(self) -> None:
        self._sheets += 1
        name = self._name if self._sheets == 1 else f"{self._name} {self._sheets}"
        self._sheet = self._workbook.add_worksheet(name)
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, _WIDTHS.get(column.key, 18))
        for place, column in enumerate(self._columns):
            self._sheet.write_string(
                0, place, self._export.words.text(f"exports.column.{column.key}.name"), self._formats.head
            )
        self._sheet.freeze_panes(1, 0)
        self._next = 1

    def _cell(self, place: int, column: Column, row: Row) -> None:
        value = column.read(row)
        if value is None or value == "":
            return
        if column.form is Form.NUMBER and not isinstance(value, str):
            self._sheet.write_number(self._next, place, value, self._formats.text)
        elif column.form is Form.TIME:
            local = dt.datetime.fromisoformat(str(value)).astimezone(BERLIN).replace(tzinfo=None)
            self._sheet.write_datetime(self._next, place, local, self._formats.time)
        else:
            shown = self._words(column, row, value)
            format_ = self._formats.wrapped if column.key == "text" else self._formats.text
            self._sheet.write_string(self._next, place, shown, format_)

    def _words(self, column: Column, row: Row, value: Any) -> str:
        words = self._export.words
        if column.form is Form.FLAG:
            return words.text("exports.value.yes" if value else "exports.value.no")
        if column.form is Form.WORD:
            return words.text(f"exports.value.{column.key}.{value}")
        if column.key == "category":
            return self._categories.get(value, str(value))
        if column.key == "labels":
            return ", ".join(self._labels.get(key, key) for key in row["labels"])
        return str(value)


def _explain(export: Export, workbook: Any, formats: _Formats) -> None:
    """What each column means, and what the file is."""
    words = export.words
    sheet = workbook.add_worksheet(words.text("exports.sheet.columns"))
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 2, 100)
    keys = [column.key for column in columns.joined(full=export.full)]
    title = texts_of(export.topic, words.language)[0].title
    scope = words.text("exports.file.full" if export.full else "exports.file.public")
    lines = [
        ["", "", words.text("exports.file.about", title=title)],
        ["", "", scope],
        ["", "", words.text("exports.file.as_of", time=moment(export.first.as_of))],
        explanation_head(words),
        *explanations(export, keys),
    ]
    for place, line in enumerate(lines):
        for column, text in enumerate(line):
            sheet.write_string(place, column, text, formats.head if place == 3 else formats.wrapped)
