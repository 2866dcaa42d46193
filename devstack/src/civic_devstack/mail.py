"""Mail catcher: takes every mail by SMTP, keeps it as a file, and shows it on a web page."""

from __future__ import annotations

import argparse
import asyncio
import email
import email.policy
import html
import json
import signal
import time
from dataclasses import dataclass
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT = 500
LARGEST_BYTES = 25 * 1024 * 1024
STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .8rem .4rem 0;"
    "border-bottom:1px solid #8886;overflow-wrap:anywhere}pre{white-space:pre-wrap}iframe{width:100%;height:40rem;"
    "border:1px solid #8886;background:#fff}"
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder of `.eml` files, named by the time of receipt; the oldest go when there are more than KEPT."""

    folder: Path

    def keep(self, content: bytes) -> None:
        (self.folder / f"{time.time_ns()}.eml").write_bytes(content)
        for old in self.names()[KEPT:]:
            (self.folder / f"{old}.eml").unlink(missing_ok=True)

    def names(self) -> list[str]:
        """The newest first."""
        return sorted((file.stem for file in self.folder.glob("*.eml")), reverse=True)

    def read(self, name: str) -> EmailMessage | None:
        if name not in self.names():
            return None
        content = (self.folder / f"{name}.eml").read_bytes()
        return email.message_from_bytes(content, policy=email.policy.default)


@dataclass(frozen=True)
class Receiver:
    """The handler of aiosmtpd, which fixes the names and looks at all members: early Python 3.11 cannot with slots."""

    mailbox: Mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content or b""
        self.mailbox.keep(content if isinstance(content, bytes) else content.encode())
        return "250 Message accepted for delivery"


def page(mailbox: Mailbox, path: str) -> tuple[HTTPStatus, str, str]:
    """Status, content type and body for a path."""
    parts = [part for part in path.split("/") if part]
    if not parts:
        return HTTPStatus.OK, "text/html", _list(mailbox)
    if parts == ["api", "mails"]:
        mails = [_summary(name, mail) for name in mailbox.names() if (mail := mailbox.read(name))]
        return HTTPStatus.OK, "application/json", json.dumps(mails, ensure_ascii=False)
    mail = mailbox.read(parts[0])
    if mail is None or len(parts) > 2:
        return HTTPStatus.NOT_FOUND, "text/plain", "There is no such mail."
    if parts[1:] == ["html"]:
        return HTTPStatus.OK, "text/html", _part(mail, "html")
    return HTTPStatus.OK, "text/html", _one(parts[0], mail)


def _summary(name: str, mail: EmailMessage) -> dict[str, str]:
    fields = {key: str(mail.get(key, "")) for key in ("from", "to", "subject", "date")}
    return {"id": name, **fields, "text": _part(mail, "plain"), "html": _part(mail, "html")}


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _list(mailbox: Mailbox) -> str:
    rows = []
    for name in mailbox.names():
        mail = mailbox.read(name)
        if mail is not None:
            cells = (html.escape(str(mail.get(key, ""))) for key in ("date", "to"))
            subject = html.escape(str(mail.get("subject", "")) or "(no subject)")
            rows.append(f"<tr>{''.join(f'<td>{c}</td>' for c in cells)}<td><a href='/{name}'>{subject}</a></td></tr>")
    table = f"<table><tr><th>Received</th><th>To</th><th>Subject</th></tr>{''.join(rows)}</table>"
    return _document("Caught mails", table if rows else "<p>No mail has been sent yet.</p>")


def _one(name: str, mail: EmailMessage) -> str:
    heads = "".join(
        f"<tr><th>{key}</th><td>{html.escape(str(mail.get(key, '')))}</td></tr>" for key in ("From", "To", "Date")
    )
    body = f"<p><a href='/'>All mails</a></p><table>{heads}</table>"
    if text := _part(mail, "plain"):
        body += f"<pre>{html.escape(text)}</pre>"
    if _part(mail, "html"):
        body += f"<h2>HTML part</h2><iframe sandbox title='HTML part of the mail' src='/{name}/html'></iframe>"
    return _document(html.escape(str(mail.get("subject", ""))), body)


def _document(title: str, body: str) -> str:
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><title>{title}</title>"
    return f"<!doctype html><html lang=en><head>{head}<style>{STYLE}</style></head><h1>{title}</h1>{body}</html>"


def web_server(mailbox: Mailbox, host: str, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, text = page(mailbox, urlsplit(self.path).path)
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            # A mail may hold anything; it loads nothing from elsewhere and runs nothing.
            self.send_header(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'",
            )
            self.end_headers()
            self.wfile.write(body)

    return ThreadingHTTPServer((host, port), Handler)


async def serve(mailbox: Mailbox, host: str, *, smtp_port: int, port: int) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    web = web_server(mailbox, host, port)
    # Its name is given, since aiosmtpd would ask the name service for one, which may take long.
    smtp = await loop.create_server(
        lambda: SMTP(Receiver(mailbox), data_size_limit=LARGEST_BYTES, enable_SMTPUTF8=True, hostname=host, loop=loop),
        host,
        smtp_port,
    )
    Thread(target=web.serve_forever, daemon=True).start()
    await stop.wait()
    smtp.close()
    web.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(Mailbox(options.folder), options.host, smtp_port=options.smtp_port, port=options.port))


if __name__ == "__main__":
    main()
