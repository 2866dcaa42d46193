"""The file of tenants: what it does, what it refuses, and that a second load changes nothing."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from civic.tenant.v1 import tenant_pb2, tenant_service_pb2
from civic.tenant.v1.tenant_events_pb2 import TenantChanged
from civic_chassis.kernel.errors import DomainError
from civic_tenant.main import SCHEMA

from tests.service.tenant.conftest import State

DEMO = Path(__file__).parents[3] / "devstack/demo/hessen/tenants.yaml"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>'


def one(**changes: str) -> str:
    values = {
        "slug": "lindental",
        "display_name": "Stadt Lindental",
        "kind": "municipality",
        "ags": "'06635990'",
        "colour": "'#1e6b3a'",
    } | changes
    return "state: hessen\ntenants:\n  - " + "\n    ".join(f"{key}: {value}" for key, value in values.items()) + "\n"


async def test_the_demonstration_loads_and_a_second_load_changes_nothing(state: State) -> None:
    first = await state.load_file(DEMO)
    assert first.added == ["hessen", "lindental", "hohenau", "brueckstadt"]
    events = [TenantChanged.FromString(row["payload"]) for row in await state.outbox()]
    assert [(event.slug, event.version) for event in events] == [(slug, 1) for slug in first.added]
    second = await state.load_file(DEMO)
    assert (second.added, second.changed, second.unchanged) == ([], [], first.added)
    assert len(await state.outbox()) == 4
    for slug in first.added:
        tenant = await state.get(slug)
        assert sorted(tenant.texts) == ["de", "en"]
        for texts in tenant.texts.values():
            assert min(len(texts.welcome), len(texts.imprint), len(texts.privacy), len(texts.accessibility)) > 150
        assert tenant.design.logo_media_type == "image/svg+xml"
        assert (await state.files.get(tenant.design.logo)).startswith(b"<svg")
        assert tenant.contact.email.endswith(".example")


async def test_only_what_changed_gets_a_version_and_an_event(state: State) -> None:
    two = one() + "  - {slug: hohenau, display_name: Hohenau, kind: municipality, ags: '06533990', colour: '#8a1538'}\n"
    await state.load(two)
    done = await state.load(two.replace("#8a1538", "#8a1539"))
    assert (done.added, done.changed, done.unchanged) == ([], ["hohenau"], ["lindental"])
    rows = await state.outbox()
    assert [row["subject"] for row in rows] == [
        "civic.tenant.tenant.changed.v1.lindental",
        "civic.tenant.tenant.changed.v1.hohenau",
        "civic.tenant.tenant.changed.v1.hohenau",
    ]
    assert TenantChanged.FromString(rows[-1]["payload"]) == TenantChanged(
        slug="hohenau",
        version=2,
        display_name="Hohenau",
        state=tenant_pb2.TENANT_STATE_LIVE,
        kind=tenant_pb2.TENANT_KIND_MUNICIPALITY,
    )


async def test_announcing_tells_the_same_version_again(state: State) -> None:
    await state.load(one())
    done = await state.load(one(), announce=True)
    assert done.unchanged == ["lindental"]
    events = [TenantChanged.FromString(row["payload"]) for row in await state.outbox()]
    assert [(event.slug, event.version) for event in events] == [("lindental", 1), ("lindental", 1)]


async def test_loading_is_audited(state: State) -> None:
    await state.load(one())
    async with state.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('civic.tenant', 'lindental', true)")
        rows = await connection.fetch("SELECT action, resource, resource_id, details FROM audit")
    assert [tuple(row) for row in rows] == [("tenant.load", "tenant", "lindental", {"version": 1})]


async def test_a_new_logo_is_a_change(state: State) -> None:
    (state.folder / "a.svg").write_text(SVG)
    await state.load(one(logo="a.svg"))
    before = (await state.get("lindental")).design.logo
    (state.folder / "a.svg").write_text(SVG.replace("8z", "7z"))
    assert (await state.load(one(logo="a.svg"))).changed == ["lindental"]
    after = (await state.get("lindental")).design.logo
    assert before != after
    assert (await state.files.get(after)).decode() == SVG.replace("8z", "7z")


async def test_a_suspended_tenant_is_told_as_such(state: State) -> None:
    await state.load(one())
    await state.load(one(state="suspended"))
    assert (await state.get("lindental")).state == tenant_pb2.TENANT_STATE_SUSPENDED
    last = TenantChanged.FromString((await state.outbox())[-1]["payload"])
    assert (last.version, last.state) == (2, tenant_pb2.TENANT_STATE_SUSPENDED)


async def test_plain_language_is_kept_by_part_and_lists_say_what_is_there(state: State) -> None:
    video = "https://video.example/dgs?id=1"
    plain = f"{{content: {{text: ' Hier reden Sie mit. '}}, further: {{video: '{video}'}}, navigation: {{}}}}"
    await state.load(one(plain=plain))
    found = (await state.get("lindental")).plain
    assert (found.content.text, found.content.video, found.further.video) == ("Hier reden Sie mit.", "", video)
    assert not found.HasField("navigation")
    answer = await state.stub().ListTenants(tenant_service_pb2.ListTenantsRequest(page_size=100))
    listed = next(each for each in answer.tenants if each.slug == "lindental")
    assert (listed.plain.content.text, listed.plain.further.video, listed.plain.further.text) == ("H", video, "")
    done = await state.load(one(plain=plain))
    assert done.unchanged == ["lindental"]


async def test_a_closed_tenant_stays_closed(state: State) -> None:
    await state.load(one(state="closed"))
    with pytest.raises(DomainError) as refused:
        await state.load(one())
    assert refused.value.reason == "TENANT_CLOSED"
    assert (await state.get("lindental")).state == tenant_pb2.TENANT_STATE_CLOSED


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "Lindental"}, "slug"),
        ({"slug": "l"}, "slug"),
        ({"slug": "a" * 41}, "slug"),
        ({"slug": "-lindental"}, "slug"),
        ({"ags": "'0663599'"}, "ags"),
        ({"ags": "'066359901'"}, "ags"),
        ({"ags": "'0663599a'"}, "ags"),
        ({"ags": "''"}, "ags"),
        ({"ags": "06431005"}, "ags"),  # a number to YAML, and another one at that
        ({"kind": "state", "ags": "'06635990'"}, "ags"),
        ({"kind": "county", "ags": "'06'"}, "ags"),
        ({"kind": "village"}, "kind"),
        ({"state": "asleep"}, "state"),
        ({"colour": "green"}, "colour"),
        ({"colour": "'#1E6B3A'"}, "colour"),
        ({"display_name": "' '"}, "display_name"),
        ({"display_name": "x" * 121}, "display_name"),
        ({"contact": "{email: rathaus}"}, "contact.email"),
        ({"contact": "{fax: '1'}"}, "contact.fax"),
        ({"texts": "{Deutsch: {welcome: hi}}"}, "texts"),
        ({"texts": "{de: {welcome: " + "x" * 50_001 + "}}"}, "texts.de.welcome"),
        ({"plain": "{content: {video: 'http://video.example'}}"}, "plain.content.video"),
        ({"plain": "{content: {video: 'https://a b'}}"}, "plain.content.video"),
        ({"plain": "{anfahrt: {text: x}}"}, "plain.anfahrt"),
        ({"logo": "missing.svg"}, "logo"),
        ({"logo": "script.svg"}, "logo"),
        ({"logo": "remote.svg"}, "logo"),
        ({"logo": "text.svg"}, "logo"),
        ({"logo": "huge.svg"}, "logo"),
        ({"motto": "x"}, "motto"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_written(state: State, changes: Any, field: Any) -> None:
    (state.folder / "script.svg").write_text(SVG.replace("<path", "<script>alert(1)</script><path"))
    (state.folder / "remote.svg").write_text(SVG.replace("<path", '<image href="https://example.org/a.png"/><path'))
    (state.folder / "text.svg").write_text("no picture")
    (state.folder / "huge.svg").write_text(SVG + " " * 300_000)
    with pytest.raises(DomainError) as refused:
        await state.load(one(**changes))
    assert [violation.field for violation in refused.value.violations] == [f"tenants[0].{field}"]
    assert await state.outbox() == []


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "tenants.yaml"),
        ("[1, 2", "tenants.yaml"),
        ("state: bayern\ntenants: []", "state"),
        ("state: hessen\ntenants: []", "tenants"),
        ("state: hessen\ntenants: [1]", "tenants[0]"),
        ("state: hessen\nother: 1", "tenants.yaml.other"),
        (one() + one().split("tenants:\n")[1], "tenants[1].slug"),
        (
            "state: hessen\ntenants:\n"
            "  - {slug: hessen, display_name: Hessen, kind: state, ags: '06', colour: '#1d4e89'}\n"
            "  - {slug: mainz, display_name: Mainz, kind: municipality, ags: '07315000', colour: '#1d4e89'}\n",
            "tenants[1].ags",
        ),
    ],
)
async def test_a_file_that_is_no_tenant_file_is_refused(state: State, text: Any, field: Any) -> None:
    with pytest.raises(DomainError) as refused:
        await state.load(text)
    assert [violation.field.rpartition("/")[2] for violation in refused.value.violations] == [field]


async def test_the_command_loads_and_says_what_it_did(new_database: Any, nats_server: Any, tmp_path: Path) -> None:
    addresses = await new_database(SCHEMA)
    environment = os.environ | {
        "CIVIC_STATE": "hessen",
        "CIVIC_DATABASE_URL": addresses.app_url,
        "CIVIC_NATS_URL": nats_server.url,
        "CIVIC_OIDC_ISSUER": "http://localhost/realms/hessen",
        "CIVIC_FILES_URL": (tmp_path / "files").as_uri(),
    }

    def load(file: Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "civic_tenant", "load", str(file)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    everybody = "hessen, lindental, hohenau, brueckstadt"
    done = load(DEMO)
    assert (done.returncode, done.stdout) == (0, f"added: {everybody}\nchanged: -\nunchanged: -\n"), done.stderr
    assert load(DEMO).stdout == f"added: -\nchanged: -\nunchanged: {everybody}\n"
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 4
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(one(ags="'1'"))
    refused = load(wrong)
    assert refused.returncode == 1
    assert "tenants[0].ags: is no official key of a municipality" in refused.stderr
