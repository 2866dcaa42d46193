"""Memory and processor time of every part, as the kernel counts them."""

from __future__ import annotations

from collections.abc import Mapping

import psutil

MEGABYTE = 1024 * 1024


def measure(pids: Mapping[str, int]) -> dict[str, tuple[int, float, int]]:
    """Per part with all its processes: bytes (PSS where the kernel tells it, else RSS), CPU seconds, processes."""
    measured = {}
    for name, pid in pids.items():
        try:
            top = psutil.Process(pid)
            # The supervisor's children are the parts themselves.
            family = [top] if name == "supervisor" else [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        values = [value for process in family if (value := _one(process)) is not None]
        measured[name] = (sum(v[0] for v in values), sum(v[1] for v in values), len(values))
    return measured


def table(pids: Mapping[str, int]) -> str:
    measured = measure(pids)
    lines = [f"{'part':<16} {'processes':>9} {'memory MB':>10} {'CPU s':>8}"]
    for name, (memory, cpu, number) in sorted(measured.items(), key=lambda item: -item[1][0]):
        lines.append(f"{name:<16} {number:>9} {memory / MEGABYTE:>10.1f} {cpu:>8.1f}")
    total = (sum(v[2] for v in measured.values()), sum(v[0] for v in measured.values()) / MEGABYTE)
    lines.append(f"{'all':<16} {total[0]:>9} {total[1]:>10.1f}")
    return "\n".join(lines)


def _one(process: psutil.Process) -> tuple[int, float] | None:
    try:
        with process.oneshot():
            times = process.cpu_times()
            memory = process.memory_full_info()
    except psutil.Error:
        return None
    return getattr(memory, "pss", memory.rss), times.user + times.system
