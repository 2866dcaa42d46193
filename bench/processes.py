"""CPU time and memory of the processes under measurement."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Group:
    """Processes that belong together: each of the roots with all of its children."""

    name: str
    roots: tuple[int, ...]

    def members(self) -> list[psutil.Process]:
        roots = [psutil.Process(pid) for pid in self.roots]
        return [process for root in roots for process in (root, *root.children(recursive=True))]

    def cpu_seconds(self) -> float:
        """User and system time so far, in ticks of 10 ms; children that ended count through their parents."""
        total = 0.0
        for process in self.members():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return total

    def memory_octets(self) -> int:
        """Proportional set size: shared pages count once over all processes."""
        total = 0
        for process in self.members():
            try:
                rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text("ascii")
            except OSError:
                continue
            total += sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
        return total


class CpuMeter:
    """CPU time that groups of processes burn between two moments."""

    def __init__(self, groups: list[Group]) -> None:
        self._groups = groups
        self._before = {group.name: group.cpu_seconds() for group in groups}

    def micros_per(self, count: int) -> Mapping[str, float]:
        """µs per request and group since the meter was made."""
        return {group.name: (group.cpu_seconds() - self._before[group.name]) / count * 1e6 for group in self._groups}
