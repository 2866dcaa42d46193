"""Mails as they go out: headers, text, HTML."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

from markdown_it import MarkdownIt

from civic_notification.application.delivery import Mail, Texts
from civic_notification.application.templates import Shown
from civic_notification.domain import footers, templates, tokens
from civic_notification.domain.bounces import RETURN_PREFIX
from civic_notification.domain.followings import Rhythm
from civic_notification.domain.kinds import DIGEST, QUESTION, placeholders_of
from civic_notification.domain.letters import Letter, Told
from civic_notification.domain.templates import Template, portal_template
from civic_notification.domain.times import spoken
from civic_notification.domain.tokens import Leaving, Scope

_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("image")
_FONT = "font-family:'Fira Sans',Arial,sans-serif"
_PAGE = (
    "<!doctype html>\n<html lang='{language}'><head><meta charset='utf-8'>"
    "<meta name='viewport' content='width=device-width'><meta name='color-scheme' content='light dark'>"
    '<title>{subject}</title></head>\n<body style="' + _FONT + ';font-size:16px;line-height:1.5;max-width:40rem">\n'
    "{body}\n<hr>\n<p style='font-size:14px'>{why}<br><a href='{leave}'>{leave_word}</a> · "
    "<a href='{settings}'>{settings_word}</a></p>\n</body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a digest."""

    line: str
    link: str


@dataclass(frozen=True, slots=True, repr=False)
class Foot:
    """What stands below a mail: why it came, and where to leave and to choose."""

    why: str
    leave: str
    settings: str


@dataclass(frozen=True, slots=True, repr=False)
class Composer:
    """Writes mails; `secret` signs what they carry out of the house."""

    public_url: str
    mail_from: str
    bounce_domain: str
    secret: bytes

    def mail(self, letter: Letter, notices: Sequence[Told], texts: Texts, at: datetime) -> Mail:
        """The mail of a letter that tells these notices."""
        single = letter.rhythm is Rhythm.NOW
        kind = notices[0].kind if single else DIGEST
        template = texts.get((kind, letter.language)) or portal_template(kind, letter.language)
        if single:
            values, items = self._values(notices[0], letter), []
        else:
            items = [self._item(notice, letter, texts) for notice in notices]
            values = {"tenant": letter.tenant_name, "count": str(len(notices) + letter.more)}
        leaving = _leaving(letter, notices[0])
        leave = self.public_url + footers.LEAVE_PATH + tokens.sign(leaving, self.secret)
        foot = self._foot(letter, leaving, leave, kind)
        shown = self._written(template, values, items, more=letter.more, foot=foot)
        message = self._message(letter, shown, leave, at)
        token = tokens.return_token(letter.id, self.secret)
        return_path = f"{RETURN_PREFIX}{token}@{self.bounce_domain}"
        return Mail(return_path, str(message["To"].addresses[0].addr_spec), message.as_bytes())

    def preview(self, template: Template, tenant: str) -> Shown:
        """The mail of a text with example values."""
        examples = footers.EXAMPLES[template.language]
        values = {name: examples.get(name, "") for name in placeholders_of(template.kind)}
        values |= {"tenant": tenant, "link": f"{self.public_url}/{tenant}"}
        items = [Item(examples["item"], values["link"])] * 3 if template.kind == DIGEST else []
        settings = f"{self.public_url}{footers.SETTINGS_PATH}"
        foot = Foot(footers.WHY[(Scope.OBJECT, template.language)], settings, settings)
        return self._written(template, values, items, more=0, foot=foot)

    def _message(self, letter: Letter, shown: Shown, leave: str, at: datetime) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        name, _, domain = self.mail_from.rpartition("@")
        message["From"] = Address(_one_line(letter.tenant_name), name, domain)
        local, _, host = letter.address.rpartition("@")
        message["To"] = Address(username=local, domain=host.encode("idna").decode())
        message["Subject"] = shown.subject_line
        message["Date"] = at
        message["Message-ID"] = message_id(letter.id, letter.part, self.bounce_domain)
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<{leave}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(shown.text, cte="quoted-printable")
        message.add_alternative(shown.html, subtype="html", cte="quoted-printable")
        return message

    def _values(self, notice: Told, letter: Letter) -> dict[str, str]:
        times = {name: spoken(datetime.fromisoformat(at), letter.language) for name, at in notice.times.items()}
        words = {**notice.words, **notice.translations.get(letter.language, {})}
        link = self.public_url + notice.path
        if notice.kind == QUESTION:
            # Made when it is sent, so that no table holds the permission.
            asked = Leaving(letter.recipient, Scope.QUESTION, notice.object_id, letter.tenant)
            link = self.public_url + footers.QUESTION_PATH + tokens.sign(asked, self.secret)
        return {**words, **times, "tenant": letter.tenant_name, "link": link}

    def _foot(self, letter: Letter, leaving: Leaving, leave: str, kind: str) -> Foot:
        why = footers.WHY_GUEST if letter.guest else footers.WHY
        settings = footers.SETTINGS_PATH
        if letter.guest:
            settings = footers.MANAGE_PATH + tokens.sign(Leaving(letter.recipient, Scope.MANAGE, ""), self.secret)
        said = footers.WHY_KIND.get((kind, letter.language)) or why[(leaving.scope, letter.language)]
        return Foot(said, leave, self.public_url + settings)

    def _item(self, notice: Told, letter: Letter, texts: Texts) -> Item:
        template = texts.get((notice.kind, letter.language)) or portal_template(notice.kind, letter.language)
        values = self._values(notice, letter)
        return Item(templates.fill_line(template.subject_line, values), values["link"])

    def _written(
        self,
        template: Template,
        values: Mapping[str, str],
        items: Sequence[Item],
        *,
        more: int,
        foot: Foot,
    ) -> Shown:
        language = template.language
        subject_line = templates.fill_line(template.subject_line, values)
        why, leave, settings = foot.why, foot.leave, foot.settings
        words = {"leave_word": footers.LEAVE[language], "settings_word": footers.SETTINGS[language]}
        rest = footers.MORE[language].replace("{count}", str(more)) if more else ""
        plain = {
            **values,
            "items": "\n\n".join([*(f"{item.line}\n{item.link}" for item in items), *([rest] * bool(rest))]),
        }
        written = templates.without_gaps(template.text, values)
        text = templates.fill(written.replace("**", ""), plain)
        text += f"\n\n-- \n{why}\n{words['leave_word']}: {leave}\n{words['settings_word']}: {settings}\n"
        page = _PAGE.format(
            language=language,
            subject=html.escape(subject_line),
            body=_body(written, values, items, rest),
            why=html.escape(why),
            leave=html.escape(leave, quote=True),
            settings=html.escape(settings, quote=True),
            **words,
        )
        return Shown(subject_line, text, page)


def message_id(letter: UUID, part: int, domain: str) -> str:
    """The same for every attempt to send the same part of a letter: a mailbox keeps it once."""
    return f"<{letter.hex}.{part}@{domain}>"


def _body(text: str, values: Mapping[str, str], items: Sequence[Item], rest: str) -> str:
    """Values are put in after Markdown: what a citizen wrote is never read as markup."""

    def made_safe(name: str, value: str) -> str:
        if name == "link":
            return _link(value, value)
        if name == "items":
            lines = [_link(item.link, item.line) for item in items]
            return "<br>\n".join([*lines, html.escape(rest)] if rest else lines)
        return html.escape(value)

    rendered = str(_markdown.render(text))
    # As the target of a link, braces were made safe for an address.
    address = html.escape(values.get("link", ""), quote=True)
    return templates.fill(rendered.replace("%7Blink%7D", address), values, made_safe=made_safe)


def _link(address: str, text: str) -> str:
    return f'<a href="{html.escape(address, quote=True)}">{html.escape(text)}</a>'


def _leaving(letter: Letter, notice: Told) -> Leaving:
    if letter.rhythm is not Rhythm.NOW:
        return Leaving(letter.recipient, Scope.DIGEST, letter.rhythm.value, letter.tenant)
    if letter.following is not None:
        return Leaving(letter.recipient, Scope.OBJECT, str(letter.following), letter.tenant)
    return Leaving(letter.recipient, Scope.KIND, notice.kind)


def _one_line(text: str) -> str:
    return " ".join(text.split())
