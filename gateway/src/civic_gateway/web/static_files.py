"""Styles, fonts and scripts as the build made them: named by content, compressed beforehand, kept for ever."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from civic_chassis.kernel.errors import DomainError, Kind
from starlette.requests import Request
from starlette.responses import Response

FOLDER: Final = Path(__file__).parent / "static"
PREFIX: Final = "/static/"

_log = logging.getLogger(__name__)

_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_HEADERS: Final = {"cache-control": "public, max-age=31536000, immutable", "vary": "Accept-Encoding"}


@dataclass(frozen=True, slots=True)
class _File:
    media_type: str
    content: Mapping[str, bytes]


class StaticFiles:
    """The files of one build, in memory. Without a build pages and API work, but nothing has a look."""

    def __init__(self, folder: Path = FOLDER) -> None:
        manifest = folder / "manifest.json"
        entries: dict[str, dict[str, str]] = {}
        if manifest.exists():
            entries = orjson.loads(manifest.read_bytes())
        else:
            _log.warning("pages have no styles: run `npm ci` and `npm run build`")
        self._addresses = {name: PREFIX + entry["file"] for name, entry in entries.items()}
        self._files = {entry["file"]: _read(folder, entry) for entry in entries.values()}

    def address(self, name: str) -> str:
        """The address of a file by its plain name, e.g. `portal.css`."""
        return self._addresses.get(name, PREFIX + name)

    async def serve(self, request: Request) -> Response:
        """One file; raises NOT_FOUND."""
        found = self._files.get(request.path_params["file"])
        if found is None:
            raise DomainError(Kind.NOT_FOUND, "NOT_FOUND", "no such file")
        accepted = request.headers.get("accept-encoding", "")
        for encoding, _ in _ENCODINGS:
            if encoding in accepted and encoding in found.content:
                headers = {**_HEADERS, "content-encoding": encoding}
                return Response(found.content[encoding], headers=headers, media_type=found.media_type)
        return Response(found.content[""], headers=_HEADERS, media_type=found.media_type)


def _read(folder: Path, entry: Mapping[str, str]) -> _File:
    plain = folder / entry["file"]
    content = {"": plain.read_bytes()}
    for encoding, suffix in _ENCODINGS:
        compressed = plain.with_name(plain.name + suffix)
        if compressed.exists():
            content[encoding] = compressed.read_bytes()
    return _File(entry["type"], content)
