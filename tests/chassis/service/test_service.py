"""A service as a process, with real PostgreSQL and NATS that come, go and come back."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from civic_chassis.db import Database, inbox
from civic_chassis.db.migrations import current
from civic_chassis.grpc import client
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.nats import Connection
from civic_chassis.service import end
from civic_chassis.testing.issuer import Issuer
from civic_chassis.testing.nats import NatsServer
from civic_chassis.testing.postgres import Postgres, ServiceDatabase
from civic_chassis.testing.processes import free_port
from civic_chassis.testing.waiting import eventually
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from tests.chassis.probe import SCHEMA
from tests.chassis.service.running import COMMAND, ROOT, Running, environment_of

# Copies of a template share their tables' numbers, so the database counts too.
WAITING = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE NOT granted AND datname = current_database() AND relation = 'note'::regclass
"""


@pytest.fixture
def environment(probe_database: ServiceDatabase, nats_server: NatsServer, issuer: Issuer) -> dict[str, str]:
    return environment_of(probe_database, nats_server, issuer)


@pytest.fixture
def command(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            env={**environment, **changes},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
async def new_process(
    environment: dict[str, str], issuer: Issuer, tmp_path: Path
) -> AsyncIterator[Callable[..., Running]]:
    made: list[Running] = []

    def make(*roles: str, **changes: str) -> Running:
        made.append(Running(tmp_path, {**environment, **changes}, issuer, *roles))
        return made[-1]

    yield make
    for running in made:
        running.child.stop()
        await running.channel.close()


async def test_a_call_becomes_an_event_and_a_timer(
    new_process: Callable[..., Running], command: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert command("streams").returncode == 0
    process = new_process()
    process.start()
    await eventually(process.serving)
    assert await process.call("CreateProbe", "one") == "one"

    async def all_three() -> bool:
        return len(await process.notes()) == 3

    await eventually(all_three)
    assert await process.notes() == ["heard one", "reminded one", "wrote one"]
    shown = command("notes", "lindental")
    assert sorted(shown.stdout.splitlines()) == ["heard one", "reminded one", "wrote one"]
    assert [await process.serving(name) for name in ("liveness", "readiness", "database", "nats", "other")] == [
        True, True, True, True, False,
    ]  # fmt: skip


async def test_roles_may_live_in_processes_of_their_own(
    new_process: Callable[..., Running], command: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert command("streams").returncode == 0
    api = new_process("api")
    health = f"127.0.0.1:{free_port()}"
    worker = new_process("relay", "consumer", "timers", CIVIC_HEALTH_LISTEN=health)
    api.start()
    worker.start()
    worker.channel = client.channel(health)
    await eventually(worker.serving)
    await api.call("CreateProbe", "two")

    async def all_three() -> bool:
        return await api.notes() == ["heard two", "reminded two", "wrote two"]

    await eventually(all_three)


async def test_a_running_call_ends_before_the_process_does(
    new_process: Callable[..., Running],
    command: Callable[..., subprocess.CompletedProcess[str]],
    probe_database: ServiceDatabase,
) -> None:
    assert command("streams").returncode == 0
    process = new_process()
    process.start()
    await process.call("CreateProbe", "before")

    async def settled() -> bool:
        return len(await process.notes()) == 3

    # Its event and its timer write notes too: whoever waits for the lock below must be the running call.
    await eventually(settled)
    blocker = await asyncpg.connect(probe_database.owner_url)
    await blocker.execute("BEGIN; LOCK TABLE note IN ACCESS EXCLUSIVE MODE")
    running = asyncio.create_task(process.call("CreateProbe", "during"))

    async def waits() -> bool:
        return bool(await blocker.fetchval(WAITING))

    await eventually(waits)
    assert process.child.process is not None
    process.child.process.send_signal(signal.SIGTERM)

    async def refuses() -> bool:
        return not await process.serving()

    await eventually(refuses)
    await blocker.execute("COMMIT")
    await blocker.close()
    assert await running == "during"
    assert await asyncio.to_thread(process.child.process.wait, 10) == 0
    lines = [json.loads(line) for line in process.log.read_text().splitlines()]
    assert lines[-1]["message"] == "stopped"


async def test_a_loop_that_swallows_a_cancellation_ends_too() -> None:
    async def stubborn() -> None:
        for _ in range(2):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(asyncio.sleep(3600))]
    await asyncio.sleep(0)
    await end(tasks)
    assert [task.done() for task in tasks] == [True, True]


@pytest.fixture
def own_servers() -> Iterator[tuple[Postgres, NatsServer]]:
    """Servers that a test may take away."""
    postgres, nats = Postgres(durable=True), NatsServer()
    postgres.start()
    yield postgres, nats
    postgres.remove()
    nats.remove()


async def test_parts_may_come_late_go_and_come_back(
    own_servers: tuple[Postgres, NatsServer], issuer: Issuer, tmp_path: Path
) -> None:
    postgres, nats = own_servers
    database = await postgres.database(SCHEMA, "probe_away")
    environment = environment_of(database, nats, issuer)
    postgres.stop()
    process = Running(tmp_path, environment, issuer)
    process.start()
    try:
        assert await process.serving("liveness") and not await process.serving()
        await assert_unavailable(process)

        postgres.start()
        await eventually(process.serving)
        # Writing goes on while NATS is away: the event waits.
        await process.call("CreateProbe", "early")
        assert not await process.serving("nats")
        nats.start()
        ran = await asyncio.create_subprocess_exec(*COMMAND, "streams", env=environment, cwd=ROOT)
        assert await ran.wait() == 0
        await eventually(lambda: heard(process, "early"))

        postgres.stop()
        await eventually(lambda: absent(process))
        await assert_unavailable(process)
        postgres.start()
        await eventually(process.serving)
        nats.stop()
        await process.call("CreateProbe", "late")
        nats.start()
        await eventually(lambda: heard(process, "late"))
        assert process.child.running
        notes = await process.notes()
        assert [note for note in notes if note.startswith("heard")] == ["heard early", "heard late"]
    finally:
        process.child.stop()
        await process.channel.close()


async def heard(process: Running, text: str) -> bool:
    return f"heard {text}" in await process.notes()


async def absent(process: Running) -> bool:
    return not await process.serving()


async def assert_unavailable(process: Running) -> None:
    for method in ("GetProbe", "CreateProbe"):
        with pytest.raises(DomainError) as caught:
            await process.call(method, "lost")
        assert (caught.value.kind, caught.value.reason) == (Kind.UNAVAILABLE, "UNAVAILABLE")


def test_wrong_settings_are_named_and_not_shown(command: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    ran = command("serve", CIVIC_DATABASE_URL="mysql://x:geheim@h/d", CIVIC_NATS_URL="")
    assert ran.returncode == 2
    assert ran.stderr.splitlines() == [
        "CIVIC_NATS_URL: Field required",
        "CIVIC_DATABASE_URL: Value error, must begin with postgresql:// or postgresql+asyncpg://",
    ]
    ran = command("serve", "--roles", "api,cook")
    assert ran.returncode == 2
    assert "roles are api, consumer, relay, timers" in ran.stderr


async def test_an_address_in_use_is_told(
    new_process: Callable[..., Running], command: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    process = new_process("api")
    process.start()
    ran = command("serve", CIVIC_LISTEN=f"127.0.0.1:{process.port}")
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == (
        f"CIVIC_LISTEN: 127.0.0.1:{process.port} is in use or not an address of this machine"
    )


def test_settings_schema_needs_no_settings() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [*COMMAND, "settings-schema"], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    schema = json.loads(ran.stdout)
    assert schema["title"] == "Environment of probe"
    assert "CIVIC_DATABASE_URL" in schema["required"]


async def test_migrate_brings_an_empty_database_to_the_newest_schema(
    command: Callable[..., subprocess.CompletedProcess[str]], postgres: Postgres, probe_database: ServiceDatabase
) -> None:
    name = f"empty_{uuid4().hex[:8]}"
    connection = await postgres.superuser()
    await connection.execute(f'CREATE DATABASE "{name}" OWNER probe_owner TEMPLATE template0')
    inside = await postgres.superuser(name)
    await inside.execute("ALTER SCHEMA public OWNER TO probe_owner")
    await inside.close()
    url = probe_database.owner_url.replace(probe_database.name, name)
    for _ in range(2):
        ran = await asyncio.to_thread(command, "migrate", CIVIC_OWNER_DATABASE_URL=url)
        assert (ran.returncode, ran.stdout) == (0, "")
    assert await current(SCHEMA, url) == await current(SCHEMA, probe_database.owner_url)
    wrong = url.replace("probe_owner:", "probe_owner:wrong")
    ran = await asyncio.to_thread(command, "migrate", CIVIC_OWNER_DATABASE_URL=wrong)
    assert (ran.returncode, ran.stderr) == (1, "CIVIC_OWNER_DATABASE_URL: InvalidPasswordError\n")
    await connection.execute(f'DROP DATABASE "{name}"')
    await connection.close()


async def test_dead_letters_are_listed_and_replayed(
    command: Callable[..., subprocess.CompletedProcess[str]], probe_database: ServiceDatabase
) -> None:
    at = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    database = await Database.connect(probe_database.app_url)
    letters = [
        inbox.DeadLetter(
            consumer=consumer,
            event_id=uuid4(),
            subject="civic.probe.note.created.v1.lindental",
            aggregate_id="7",
            occurred_at=at,
            traceparent=None,
            payload=payload,
            attempts=5,
            error="ValueError",
            died_at=at,
        )
        for consumer, payload in (("probe-hear", b"again"), ("probe-hear", b"\xff"), ("elsewhere", b"x"))
    ]
    for letter in letters:
        await inbox.bury(database, letter)

    def listed(*arguments: str) -> list[dict[str, Any]]:
        ran = command("dead-letters", "list", *arguments)
        assert ran.returncode == 0
        return [json.loads(line) for line in ran.stdout.splitlines()]

    assert len(await asyncio.to_thread(listed)) == 3
    shown = await asyncio.to_thread(listed, "--consumer", "probe-hear")
    assert {line["event_id"] for line in shown} == {str(letter.event_id) for letter in letters[:2]}
    assert (shown[0]["error"], shown[0]["attempts"]) == ("ValueError", 5)
    assert "payload" not in shown[0]

    replayed = await asyncio.to_thread(command, "dead-letters", "replay", "--event", str(letters[0].event_id))
    assert (replayed.returncode, replayed.stdout) == (0, "1 of 1 took effect\n")
    rest = await asyncio.to_thread(command, "dead-letters", "replay", "--all")
    assert (rest.returncode, rest.stdout) == (1, "0 of 2 took effect\n")
    assert len(await asyncio.to_thread(listed)) == 2
    assert (await asyncio.to_thread(command, "notes", "lindental")).stdout == "heard again\n"
    await database.close()


async def test_a_place_that_nobody_needs_is_given_up(
    new_process: Callable[..., Running],
    command: Callable[..., subprocess.CompletedProcess[str]],
    nats_server: NatsServer,
) -> None:
    assert command("streams").returncode == 0
    process = new_process("api", "consumer")
    process.start()
    connection = Connection.open(nats_server.url, name="test")
    await connection.ready()

    async def places() -> dict[str, tuple[bool, bool]]:
        shown = await asyncio.to_thread(command, "consumers", "list")
        lines = [json.loads(line) for line in shown.stdout.splitlines()]
        return {line["durable"]: (line["kept"], line["heard"]) for line in lines}

    async def heard() -> bool:
        return (await places()).get("probe-hear") == (True, True)

    try:
        for durable in ("probe-renamed", "probe-older", "other-service"):
            # What other tests left in the stream is not for them.
            config = ConsumerConfig(
                durable_name=durable, ack_policy=AckPolicy.EXPLICIT, deliver_policy=DeliverPolicy.NEW
            )
            await connection.jetstream.add_consumer("PROBE", config)
        await eventually(heard)
        older = await connection.jetstream.pull_subscribe_bind("probe-older", "PROBE")
        waiting = asyncio.create_task(older.fetch(1, timeout=60))
        refusals = {
            "probe-hear": "this release listens to it",
            "probe-older": "a running process listens to it; end the older release first",
            "other-service": "probe holds no place of this name",
        }
        for durable, reason in refusals.items():
            refused = await asyncio.to_thread(command, "consumers", "remove", durable)
            assert (refused.returncode, refused.stderr.splitlines()[-1]) == (1, reason)
        assert (await asyncio.to_thread(command, "consumers", "remove", "probe-renamed")).returncode == 0
        assert {durable: kept for durable, (kept, _) in (await places()).items()} == {
            "probe-hear": True,
            "probe-older": False,
        }
        waiting.cancel()
    finally:
        await connection.jetstream.delete_stream("PROBE")
        await connection.close()
