"""Mail texts: what a tenant may make of them, and what is refused."""

import pytest
from civic.notification.v1 import template_service_pb2 as messages
from civic_chassis.kernel.errors import DomainError, Kind
from civic_notification.domain import templates
from civic_notification.domain.footers import EXAMPLES
from civic_notification.domain.kinds import KINDS, placeholders_of
from civic_notification.domain.recipients import LANGUAGES

from tests.service.notification.conftest import Portal

UNKNOWN = "UNKNOWN_PLACEHOLDER"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_of_the_portal_keeps_its_own_rules(kind: str, language: str) -> None:
    found = templates.portal_template(kind, language)
    words = (found.subject_line, found.text)
    assert templates.checked(kind, language, subject_line=words[0], text=words[1]) == words
    known = {*EXAMPLES[language], "tenant", "link", "items"}
    assert [name for name in placeholders_of(kind) if name not in known] == []


async def test_a_tenant_has_the_portals_texts_until_it_writes_its_own(portal: Portal, neighbour: Portal) -> None:
    stub = portal.templates(portal.editor)
    listed = (await stub.ListTemplates(messages.ListTemplatesRequest())).templates
    assert len(listed) == len(KINDS) * len(LANGUAGES)
    request = messages.GetTemplateRequest(kind="phase.ended", language="de")
    before = (await stub.GetTemplate(request)).template
    assert (before.version, before.etag, list(before.placeholders)) == (0, "0", ["title", "end", "tenant", "link"])
    change = messages.UpdateTemplateRequest(
        kind="phase.ended", language="de", etag="0", subject_line="Vorbei: {title}", text="Schluss mit {title}.\n{link}"
    )
    after = (await stub.UpdateTemplate(change)).template
    assert (after.version, after.etag, after.subject_line) == (1, "1", "Vorbei: {title}")
    assert (await stub.GetTemplate(request)).template == after
    assert (await neighbour.templates(neighbour.editor).GetTemplate(request)).template == before
    anna = await portal.follower()
    await neighbour.follow(anna)
    await portal.tell()
    await neighbour.tell()
    await portal.deliver()
    subjects = sorted(str(message["Subject"]) for message in portal.mail.to(anna.address))
    assert subjects == ["Beendet: Neuer Stadtpark", "Vorbei: Neuer Stadtpark"]


async def test_versions_are_kept_and_the_portals_text_comes_back(portal: Portal) -> None:
    stub = portal.templates(portal.admin)
    for etag, text in (("0", "Erste Fassung."), ("1", "Zweite Fassung.")):
        await stub.UpdateTemplate(
            messages.UpdateTemplateRequest(kind="digest", language="de", etag=etag, subject_line="Neu hier", text=text)
        )
    reset = messages.ResetTemplateRequest(kind="digest", language="de", etag="2")
    back = (await stub.ResetTemplate(reset)).template
    assert (back.version, back.etag, back.subject_line) == (0, "3", "{tenant}: Neuigkeiten ({count})")
    assert (
        await stub.ResetTemplate(messages.ResetTemplateRequest(kind="digest", language="de", etag="3"))
    ).template == back
    rows = await portal.rows("SELECT version, portal, text FROM template ORDER BY version")
    assert [tuple(row) for row in rows] == [(1, False, "Erste Fassung."), (2, False, "Zweite Fassung."), (3, True, "")]
    audit = await portal.rows("SELECT action, resource_id FROM audit ORDER BY id")
    assert [tuple(row) for row in audit] == [("template.update", "digest/de")] * 2 + [("template.reset", "digest/de")]


async def test_of_two_edits_the_second_needs_to_look_again(portal: Portal) -> None:
    stub = portal.templates(portal.admin)
    for etag, reason in (("", "ETAG_REQUIRED"), ("7", "ETAG_MISMATCH")):
        with pytest.raises(DomainError) as caught:
            await stub.UpdateTemplate(
                messages.UpdateTemplateRequest(
                    kind="digest", language="de", etag=etag, subject_line="Neu hier", text="Ein neuer Text."
                )
            )
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("subject_line", "text", "expected"),
    [
        ("Hallo {titel}", "Ein Text dazu.", [("subject_line", UNKNOWN, "{titel}")]),
        ("Hallo", "Von {count} und {__class__}.", [("text", UNKNOWN, "{count}"), ("text", UNKNOWN, "{__class__}")]),
        ("Hallo {link}", "Ein Text dazu.", [("subject_line", UNKNOWN, "{link}")]),
        ("Hallo", "Ein Text { title }.", [("text", UNKNOWN, "{ title }")]),
        ("Hallo\nBcc: x", "Ein Text dazu.", [("subject_line", "LINE_BREAK", "")]),
        ("H", "Ein Text dazu.", [("subject_line", "TOO_SHORT", "")]),
        ("Hallo", "x" * 5_001, [("text", "TOO_LONG", "")]),
    ],
)  # fmt: skip
async def test_a_text_that_would_go_wrong_is_refused_by_name(
    portal: Portal, subject_line: str, text: str, expected: list[tuple[str, str, str]]
) -> None:
    stub = portal.templates(portal.admin)
    given = {"kind": "phase.ended", "language": "de", "subject_line": subject_line, "text": text}
    for call in (
        stub.UpdateTemplate(messages.UpdateTemplateRequest(etag="0", **given)),
        stub.PreviewTemplate(messages.PreviewTemplateRequest(**given)),
    ):
        with pytest.raises(DomainError) as caught:
            await call
        found = [(each.field, each.reason, each.metadata.get("placeholder", "")) for each in caught.value.violations]
        assert found == expected
    assert await portal.rows("SELECT * FROM template") == []


async def test_a_preview_is_the_mail_with_examples(portal: Portal) -> None:
    request = messages.PreviewTemplateRequest(
        kind="text.decided",
        language="de",
        subject_line="Zu {item}",
        text="**{item}**: {decision}\n\n<script>alert(1)</script>\n\n![x](http://evil.example/x.png)\n\n[hier]({link})",
    )
    shown = await portal.templates(portal.editor).PreviewTemplate(request)
    assert shown.subject_line == "Zu Mehr Bänke im Schatten"
    assert "Mehr Bänke im Schatten: nicht veröffentlicht" in shown.text
    assert "<strong>Mehr Bänke im Schatten</strong>: nicht veröffentlicht" in shown.html
    assert f'<a href="https://portal.example/{portal.tenant}">hier</a>' in shown.html
    assert "<script" not in shown.html
    assert "<img" not in shown.html


@pytest.mark.parametrize(("kind", "language"), [("no.kind", "de"), ("digest", "fr"), ("", "")])
async def test_there_is_no_other_text(portal: Portal, kind: str, language: str) -> None:
    with pytest.raises(DomainError) as caught:
        request = messages.GetTemplateRequest(kind=kind, language=language)
        await portal.templates(portal.admin).GetTemplate(request)
    assert (caught.value.kind, caught.value.reason) == (Kind.NOT_FOUND, "TEMPLATE_NOT_FOUND")
