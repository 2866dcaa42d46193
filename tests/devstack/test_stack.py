"""A stack of real parts: databases, messages and mails, side by side and on odd paths."""

import smtplib
import socket
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import asyncpg
import httpx
import nats
import pytest
from civic_devstack import ports, stats
from civic_devstack.ports import Port
from civic_devstack.settings import SettingError, StackSettings
from civic_devstack.stack import Stack, StackError


def stores_only(folder: Path) -> StackSettings:
    return StackSettings.isolated(folder, keycloak=False, services=False, gateway=False)


async def test_two_stacks_side_by_side_on_paths_with_spaces_and_umlauts(tmp_path: Path) -> None:
    one, other = Stack(stores_only(tmp_path / "Bürger Süd")), Stack(stores_only(tmp_path / "Bürger Nord"))
    async with one, other:
        for stack in (one, other):
            connection = await asyncpg.connect(stack.postgres_url)
            await connection.execute("CREATE TABLE only_here AS SELECT 1 AS number")
            await connection.close()
            messages = await nats.connect(stack.nats_url)
            await messages.jetstream().add_stream(name="ONLY_HERE", subjects=["only.here"])
            await messages.close()
        assert one.postgres_url != other.postgres_url
        assert set(stats.measure({"nats": one.pid("nats")})) == {"nats"}
    async with one:  # what was written is still there
        connection = await asyncpg.connect(one.postgres_url)
        assert await connection.fetchval("SELECT number FROM only_here") == 1
        await connection.close()


async def test_a_store_that_was_killed_loses_nothing(tmp_path: Path) -> None:
    async with Stack(stores_only(tmp_path)) as stack:
        connection = await asyncpg.connect(stack.postgres_url)
        await connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        before = stack.pid("postgres")
        await stack.kill("postgres")
        await stack.until_up("postgres")
        assert stack.pid("postgres") != before
        connection = await asyncpg.connect(stack.postgres_url)
        assert await connection.fetchval("SELECT number FROM kept") == 1
        await connection.close()


async def test_a_lost_secret_is_explained(tmp_path: Path) -> None:
    async with Stack(stores_only(tmp_path)):
        pass
    (tmp_path / "secret.key").unlink()
    with pytest.raises(StackError) as refused:
        async with Stack(stores_only(tmp_path)):
            pass
    first = str(refused.value).splitlines()[0]
    assert first == f"PostgreSQL: failed {tmp_path}/postgres was not made with {tmp_path}/secret.key; `make reset`"


async def test_a_caught_mail_can_be_read(tmp_path: Path) -> None:
    async with Stack(stores_only(tmp_path)) as stack, httpx.AsyncClient(base_url=stack.mail_url) as http:
        assert "No mail has been sent yet." in (await http.get("/")).text
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "portal@hessen.example", "anna@hessen.example", "Bestätigung <b>"
        mail.set_content("Ihre Anmeldung für Bürgerräte")
        mail.add_alternative("<p>Ihre Anmeldung</p>", subtype="html")
        host, port = stack.addresses.smtp.split(":")
        with smtplib.SMTP(host, int(port)) as smtp:
            smtp.send_message(mail)
        (caught,) = (await http.get("/api/mails")).json()
        assert (caught["to"], caught["subject"]) == ("anna@hessen.example", "Bestätigung <b>")
        assert caught["text"].strip() == "Ihre Anmeldung für Bürgerräte"
        listed = (await http.get("/")).text
        assert f"<a href='/{caught['id']}'>Bestätigung &lt;b&gt;</a>" in listed
        assert "<pre>Ihre Anmeldung für Bürgerräte" in (await http.get(f"/{caught['id']}")).text
        shown = await http.get(f"/{caught['id']}/html")
        assert shown.text.strip() == "<p>Ihre Anmeldung</p>"
        assert shown.headers["content-security-policy"].startswith("default-src 'none'")
        assert (await http.get("/../secret.key")).status_code == 404


async def test_a_busy_port_is_explained(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        number = busy.getsockname()[1]
        settings = replace(stores_only(tmp_path), nats_port=number)
        with pytest.raises(StackError) as refused:
            Stack(settings).begin()
    first, last = str(refused.value).split(" (process ")
    assert first == f"Port {number} for NATS is in use by {_own_name()}"
    assert last.endswith("make up") and "CIVIC_NATS_PORT=" in last
    async with Stack(stores_only(tmp_path)):  # the failed start left no lock
        pass


def test_a_free_port_is_no_complaint() -> None:
    assert ports.complaints([Port(ports.free_port(), "the portal", "CIVIC_PORT")], "127.0.0.1") == []


def test_an_address_of_another_machine_is_explained() -> None:
    (complaint,) = ports.complaints([Port(8080, "the portal", "CIVIC_PORT")], "192.0.2.1")
    assert complaint.startswith("Address 192.0.2.1 for the portal: ")
    assert complaint.endswith("Set CIVIC_HOST to one of this machine.")


async def test_a_folder_that_cannot_be_used_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match=r"Not a directory\. Or use another folder: CIVIC_DATA=/path make up"):
        Stack(stores_only(tmp_path / "file" / "data")).begin()


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    given = {
        "CIVIC_PORT": "9000",
        "CIVIC_KEYCLOAK": "false",
        "CIVIC_DATA": str(tmp_path),
        "CIVIC_TENANT_PORT": "9100",
        "CIVIC_WRITES_PER_MINUTE_PERSON": "5",
    }
    settings = StackSettings.from_environment(given)
    assert (settings.port, settings.keycloak, settings.data) == (9000, False, tmp_path)
    assert settings.service_port("tenant", 1) == 9100
    assert settings.service_port("survey", 2) == 8503
    assert settings.extra == {"CIVIC_TENANT_PORT": "9100", "CIVIC_WRITES_PER_MINUTE_PERSON": "5"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("CIVIC_PORT", "80a", "CIVIC_PORT is '80a'; it may be a number from 0 to 65535"),
        ("CIVIC_PORT", "70000", "CIVIC_PORT is '70000'; it may be a number from 0 to 65535"),
        ("CIVIC_SMTP", "mail.example", "CIVIC_SMTP is 'mail.example'; it may be host:port"),
        ("CIVIC_GATEWAYS", "0", "CIVIC_GATEWAYS is 0; it may be 1 or more"),
        (
            "CIVIC_OIDC_ISSUER",
            "https://id.example/realms/hessen",
            "CIVIC_OIDC_ISSUER needs CIVIC_OIDC_CLIENT_SECRET: the secret of its client civic-web",
        ),
        ("CIVIC_DEMO", "perhaps", "CIVIC_DEMO is 'perhaps'; it may be true or false"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingError) as refused:
        StackSettings.from_environment({name: value})
    assert str(refused.value) == message


def _own_name() -> str:
    import psutil

    return psutil.Process().name()
