"""What a request costs, beside its limit, measured in turns: `make bench`.

Takes minutes. The table is shown, and kept under .civic/bench/.
"""

import argparse
import asyncio
import statistics
import time

import uvloop

from bench import fill, measure, report
from bench.exports import exports
from bench.measure import Measured
from bench.offers import offers
from bench.paths import Path, paths
from bench.portal import memory, portal


async def run(rounds: int, sizes: tuple[int, ...]) -> str:
    began = time.monotonic()
    async with portal() as started:
        used = memory(started.stack)
        topics = await fill.topics(started, sizes)
        await offers(started)
        addresses = {size: f"/api/v1/{fill.TENANT}/discussion/topics/{topic}" for size, topic in topics.items() if size}
        exported = await exports(f"http://127.0.0.1:{started.uncached}", addresses, started.groups)
        results: dict[str, Measured] = {}
        pgbench: list[float] = []
        published: list[float] = []
        relayed: list[float] = []
        delays = await measure.event_delays(started, topics[0], (await started.tokens())[0])
        for number in range(rounds):
            tokens = await started.tokens()
            rows = await paths(started, topics, tokens)
            for row in rows:
                for path in [row.limit, row] if row.limit else [row]:
                    await measure.once(started, path, results.setdefault(key(row, path), Measured()))
                print(f"round {number + 1}: {report.line(row, results)}", flush=True)
                if row.name == "POST contribution, 32 clients":
                    pgbench.append(await measure.pgbench_rate(started))
        first, again = await measure.authentication(started)
        # Last, since it starts the service anew.
        for _ in range(rounds):
            published.append(await measure.publish_rate(started))
            relayed.append(await measure.relay_rate(started))
            print(f"relay {relayed[-1]:.0f}/s of {published[-1]:.0f}/s", flush=True)
        lines = report.rows(rows, results)
        lines += report.figures(
            pgbench=ratio(results["POST contribution, 32 clients"].rates, pgbench),
            ceiling=ratio(results["limit of POST contribution, 32 clients"].rates, pgbench),
            authentication=(first, again),
            relay=ratio(relayed, published),
            delay=delays[int(len(delays) * 0.99)],
            start=started.seconds_to_ready,
            memory=used,
        )
        lines += exported
    return report.written(lines, rounds=rounds, minutes=(time.monotonic() - began) / 60)


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
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(run(options.rounds, tuple(options.sizes))))


if __name__ == "__main__":
    main()
