"""Rows of a CSV file that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

# What makes a spreadsheet take a cell for a formula; also behind spaces and line breaks.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
# Tells spreadsheets that the file is UTF-8.
BEGINNING: Final = "\ufeff"


def safe_cell(value: str) -> str:
    """The text as it is, behind an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value


def csv_rows(rows: Iterable[Sequence[str]]) -> str:
    """Rows as text, separated by semicolons, as German spreadsheets expect."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return written.getvalue()
