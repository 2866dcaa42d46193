"""Measures rows and their limits in turns, and the figures that are no rows."""

import asyncio
import re
import statistics
import time
from dataclasses import dataclass, field

import asyncpg
import httpx
from civic_chassis.auth.tokens import TokenVerifier
from civic_chassis.kernel.clock import SystemClock
from civic_devstack.postgres import INSTALLATION
from nats.aio.client import Client
from nats.js.api import StreamConfig

from bench.fill import TENANT, superuser
from bench.load import Answers, load
from bench.portal import Portal
from bench.processes import CpuMeter
from bench.rows import Path, bearer

SECONDS = 3.0
WARM_UP_SECONDS = 0.7
# Events of one row that are heard of later than this are heard of too late.
LONGEST_QUIET_SECONDS = 60.0


@dataclass(slots=True)
class Measured:
    """What the rounds gave for one row; CPU time in µs per request and process group."""

    cpu: list[dict[str, float]] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    def median_cpu(self, *processes: str) -> float:
        return statistics.median(sum(each.get(name, 0.0) for name in processes) for each in self.cpu)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)


async def once(portal: Portal, path: Path, measured: Measured) -> None:
    """One measurement of one path; ends the benchmark where another process than ours burns the time.

    A write costs what it sets off, too: the time runs until everybody has heard of it.
    """
    requests = path.requests()
    (await load(path.port, requests, connections=path.connections, seconds=WARM_UP_SECONDS)).require(path.status)
    await quiet(portal)
    meter = CpuMeter(list(portal.groups.values()))
    answers: Answers = await load(path.port, requests, connections=path.connections, seconds=SECONDS)
    await quiet(portal)
    cpu = dict(meter.micros_per(answers.count))
    answers.require(path.status)
    if any(cpu[name] <= 0 for name in path.processes):
        raise SystemExit(f"{path.name}: a process under measurement did no work: {cpu}")
    measured.cpu.append(cpu)
    measured.rates.append(answers.rate)
    measured.p99.append(answers.percentile(0.99))


async def quiet(portal: Portal) -> None:
    """Waits until no event is on its way and no consumer has one to handle."""
    client = Client()
    await client.connect(portal.stack.nats_url)
    databases = [await asyncpg.connect(superuser(portal, name)) for name in ("discussion", "notification")]
    try:
        jetstream = client.jetstream()
        names = [stream.config.name or "" for stream in await jetstream.streams_info()]
        until = time.monotonic() + LONGEST_QUIET_SECONDS
        while time.monotonic() < until:
            waiting = sum([await database.fetchval("SELECT count(*) FROM outbox") for database in databases])
            for name in names:
                consumers = await jetstream.consumers_info(name)
                waiting += sum((each.num_pending or 0) + (each.num_ack_pending or 0) for each in consumers)
            if not waiting:
                return
            await asyncio.sleep(0.1)
        raise SystemExit(f"{waiting} events are still on their way")
    finally:
        await client.close()
        for database in databases:
            await database.close()


async def pgbench_rate(portal: Portal, *, clients: int = 32) -> float:
    """Transactions per second of BEGIN, two inserts and COMMIT on the same server."""
    connection = await asyncpg.connect(superuser(portal, "postgres"))
    try:
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS bench_entity (id uuid PRIMARY KEY, tenant_id text, title text, text text);"
            "CREATE TABLE IF NOT EXISTS bench_outbox"
            " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload bytea);"
            "TRUNCATE bench_entity, bench_outbox"
        )
    finally:
        await connection.close()
    script = portal.stack.settings.data / "pgbench.sql"
    script.write_text(
        "BEGIN;\n"
        "INSERT INTO bench_entity VALUES (uuidv7(), 'lindental', 'Ein Vorschlag', repeat('x', 300));\n"
        "INSERT INTO bench_outbox (payload) VALUES (decode(repeat('ab', 120), 'hex'));\n"
        "COMMIT;\n"
    )
    process = await asyncio.create_subprocess_exec(
        str(INSTALLATION / "bin" / "pgbench"),
        *("-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(int(SECONDS) + 1), "-f", str(script)),
        superuser(portal, "postgres"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output = (await process.communicate())[0].decode()
    found = re.search(r"tps = ([\d.]+)", output)
    if not found:
        raise SystemExit(f"pgbench failed:\n{output}")
    return float(found[1])


async def authentication(portal: Portal) -> tuple[float, float]:
    """µs of CPU time to verify a token for the first time, and again."""
    token = await portal.stack.token("anna")
    async with httpx.AsyncClient() as http:

        def fresh() -> TokenVerifier:
            return TokenVerifier(issuer=portal.stack.issuer, audience="civic-api", http=http, clock=SystemClock())

        verifier = fresh()
        await verifier.verify(token)
        first = 0.0
        for _ in range(200):
            verifier._known.clear()
            began = time.process_time_ns()
            await verifier.verify(token)
            first += time.process_time_ns() - began
        began = time.process_time_ns()
        for _ in range(100_000):
            await verifier.verify(token)
        return first / 200 / 1000, (time.process_time_ns() - began) / 100_000 / 1000


async def publish_rate(portal: Portal, count: int = 20_000) -> float:
    """Events per second that the same NATS server takes from Python in batches of 100, each acknowledged."""
    client = Client()
    await client.connect(portal.stack.nats_url)
    jetstream = client.jetstream(publish_async_max_pending=4_000)
    await jetstream.add_stream(StreamConfig(name="BENCH", subjects=["bench.>"], max_bytes=2**28))
    try:
        began = time.perf_counter()
        for _ in range(count // 100):
            await asyncio.gather(*[jetstream.publish("bench.event", b"x" * 120) for _ in range(100)])
        return count / (time.perf_counter() - began)
    finally:
        await jetstream.delete_stream("BENCH")
        await client.close()


async def relay_rate(portal: Portal, count: int = 20_000) -> float:
    """Events per second from a full outbox to the stream, by the server's own time stamps."""
    await portal.stack.halt("discussion")
    database = await asyncpg.connect(superuser(portal))
    await database.execute(
        "INSERT INTO outbox (event_id, subject, aggregate_id, occurred_at, payload) "
        "SELECT uuidv7(), 'civic.discussion.bench.written.v1.' || $1, 'bench', now(), decode(repeat('ab', 60), 'hex') "
        "FROM generate_series(1, $2::int)",
        TENANT,
        count,
    )
    client = Client()
    await client.connect(portal.stack.nats_url)
    jetstream = client.jetstream()
    before = (await jetstream.stream_info("DISCUSSION")).state.last_seq
    await portal.stack.resume("discussion")
    while await database.fetchval("SELECT count(*) FROM outbox"):  # noqa: ASYNC110 - another process empties it
        await asyncio.sleep(0.2)
    first = await jetstream.get_msg("DISCUSSION", before + 1)
    last = await jetstream.get_msg("DISCUSSION", before + count)
    await database.close()
    await client.close()
    await serves_again(portal)
    assert first.time is not None and last.time is not None
    return count / (last.time - first.time).total_seconds()


async def serves_again(portal: Portal, seconds: float = 60.0) -> None:
    """Waits until both gateways have found the service that came back."""
    until = time.monotonic() + seconds
    path = f"/api/v1/{TENANT}/discussion/topics?page_size=1&page_token="
    for port in (portal.gateway, portal.uncached):
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=bearer(await portal.stack.token("anna"))
        ) as http:
            while (await http.get(path)).status_code != 200:
                if time.monotonic() > until:
                    raise SystemExit("the service did not come back")
                await asyncio.sleep(0.2)


async def event_delays(portal: Portal, topic: str, token: str, count: int = 300) -> list[float]:
    """Seconds from sending a contribution to its event at a subscriber: more than from its commit."""
    client = Client()
    await client.connect(portal.stack.nats_url)
    seen = asyncio.Event()

    async def arrived(_message: object) -> None:
        seen.set()

    await client.subscribe("civic.discussion.contribution.created.v1.*", cb=arrived)
    await client.flush()
    delays = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{portal.gateway}", headers=bearer(token)) as api:
        for number in range(count):
            seen.clear()
            began = time.perf_counter()
            body = {"title": f"Vorschlag {number}", "text": "Ein Text."}
            (await api.post(f"/api/v1/{TENANT}/discussion/topics/{topic}/contributions", json=body)).raise_for_status()
            await asyncio.wait_for(seen.wait(), 10)
            delays.append(time.perf_counter() - began)
            await asyncio.sleep(0.01)
    await client.close()
    return sorted(delays)
