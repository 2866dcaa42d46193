"""The table, on the screen and as a file."""

from datetime import UTC, datetime

from bench.measure import Measured
from bench.portal import DATA
from bench.rows import Path

HEAD = """# Benchmark

CPU time in µs per request, the median of {rounds} rounds; a limit is measured in the same minute as its row. Judge
ratios, never rates: the machine is shared. *Ours* is gateway and service; PostgreSQL and NATS stand beside it.
{minutes:.1f} minutes, {when}.

| path | ours | gateway | service | PostgreSQL | NATS | limit | ours ÷ limit | excellent | | requests/s | p99 ms |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


def line(path: Path, results: dict[str, Measured]) -> str:
    """The last measurement of a row, for whoever waits."""
    cpu = results[path.name].cpu[-1]
    parts = ", ".join(f"{name} {micros:.0f}" for name, micros in cpu.items() if micros >= 5)
    bound = results[f"limit of {path.name}"].cpu[-1] if path.limit else {}
    limit = sum(bound.get(name, 0) for name in path.limit.processes) if path.limit else 0
    return f"{path.name}: {parts}; limit {limit:.0f}"


def rows(paths: list[Path], results: dict[str, Measured]) -> list[str]:
    return [row(path, results[path.name], results.get(f"limit of {path.name}")) for path in paths]


def row(path: Path, measured: Measured, limit: Measured | None) -> str:
    ours = measured.median_cpu(*path.processes)
    bound = limit.median_cpu(*path.limit.processes) if limit and path.limit else None
    gateway = measured.median_cpu("gateway", "uncached gateway")
    parts = [
        measured.median_cpu(*names) for names in (("discussion", "catalog", "notification"), ("postgres",), ("nats",))
    ]
    cells = [
        path.name,
        f"{ours:.0f}",
        f"{gateway:.0f}",
        *(f"{part:.0f}" for part in parts),
        f"{bound:.0f}" if bound else "",
        f"{ours / bound:.2f}" if bound else "",
        f"≤ {path.goal:.0f}" if path.goal else "",
        verdict(path.goal is None or ours <= path.goal),
        f"{measured.rate:.0f}",
        f"{max(measured.p99) * 1000:.1f}",
    ]
    return "| " + " | ".join(cells) + " |"


def figures(
    *,
    pgbench: float,
    ceiling: float,
    authentication: tuple[float, float],
    relay: float,
    delay: float,
    start: float,
    memory: dict[str, int],
) -> list[str]:
    first, again = authentication
    total = sum(memory.values()) / 2**20
    parts = ", ".join(f"{name} {octets / 2**20:.0f}" for name, octets in sorted(memory.items()))
    lines = [
        ("rate of POST at 32 clients ÷ pgbench's two-insert transactions", f"{pgbench:.2f}", "≥ 0.30", pgbench >= 0.30),
        ("the same of its limit, which has no database", f"{ceiling:.2f}", "", True),
        ("authentication of a repeated token, µs", f"{again:.2f}", "≤ 3", again <= 3),
        ("authentication of a new token, µs", f"{first:.0f}", "", True),
        ("relay ÷ publish rate", f"{relay:.2f}", "≥ 0.40", relay >= 0.40),
        ("event at a subscriber, p99 ms after the request was sent", f"{delay * 1000:.0f}", "< 50", delay < 0.05),
        (
            "start to all ready, Keycloak included, s (warm when the folder was there before)",
            f"{start:.1f}",
            "≤ 25",
            start <= 25,
        ),
        (f"memory, MB PSS ({parts})", f"{total:.0f}", "≤ 1000", total <= 1000),
    ]
    table = ["", "| figure | measured | excellent | |", "|---|---|---|---|"]
    return table + [
        f"| {name} | {value} | {goal} | {verdict(good) if goal else ''} |" for name, value, goal, good in lines
    ]


def verdict(reached: bool) -> str:
    return "yes" if reached else "**no**"


def written(lines: list[str], *, rounds: int, minutes: float) -> str:
    """Keeps the table under .civic/bench/ and returns it."""
    now = datetime.now(UTC)
    text = "\n".join([HEAD.format(rounds=rounds, minutes=minutes, when=f"{now:%Y-%m-%d %H:%M} UTC"), *lines, ""])
    (DATA / f"results-{now:%Y%m%d-%H%M}.md").write_text(text, encoding="utf-8")
    return text
