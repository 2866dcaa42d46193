"""Following through real gateways and services: from the form to the mail, and out again by one click."""

import re
from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import nats
from civic_chassis.kernel.call import Caller
from civic_chassis.testing.issuer import subject_of
from civic_chassis.testing.waiting import eventually
from civic_gateway.oidc.cookies import SESSION_COOKIE
from civic_gateway.oidc.identity import Identity
from civic_gateway.oidc.seal import Seal
from civic_gateway.oidc.tokens import Tokens
from civic_gateway.session import CSRF_FIELD
from civic_gateway.settings import Settings
from civic_gateway.web.addresses import address_of, code_of
from nats.js.errors import NotFoundError
from pydantic import SecretStr

from tests.chaos.stack import SECRET, Stack
from tests.service.notification.mailserver import MailServer

TEXTS = "/lindental/verwaltung/mail-texte"
MINE = "/mein-bereich/benachrichtigungen"


class Person:
    """A browser without scripts: sends forms and follows where they lead."""

    def __init__(self, stack: Stack, crumb: str) -> None:
        self._stack = stack
        self.crumb = crumb
        self.csrf = Seal(crumb, "session", SECRET.encode()).derive("csrf")
        self._headers = {"cookie": f"{SESSION_COOKIE}={crumb}", "origin": "http://portal.test", "accept-language": "de"}

    async def open(self, path: str) -> httpx.Response:
        return await self._stack.http.get(self._stack.url(path), headers=self._headers, follow_redirects=True)

    async def send(self, path: str, **fields: str) -> httpx.Response:
        data = {CSRF_FIELD: self.csrf, **fields}
        answer = await self._stack.http.post(self._stack.url(path), data=data, headers=self._headers)
        return await self.open(answer.headers["location"]) if answer.status_code == 303 else answer

    async def send_files(self, path: str, fields: dict[str, str], files: Sequence[tuple[str, Any]]) -> httpx.Response:
        data = {CSRF_FIELD: self.csrf, **fields}
        answer = await self._stack.http.post(self._stack.url(path), data=data, files=files, headers=self._headers)
        return await self.open(answer.headers["location"]) if answer.status_code == 303 else answer


async def person(stack: Stack, name: str, *roles: str) -> Person:
    """Somebody signed in, with a confirmed address."""
    settings = Settings(
        state="hessen",
        nats_url=stack.nats.url,
        public_url="http://portal.test",
        tenant_target="-",
        discussion_target="-",
        catalog_target="-",
        files_url="memory:///",
        oidc_issuer=stack.issuer.url,
        oidc_client_secret=SecretStr("secret"),
        session_secret=SecretStr(SECRET),
    )
    client = await nats.connect(stack.nats.url)
    identity = Identity(settings, client, clock=stack.clock, on_change=lambda: None)
    await identity.connected()
    claims: dict[str, Any] = {"email": f"{name}@hessen.example", "email_verified": True}
    groups = [f"/tenants/lindental/{role}" for role in roles]
    token = stack.issuer.issue(name, clock=stack.clock, lifetime=timedelta(hours=1), groups=groups, **claims)
    ends = stack.clock.now().timestamp() + 3600
    held = {"lindental": frozenset(roles)} if roles else {}
    crumb = await identity.sessions.begin(
        Tokens(
            caller=Caller(subject_of(name), name, held, frozenset()),
            sid=str(uuid4()),
            access_token=token,
            access_ends=ends,
            refresh_token="-",
            refresh_ends=ends,
            id_token="-",
        )
    )
    await client.close()
    return Person(stack, crumb)


async def test_a_follower_gets_one_mail_and_leaves_by_one_click(stack: Stack) -> None:
    anna = await person(stack, "anna")
    title = f"Folgen {uuid4().hex[:8]}"
    topic = await stack.new_topic(title=title)
    dialog = f"/lindental/dialoge/{address_of(title, topic)}"
    shown = (await anna.open(dialog)).text
    form = f'<form class="follow" method="post" action="{dialog}/folgen"'
    assert (form in shown, '<option value="daily" selected>' in shown) == (True, True)
    # Everybody else gets the same bytes, with the way to the page that asks them to sign in.
    nobody = (await stack.http.get(stack.url(dialog), headers={"accept-language": "de"})).text
    assert (form in nobody, f'href="{dialog}/folgen">Diesem Dialog folgen' in nobody) == (False, True)
    page = await anna.open(f"{dialog}/folgen")
    assert (page.status_code, "Wie oft möchten Sie Mails bekommen?" in page.text) == (200, True)
    followed = await anna.send(f"{dialog}/folgen", rhythm="now")
    assert "Sie folgen diesem Dialog" in followed.text
    assert '<option value="now" selected>' in (await anna.open(dialog)).text
    wrong = await anna.send(f"{dialog}/folgen", rhythm="hourly")
    assert wrong.status_code == 422
    mine = await anna.open(MINE)
    assert "Mails gehen an anna@hessen.example." in mine.text
    mails = MailServer(port=stack.smtp_port)
    await mails.open()
    try:
        ended = await stack.http.post(
            stack.api(f"topics/{topic}:end"), json={"reason": "Kein Bedarf."}, headers=stack.person("meyer", "admin")
        )
        assert ended.status_code == 200

        async def arrived() -> bool:
            return bool(mails.to("anna@hessen.example"))

        await eventually(arrived, seconds=90)
    finally:
        await mails.close()
    [message] = mails.to("anna@hessen.example")
    assert str(message["Subject"]).startswith(f"Beendet: {title}")
    leave = urlsplit(str(message["List-Unsubscribe"])[1:-1]).path
    asked = await stack.http.get(stack.url(leave), headers={"accept-language": "de"})
    assert (asked.status_code, "Möchten Sie keine Mails mehr" in asked.text) == (200, True)
    done = await stack.http.post(stack.url(leave), content=b"List-Unsubscribe=One-Click")
    assert done.status_code == 200
    assert "Sie folgen noch keinem Dialog" in (await anna.open(MINE)).text


async def test_the_page_of_notifications_changes_what_it_shows(stack: Stack) -> None:
    ben = await person(stack, "ben")
    topic = await stack.new_topic()
    await ben.send(f"/lindental/dialoge/{code_of(topic)}/folgen", rhythm="daily")
    named = {"what": "following", "tenant": "lindental", "kind": "discussion.topic", "id": topic}
    weekly = await ben.send(MINE, rhythm="weekly", **named)
    assert "Gespeichert" in weekly.text
    assert '<option value="weekly" selected>' in weekly.text
    never = await ben.send(MINE, what="preference", kind="phase.ended", rhythm="never")
    assert '<option value="never" selected>' in never.text
    gone = await ben.send(MINE, rhythm="end", **named)
    assert "Sie folgen noch keinem Dialog" in gone.text
    # Nothing is said to be kept that is not there any more.
    assert (await ben.send(MINE, rhythm="weekly", **named)).status_code == 404
    assert (await ben.send(MINE, what="preference", kind="phase.ended", rhythm="x")).status_code == 422


async def test_staff_writes_a_mail_text_with_a_preview(stack: Stack) -> None:
    meyer = await person(stack, "meyer", "admin")
    assert "Text des Portals" in (await meyer.open(TEXTS)).text
    address = f"{TEXTS}/phase.ended/de"
    page = await meyer.open(address)
    etag = re.search(r'name="etag" value="(\d+)"', page.text)
    assert etag is not None
    typed = {"subject_line": "Vorbei: {title}", "text": "Guten Tag,\n\n{titel} ist vorbei.\n\n{link}", "etag": etag[1]}
    wrong = await meyer.send(address, **typed)
    assert (wrong.status_code, "Den Platzhalter „{titel}“ gibt es hier nicht." in wrong.text) == (422, True)
    assert "{titel} ist vorbei." in wrong.text
    right = typed | {"text": "Guten Tag,\n\n{title} ist vorbei.\n\n{link}"}
    preview = await meyer.send(address, action="preview", **right)
    assert "Vorbei: Neuer Stadtpark am Fluss" in preview.text
    assert "Eigener Text" not in (await meyer.open(TEXTS)).text
    saved = await meyer.send(address, **right)
    assert "Der Mail-Text ist gespeichert" in saved.text
    assert "Eigener Text" in saved.text
    back = await meyer.send(address, action="reset", etag=str(int(etag[1]) + 1))
    assert "Eigener Text" not in back.text
    assert (await (await person(stack, "anna")).open(TEXTS)).status_code == 403


async def test_a_list_is_subscribed_to_with_an_address_alone(stack: Stack) -> None:
    """From the form to the question, its answer, the mail about what is new, and the end by the link in it."""
    address = f"gast-{uuid4().hex[:8]}@hessen.example"
    guest = {"accept-language": "de", "origin": "http://portal.test"}
    listed = await stack.http.get(stack.url("/suche?q=Sanierung&tenant=lindental"), headers=guest)
    assert 'href="/abonnieren?q=Sanierung&amp;tenant=lindental"' in listed.text
    wanted = {"q": "Sanierung", "tenant": "lindental", "rhythm": "now"}
    wrong = await stack.http.post(stack.url("/abonnieren"), data=wanted | {"address": "gast@"}, headers=guest)
    assert (wrong.status_code, "Bitte geben Sie eine Mail-Adresse an" in wrong.text) == (422, True)
    assert all(kept in wrong.text for kept in ('value="gast@"', 'value="Sanierung"', 'value="now" checked'))
    mails = MailServer(port=stack.smtp_port)
    await mails.open()
    try:
        sent = await stack.http.post(stack.url("/abonnieren"), data=wanted | {"address": address}, headers=guest)
        assert (sent.status_code, sent.headers["location"]) == (
            303,
            "/abonnieren/gesendet?q=Sanierung&tenant=lindental",
        )
        link = _link(await _mail(mails, address, 1), "/abonnements/bestaetigen/")
        asked = await stack.http.get(stack.url(link), headers=guest)
        assert (asked.status_code, "Sanierung · Stadt Lindental" in asked.text) == (200, True)
        assert (asked.headers["cache-control"], asked.headers["referrer-policy"]) == ("no-store", "no-referrer")
        done = await stack.http.post(stack.url(link), headers=guest)
        page = await stack.http.get(stack.url(done.headers["location"]), headers=guest)
        assert "Das Abonnement ist bestätigt" in page.text
        await _begun(stack)
        topic = await stack.new_topic()
        told = await _mail(mails, address, 2)
    finally:
        await mails.close()
    assert str(told["Subject"]).startswith("Neue Beteiligung: Sanierung der Brücke")
    assert f"/lindental/dialoge/{code_of(topic)}" in _text(told)
    manage = _link(told, "/abonnements/")
    ended = {"tenant": "lindental", "kind": "catalog.subscription", "rhythm": "end"}
    found = re.search(r'name="id" value="([^"]+)"', (await stack.http.get(stack.url(manage), headers=guest)).text)
    assert found is not None
    shown = await stack.http.get(stack.url(f"/abonnement/{found[1]}"), headers=guest)
    assert (shown.status_code, shown.headers["location"]) == (307, "/suche?q=sanierung&tenant=lindental")
    left = await stack.http.post(stack.url(manage), data=ended | {"id": found[1]}, headers=guest)
    assert left.status_code == 303
    assert "nichts abonniert" in (await stack.http.get(stack.url(manage), headers=guest)).text


async def test_a_person_subscribes_with_the_account(stack: Stack) -> None:
    cora = await person(stack, "cora")
    form = await cora.open("/abonnieren?q=Park&phase=active")
    assert (form.status_code, 'name="address"' in form.text, 'name="phase"' in form.text) == (200, False, False)
    mine = await cora.send("/abonnieren", q="Park", rhythm="weekly")
    assert "Gespeichert" in mine.text
    assert '<option value="weekly" selected>' in mine.text
    found = re.search(r'href="/abonnement/([0-9a-f-]+)">Park</a>', mine.text)
    assert found is not None
    again = await cora.send("/abonnieren", q="Park", rhythm="daily")
    assert again.text.count("/abonnement/") == 1
    gone = await cora.send(
        MINE, what="following", tenant="hessen", kind="catalog.subscription", id=found[1], rhythm="end"
    )
    assert "Sie haben noch keine Liste abonniert" in gone.text


async def test_a_closed_dialog_is_for_whoever_was_invited(stack: Stack) -> None:
    """From the staff's list of addresses to the mail, its link, taking part, and the end of it."""
    meyer, dora, emil = await person(stack, "meyer", "admin"), await person(stack, "dora"), await person(stack, "emil")
    title = f"Runder Tisch {uuid4().hex[:8]}"
    topic = await stack.new_topic(title=title, settings={"closed": True})
    dialog = f"/lindental/dialoge/{address_of(title, topic)}"
    nobody = {"accept-language": "de"}
    for page in (dialog, f"{dialog}/folgen", f"{dialog}/zahlen", f"{dialog}/beitraege/neu"):
        assert (await emil.open(page)).status_code == 404
        hidden = await stack.http.get(stack.url(page), headers=nobody)
        assert (hidden.status_code, title in hidden.text) == (404, False)
    for page in ("/lindental/dialoge", "/lindental", f"/suche?q={title}", "/feeds/offers.atom"):
        assert code_of(topic) not in (await stack.http.get(stack.url(page), headers=nobody)).text
    invite = f"/lindental/verwaltung/dialoge/{address_of(title, topic)}/einladungen"
    wrong = await meyer.send(invite, addresses="dora@hessen.example\ngast\nemil@")
    assert (wrong.status_code, "„gast“ ist keine Mail-Adresse." in wrong.text) == (422, True)
    assert "dora@hessen.example\ngast\nemil@</textarea>" in wrong.text
    mails = MailServer(port=stack.smtp_port)
    await mails.open()
    try:
        listed = await meyer.send(invite, addresses="dora@hessen.example\n\n DORA@hessen.example ")
        assert "Eine Einladung ist unterwegs" in listed.text
        link = _link(await _mail(mails, "dora@hessen.example", 1), "/lindental/einladung/")
    finally:
        await mails.close()
    asked = await stack.http.get(stack.url(link), headers=nobody)
    assert (asked.status_code, title in asked.text, asked.headers["cache-control"]) == (200, True, "no-store")
    assert "Einladung annehmen" not in asked.text
    assert "Einladung annehmen" in (await dora.open(link)).text
    joined = await dora.send(link)
    assert (joined.status_code, "Nur Eingeladene und die Verwaltung" in joined.text) == (200, True)
    form = await dora.open(f"{dialog}/beitraege/neu")
    assert "Eingeladene und die Verwaltung sehen Ihren Beitrag" in form.text
    assert (await emil.open(link)).status_code == 404
    assert (await emil.open(dialog)).status_code == 404
    staff = await meyer.open(invite)
    assert ("nimmt teil" in staff.text, "Noch einmal senden" in staff.text) == (True, False)
    revoke = re.search(r'name="revoke" value="([^"]+)"', staff.text)
    assert revoke is not None
    assert "Die Einladung ist beendet" in (await meyer.send(invite, revoke=revoke[1])).text
    assert (await dora.open(dialog)).status_code == 404


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    content: str = body.get_content()
    return content


def _link(message: EmailMessage, path: str) -> str:
    """The path of the link below that path."""
    found = re.search(rf"http://[^/\s]+({path}[\w-]+)", _text(message))
    assert found is not None
    return found[1]


async def _mail(mails: MailServer, address: str, number: int) -> EmailMessage:
    async def arrived() -> bool:
        return len(mails.to(address)) >= number

    await eventually(arrived, seconds=90)
    return mails.to(address)[number - 1]


async def _begun(stack: Stack) -> None:
    """The catalog has heard that somebody follows the subscription."""
    client = await nats.connect(stack.nats.url)

    async def heard() -> bool:
        try:
            waiting = await client.jetstream().consumer_info("NOTIFICATION", "catalog-followings")
        except NotFoundError:
            return False
        handled = waiting.delivered.stream_seq if waiting.delivered else 0
        return handled > 0 and not waiting.num_pending and not waiting.num_ack_pending

    await eventually(heard)
    await client.close()
