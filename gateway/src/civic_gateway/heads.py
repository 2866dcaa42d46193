"""HTTP as uvicorn reads it, with an end to heads that come too slowly or grow too large."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_TOO_SLOW: Final = (b"408 Request Timeout", b"The head of the request did not come in time.")
_TOO_LARGE: Final = (b"431 Request Header Fields Too Large", b"The head of the request is too large.")


class BoundedHeads(HttpToolsProtocol):
    """Answers 408 and 431 before there is a request, where uvicorn's parser would wait and collect for ever.

    A head that comes in one piece, as nearly all do, costs nothing but the look at a flag.
    """

    head_seconds: ClassVar[float] = 10.0
    head_bytes: ClassVar[int] = 64 * 1024

    _timer: asyncio.TimerHandle | None = None
    _reading = False
    _received = 0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Who connects and says nothing holds a place, too.
        self._timer = self.loop.call_later(self.head_seconds, self._refuse, *_TOO_SLOW)

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._reading:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            return
        self._received += len(data)
        if self._received > self.head_bytes:
            self._refuse(*_TOO_LARGE)
        elif self._timer is None:
            self._timer = self.loop.call_later(self.head_seconds, self._refuse, *_TOO_SLOW)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reading = True
        self._received = 0

    @override
    def on_headers_complete(self) -> None:
        self._reading = False
        super().on_headers_complete()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super().connection_lost(exc)

    def _refuse(self, status: bytes, words: bytes) -> None:
        if self.transport.is_closing():
            return
        if not self._reading:
            # A connection made in advance: an answer without a request would be taken for one to the next.
            self.transport.close()
            return
        fields = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
        length = b"content-length: %d\r\n\r\n" % len(words)
        self.transport.write(b"HTTP/1.1 " + status + b"\r\n" + fields + length + words)
        self.transport.close()
