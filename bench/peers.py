"""What the same work costs in the programs that a town would take instead.

Their figures are the whole stack's CPU time in ms per request with one client, measured in November 2026 on a shared
machine of two cores, as ours are: adhocracy+ with 1,000 and 10,000 ideas, an idea with its comments, about ten of them.
"""

from bench.measure import Measured

# Row → peer's work, its ms, and how many times less ours is to cost: 100 for what everybody reads, 30 for writes.
PEERS = {
    "page of a Dialog, cached": ("adhocracy+, list of 1,000 ideas", 184.0, 100),
    "page of a Dialog of 1,000": ("adhocracy+, list of 1,000 ideas", 184.0, 0),
    "page of a Dialog of 10,000": ("adhocracy+, list of 10,000 ideas", 737.0, 0),
    "GET page, cached": ("adhocracy+, list of 1,000 ideas", 184.0, 100),
    "GET page of 20 of 1,000": ("adhocracy+, list of 1,000 ideas", 184.0, 100),
    "page with 10 comments": ("adhocracy+, one idea", 66.0, 0),
    "GET comments, of 10": ("adhocracy+, comments as JSON", 379.0, 100),
    "POST contribution, 1 client": ("adhocracy+, create an idea", 47.0, 30),
    "POST contribution, 32 clients": ("adhocracy+, create an idea", 44.0, 30),
    "POST comment, 32 clients": ("adhocracy+, create a comment", 67.0, 30),
    "PUT rating, 32 clients": ("adhocracy+, rate", 21.0, 30),
}
# Limits and the load's own time are nobody's cost.
_PARTS = ("gateway", "uncached gateway", "discussion", "catalog", "notification", "postgres", "nats")


def beside(results: dict[str, Measured]) -> list[str]:
    """The table; rows that were not measured are left out."""
    table = [
        "",
        "| work | whole stack, ms | peer | its ms | times less | asked for | |",
        "|---|---|---|---|---|---|---|",
    ]
    for row, (peer, theirs, asked) in PEERS.items():
        if row not in results:
            continue
        ours = results[row].median_cpu(*_PARTS) / 1000
        times = theirs / ours
        reached = "" if not asked else "yes" if times >= asked else "**no**"
        goal = f"≥ {asked}" if asked else ""
        table.append(f"| {row} | {ours:.2f} | {peer} | {theirs:.0f} | {times:.0f} | {goal} | {reached} |")
    return table
