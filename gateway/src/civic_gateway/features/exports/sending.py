"""Sending an export: as fast as its reader reads, a few at a time, ended where the reader is gone."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from civic_gateway.cache_layer import HEAD
from civic_gateway.features.discussion.views import moment, texts_of
from civic_gateway.features.exports.calls import NumbersCalls
from civic_gateway.features.exports.export import Export, csv_file, json_file, zip_file
from civic_gateway.features.exports.progress import ProgressBoard
from civic_gateway.features.exports.workbook import workbook_file
from civic_gateway.limits import client_of, rate_limited
from civic_gateway.streaming import MORE_TIME
from civic_gateway.web.addresses import slug_of
from civic_gateway.web.i18n import BERLIN

Writer = Callable[[Export], AsyncGenerator[bytes, None]]

WRITERS: Final[dict[str, tuple[Writer, str]]] = {
    "csv": (csv_file, "text/csv; charset=utf-8"),
    "xlsx": (workbook_file, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": (json_file, "application/json"),
    "zip": (zip_file, "application/zip"),
}
# Rows that follow, comments included, as far as they are counted; for whoever shows how far it is.
ROWS: Final = "x-civic-rows"
# Time for the next piece: a reader who takes none of it for so long is gone.
_PIECE_SECONDS: Final = 30.0
_AGAIN_SECONDS: Final = 5


@dataclass(slots=True)
class ExportDesk:
    """The calls, and how many exports run: `at_once` in this gateway, `per_client` of them for one address."""

    calls: NumbersCalls
    at_once: int
    per_client: int
    # By the word under which a client asks how far its export is.
    progress: ProgressBoard
    running: Counter[str] = field(default_factory=Counter)

    def check(self, client: str) -> None:
        """Raises RATE_LIMITED where no export may begin now."""
        if self.running.total() >= self.at_once or self.running[client] >= self.per_client:
            raise rate_limited(_AGAIN_SECONDS)

    @asynccontextmanager
    async def counted(self, client: str, export: Export, key: str) -> AsyncIterator[None]:
        """One export more while it runs; under `key`, where there is one, it says how far it is."""
        self.running[client] += 1
        try:
            async with self.progress.shown(key, export.progress) if key else nullcontext():
                yield
        finally:
            self.running[client] -= 1
            if not self.running[client]:
                del self.running[client]


def send(request: Request, desk: ExportDesk, export: Export, form: str, *, key: str = "") -> Response:
    """The file as an answer. Raises RATE_LIMITED; what comes later breaks the file off, which no reader takes for
    complete."""
    writer, media_type = WRITERS[form]
    client = client_of(request.scope)
    desk.check(client)
    export.progress.total = _reads(export, form)
    headers = {
        "content-disposition": f'attachment; filename="{file_name(export, form)}"',
        "cache-control": "private, no-store",
        ROWS: str(export.topic.contribution_count + export.topic.comment_count),
    }
    if request.scope.get(HEAD):
        return Response(headers=headers, media_type=media_type)
    more_time: Callable[[float], None] = request.scope[MORE_TIME]

    async def body() -> AsyncGenerator[bytes, None]:
        async with desk.counted(client, export, key), aclosing(writer(export)) as pieces:
            more_time(_PIECE_SECONDS)
            async for piece in pieces:
                more_time(_PIECE_SECONDS)
                if piece:
                    yield piece
                # Others are answered between two pieces, also where a fast reader takes each at once.
                await asyncio.sleep(0)

    return StreamingResponse(body(), headers=headers, media_type=media_type)


def _reads(export: Export, form: str) -> int:
    """How many rows are read for the file: for a ZIP once for each of two tables, and once more for the files."""
    rows = export.topic.contribution_count + export.topic.comment_count
    return 2 * rows + export.topic.contribution_count if form == "zip" else rows


def file_name(export: Export, form: str) -> str:
    """`neugestaltung-des-marktplatzes-2026-11-23.csv`; what is for staff alone says so."""
    words = export.words
    title = slug_of(texts_of(export.topic, words.language)[0].title) or "dialog"
    day: dt.date = moment(export.first.as_of).astimezone(BERLIN).date()
    scope = f"-{words.text('exports.file.internal')}" if export.full else ""
    return f"{title}{scope}-{day.isoformat()}.{form}"
