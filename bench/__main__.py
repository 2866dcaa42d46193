"""What a request costs, beside its limit, measured in turns: `make bench`.

Takes minutes. The table is shown, and kept under .civic/bench/.
"""

import argparse
import asyncio
import statistics
import time
from dataclasses import dataclass, field

import uvloop

from bench import fill, measure, peers, report
from bench.exports import exports
from bench.measure import Measured
from bench.offers import offers
from bench.paths import paths
from bench.portal import Portal, memory, portal
from bench.rows import Path

# Beside this row pgbench writes as much.
WRITES = "POST contribution, 32 clients"
# What `--only` calls the table of exports.
EXPORTS = "export"


async def run(rounds: int, sizes: tuple[int, ...], only: str) -> str:
    """The whole table; with `only`, the rows whose name holds these words, and nothing else."""
    began = time.monotonic()
    async with portal() as started:
        used = memory(started.stack)
        topics = await fill.topics(started, sizes)
        await offers(started)
        table = await Table.measured(started, topics, rounds, only)
        lines = report.rows(table.rows, table.results)
        exported: list[str] = []
        if not only or only == EXPORTS:
            addresses = {size: f"/api/v1/{fill.TENANT}/discussion/topics/{topics[size]}" for size in topics if size}
            exported = await exports(f"http://127.0.0.1:{started.uncached}", addresses, started.groups)
        if not only:
            # Last, since it starts the service anew.
            lines += await figures(started, topics, table, used, rounds)
        lines += [*peers.beside(table.results), *exported]
    return report.written(lines, rounds=rounds, minutes=(time.monotonic() - began) / 60)


@dataclass(slots=True)
class Table:
    """Rows with what the rounds gave, and pgbench's rates beside the row of writes."""

    rows: list[Path] = field(default_factory=list)
    results: dict[str, Measured] = field(default_factory=dict)
    pgbench: list[float] = field(default_factory=list)

    @classmethod
    async def measured(cls, started: Portal, topics: dict[int, str], rounds: int, only: str) -> "Table":
        table = cls()
        for number in range(rounds):
            tokens = await started.tokens()
            table.rows = [row for row in await paths(started, topics, tokens) if only in row.name]
            for row in table.rows:
                for path in [row.limit, row] if row.limit else [row]:
                    await measure.once(started, path, table.results.setdefault(key(row, path), Measured()))
                print(f"round {number + 1}: {report.line(row, table.results)}", flush=True)
                if row.name == WRITES:
                    table.pgbench.append(await measure.pgbench_rate(started))
        return table


async def figures(
    started: Portal, topics: dict[int, str], table: Table, used: dict[str, int], rounds: int
) -> list[str]:
    """What is no row."""
    delays = await measure.event_delays(started, topics[0], (await started.tokens())[0])
    first, again = await measure.authentication(started)
    published: list[float] = []
    relayed: list[float] = []
    # Last, since it starts the service anew.
    for _ in range(rounds):
        published.append(await measure.publish_rate(started))
        relayed.append(await measure.relay_rate(started))
        print(f"relay {relayed[-1]:.0f}/s of {published[-1]:.0f}/s", flush=True)
    return report.figures(
        pgbench=ratio(table.results[WRITES].rates, table.pgbench),
        ceiling=ratio(table.results[f"limit of {WRITES}"].rates, table.pgbench),
        authentication=(first, again),
        relay=ratio(relayed, published),
        delay=delays[int(len(delays) * 0.99)],
        start=started.seconds_to_ready,
        memory=used,
    )


def ratio(measured: list[float], limits: list[float]) -> float:
    """The median of the rounds, each measured with its own limit."""
    return statistics.median(mine / limit for mine, limit in zip(measured, limits, strict=True))


def key(row: Path, path: Path) -> str:
    """A limit is measured anew beside each row."""
    return row.name if path is row else f"limit of {row.name}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=fill.SIZES, help="contributions in a topic")
    parser.add_argument("--only", default="", help=f"rows whose name holds these words; {EXPORTS}: exports alone")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(run(options.rounds, tuple(options.sizes), options.only)))


if __name__ == "__main__":
    main()
