"""A small service as a process of its own: `python -m tests.chassis.service.noted serve`."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from civic_chassis.cli import main
from civic_chassis.db import Database, UnitOfWork
from civic_chassis.db.timers import Handler, Timer
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer
from civic_chassis.kernel.ids import new_id
from civic_chassis.nats import Envelope, Stream, Subscription
from civic_chassis.service import Command, Parts, Service

from tests.chassis.probe import ADD, SCHEMA, TEXTS, happened
from tests.chassis.probe.contract import Probe, add_to_server


async def note(work: UnitOfWork, text: str) -> None:
    await work.row(ADD, {"tenant": work.call.require_tenant(), "id": new_id(), "text": text})


def servicers(parts: Parts) -> Sequence[Servicer]:
    database: Database = parts.database

    async def get(_request: Any, _context: Any) -> Any:
        async with database.read(current_call()) as work:
            rows = await work.rows(TEXTS)
        return Probe(text="\n".join(sorted(row["text"] for row in rows)))

    async def create(request: Any, _context: Any) -> Any:
        call = current_call()
        async with database.unit_of_work(call) as work:
            await note(work, f"wrote {request.text}")
            work.stage(happened(request.text, payload=request.text.encode()))
            work.set_timer("remind", request.text, call.received_at + timedelta(seconds=0.2))
        return Probe(text=request.text)

    return [(add_to_server, {"GetProbe": get, "CreateProbe": create})]


async def hear(work: UnitOfWork, envelope: Envelope) -> None:
    await note(work, f"heard {envelope.payload.decode()}")


async def remind(work: UnitOfWork, timer: Timer) -> None:
    await note(work, f"reminded {timer.key}")


def subscriptions(_parts: Parts) -> Sequence[Subscription]:
    return [Subscription(stream="PROBE", subjects=("civic.probe.>",), durable="probe-hear", handler=hear)]


def timers(_parts: Parts) -> Mapping[str, Handler]:
    return {"remind": remind}


async def load(parts: Parts, options: argparse.Namespace) -> None:
    async with parts.database.read(_call(parts, options.tenant)) as work:
        for row in await work.rows(TEXTS):
            sys.stdout.write(f"{row['text']}\n")


def _call(parts: Parts, tenant: str) -> Any:
    from tests.chassis.probe import call_at

    return call_at(parts.clock.now(), tenant)


SERVICE = Service(
    name="probe",
    schema=SCHEMA,
    servicers=servicers,
    subscriptions=subscriptions,
    timers=timers,
    streams=[Stream(name="PROBE", subjects=("civic.probe.>",), max_bytes=1 << 20, max_age=timedelta(days=1))],
    commands=[
        Command(name="notes", help="print notes", run=load, arguments=lambda parser: parser.add_argument("tenant"))
    ],
)

if __name__ == "__main__":
    sys.exit(main(SERVICE))
