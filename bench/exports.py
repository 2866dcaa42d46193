"""What an export costs: each form of a small and of a large topic, once, read as fast as it comes."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from bench.processes import CpuMeter, Group

FORMS = ("csv", "json", "xlsx", "zip")
SIZES = (1_000, 100_000)
_COLUMNS = ("export", "rows", "s", "gateway, CPU ms per 1,000 rows", "discussion", "PostgreSQL", "MB sent")
_GROWN = ("gateway grew by MB", "discussion grew by MB")
HEAD = "\n| " + " | ".join((*_COLUMNS, *_GROWN)) + " |\n" + "|---" * 9 + "|"
_NAMES = ("uncached gateway", "discussion", "postgres")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one export took; `grown` are the most octets by which a process was larger than before."""

    form: str
    rows: int
    seconds: float
    cpu: Mapping[str, float]
    octets: int
    grown: Mapping[str, int]

    def line(self) -> str:
        # µs for a row are ms for a thousand.
        cpu = [f"{self.cpu[name]:.0f}" for name in _NAMES]
        grown = [f"{self.grown[name] / 1e6:.0f}" for name in _NAMES[:2]]
        cells = [self.form, f"{self.rows:,}", f"{self.seconds:.1f}", *cpu, f"{self.octets / 1e6:.1f}", *grown]
        return "| " + " | ".join(cells) + " |"


async def exports(address: str, topics: Mapping[int, str], groups: Mapping[str, Group]) -> list[str]:
    """The table. `topics` are addresses of topics by the number of their contributions."""
    lines = [HEAD]
    async with httpx.AsyncClient(base_url=address, timeout=300, trust_env=False) as http:
        for size in SIZES:
            for form in FORMS if size in topics else ():
                cost = await _measure(http, f"{topics[size]}/export.{form}", form, size, groups)
                print(cost.line(), flush=True)
                lines.append(cost.line())
    return lines


async def _measure(http: httpx.AsyncClient, path: str, form: str, rows: int, groups: Mapping[str, Group]) -> Cost:
    watched = [groups[name] for name in _NAMES]
    before = {group.name: group.memory_octets() for group in watched[:2]}
    most = dict(before)
    meter, began, octets = CpuMeter(watched), time.monotonic(), 0

    async def watch() -> None:
        while True:
            for group in watched[:2]:
                most[group.name] = max(most[group.name], group.memory_octets())
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    async with http.stream("GET", path) as answer:
        answer.raise_for_status()
        async for chunk in answer.aiter_raw():
            octets += len(chunk)
    seconds = time.monotonic() - began
    watching.cancel()
    grown = {name: most[name] - before[name] for name in before}
    return Cost(form, rows, seconds, meter.micros_per(rows), octets, grown)
