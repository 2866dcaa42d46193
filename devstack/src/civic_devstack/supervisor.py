"""Starts parts in the order of their needs, keeps servers running, and ends all of them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from civic_devstack.parts import Part, PartError, Progress, Server, Status, Step
from civic_devstack.process import Process, size, tail
from civic_devstack.records import ProcessRecords

PROBE_EVERY_SECONDS = 0.1
PROBE_LIMIT_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 30.0
# A server that ran this long has recovered: its next pause is the shortest again.
RECOVERED_AFTER_SECONDS = 60.0
FAILURES_UNTIL_GIVEN_UP = 3
# Together well below the ten seconds that an end may take, also on a busy machine.
STOP_LIMIT_SECONDS = 6.0
STOP_LIMIT_PER_PART_SECONDS = 3.0


class Reporter(Protocol):
    """Hears of every change; `text` says more than the status does."""

    def changed(self, progress: Progress, text: str = "") -> None: ...


@dataclass(slots=True)
class _Live:
    """A part under way."""

    progress: Progress
    up: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    process: Process | None = None
    task: asyncio.Task[None] | None = None


class Supervisor:
    """Runs a set of parts in one event loop; the loop's thread must live as long as the parts shall."""

    def __init__(self, parts: Sequence[Part], *, run_folder: Path, logs: Path, reporter: Reporter) -> None:
        self._needs = {part.name: part.needs for part in _checked(parts)}
        self._layers = _layers(parts)
        self._lives = {part.name: _Live(Progress(part)) for part in parts}
        self._records = ProcessRecords(run_folder)
        self._logs = logs
        self._reporter = reporter
        self._stopping = False
        self._changed = asyncio.Event()

    @property
    def progress(self) -> list[Progress]:
        return [live.progress for live in self._lives.values()]

    def start(self) -> None:
        for live in self._lives.values():
            live.wanted.set()
            live.task = asyncio.create_task(self._run(live), name=live.progress.part.name)

    async def settled(self) -> bool:
        """Waits until every part is up, has failed, or waits for one that has; true when all needed are up."""
        while self._under_way():
            self._changed.clear()
            await self._changed.wait()
        return all(p.up for p in self.progress if not p.part.optional)

    async def until_up(self, name: str) -> None:
        await self._lives[name].up.wait()

    async def kill(self, name: str, number: signal.Signals) -> None:
        """Ends a server from outside, as an accident would; returns when its end has been noticed."""
        live = self._lives[name]
        process = live.process
        if process is None:
            raise LookupError(f"{name} is not running")
        process.send(number)
        while live.process is process:
            self._changed.clear()
            await self._changed.wait()

    async def halt(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """Stops a server and leaves it stopped until `resume`."""
        live = self._lives[name]
        live.wanted.clear()
        if live.process is not None:
            await live.process.end(number, STOP_LIMIT_SECONDS)
        while live.progress.status is not Status.STOPPED:
            self._changed.clear()
            await self._changed.wait()

    async def resume(self, name: str) -> None:
        self._lives[name].wanted.set()
        await self.until_up(name)

    async def stop(self) -> None:
        """Ends every part, those that need others first; takes at most STOP_LIMIT_SECONDS."""
        self._stopping = True
        deadline = time.monotonic() + STOP_LIMIT_SECONDS
        # A step's own commands end with its task.
        steps = [live.task for live in self._lives.values() if live.process is None and live.task]
        for task in steps:
            task.cancel()
        await asyncio.gather(*steps, return_exceptions=True)
        ends: dict[str, asyncio.Task[None]] = {}
        for name in (name for layer in self._layers for name in layer):
            before = [ends[other] for other, needs in self._needs.items() if name in needs]
            ends[name] = asyncio.create_task(self._end(name, before, deadline))
        await asyncio.gather(*ends.values())
        tasks = [live.task for live in self._lives.values() if live.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _end(self, name: str, before: Sequence[asyncio.Task[None]], deadline: float) -> None:
        await asyncio.gather(*before)
        if (process := self._lives[name].process) is not None:
            limit = min(STOP_LIMIT_PER_PART_SECONDS, max(0.2, deadline - time.monotonic()))
            await process.end(process.command.stop_signal, limit)

    def kill_all(self) -> None:
        for live in self._lives.values():
            if live.process is not None:
                live.process.send(signal.SIGKILL)

    async def _run(self, live: _Live) -> None:
        await self._needs_met(live)
        part = live.progress.part
        if isinstance(part, Step):
            await self._work(live, part)
        else:
            await self._serve(live, part)

    async def _needs_met(self, live: _Live) -> None:
        while missing := self._missing(live):
            live.progress.waits_for = missing
            await self._lives[missing[0]].up.wait()
        live.progress.waits_for = ()

    def _missing(self, live: _Live) -> tuple[str, ...]:
        return tuple(name for name in live.progress.part.needs if not self._lives[name].up.is_set())

    async def _work(self, live: _Live, step: Step) -> None:
        for pause in _pauses():
            self._set(live, Status.STARTING)
            try:
                detail = await step.run()
            except PartError as error:
                live.progress.failures += 1
                if live.progress.failures < step.attempts:
                    self._set(live, Status.RESTARTING, f"{error}\nAgain in {pause:.0f} s.")
                    await asyncio.sleep(pause)
                    continue
                self._set(live, Status.FAILED, str(error))
                return
            live.progress.detail = detail or ""
            live.up.set()
            self._set(live, Status.DONE)
            return

    async def _serve(self, live: _Live, server: Server) -> None:
        pauses = _pauses()
        while True:
            await live.wanted.wait()
            self._set(live, Status.STARTING)
            began = time.monotonic()
            reason = await self._one_life(live, server)
            live.up.clear()
            if self._stopping:
                self._set(live, Status.STOPPED)
                return
            if not live.wanted.is_set():
                self._set(live, Status.STOPPED)
                continue
            if time.monotonic() - began > RECOVERED_AFTER_SECONDS:
                pauses, live.progress.failures = _pauses(), 0
            live.progress.failures += 1
            live.progress.restarts += 1
            pause = next(pauses)
            given_up = live.progress.failures >= FAILURES_UNTIL_GIVEN_UP
            status = Status.FAILED if given_up else Status.RESTARTING
            self._set(live, status, f"{reason}\nAgain in {pause:.0f} s.")
            await asyncio.sleep(pause)

    async def _one_life(self, live: _Live, server: Server) -> str:
        """From start to end of one process; returns why it ended."""
        try:
            command = await server.command()
        except PartError as error:
            return str(error)
        log = self._logs / f"{server.name}.log"
        began = size(log)
        process = await Process.start(command, log)
        live.process, live.progress.pid = process, process.pid
        self._records.add(server.name, process.pid)
        try:
            if await self._becomes_ready(live, server, process):
                live.up.set()
                live.progress.failures = 0 if live.progress.restarts == 0 else live.progress.failures
                self._set(live, Status.READY)
                return f"{await process.ended()}; log: {log}"
            if process.running:
                await process.end(signal.SIGKILL, 1)
                # It had all the time it may take; two more tries would only hold up the rest.
                live.progress.failures = max(live.progress.failures, FAILURES_UNTIL_GIVEN_UP - 1)
                return f"not ready after {server.patience:.0f} s; log: {log}\n{tail(log, since=began)}"
            return f"{await process.ended()} before it was ready; log: {log}\n{tail(log, since=began)}"
        except PartError as error:  # of the probe: waiting longer would not help
            live.progress.failures = max(live.progress.failures, FAILURES_UNTIL_GIVEN_UP - 1)
            await process.end(command.stop_signal, STOP_LIMIT_PER_PART_SECONDS)
            return str(error)
        finally:
            if process.running:
                process.send(signal.SIGKILL)
            live.process, live.progress.pid = None, None
            self._records.remove(server.name)

    async def _becomes_ready(self, live: _Live, server: Server, process: Process) -> bool:
        deadline = time.monotonic() + server.patience
        while process.running and time.monotonic() < deadline:
            with contextlib.suppress(OSError, TimeoutError):
                if await asyncio.wait_for(server.ready(), PROBE_LIMIT_SECONDS) and process.running:
                    return True
            await asyncio.sleep(PROBE_EVERY_SECONDS)
        return False

    def _set(self, live: _Live, status: Status, text: str = "") -> None:
        progress = live.progress
        now = time.monotonic()
        # A part that was up has been away since now; several tries to come up count as one.
        fresh = status is Status.STARTING and progress.status is not Status.RESTARTING
        if fresh or (status is Status.RESTARTING and progress.status is Status.READY):
            progress.began = now
        if status in (Status.READY, Status.DONE) and progress.began is not None:
            progress.took = now - progress.began
        if text or status is Status.READY:
            progress.detail = text
        progress.status = status
        for other in self._lives.values():
            if other.progress.status is Status.WAITING:
                other.progress.waits_for = self._missing(other)
        if not self._stopping:
            self._reporter.changed(progress, text)
        self._changed.set()

    def _under_way(self) -> bool:
        """Whether any part may still come up without one that has failed coming up first."""
        dead = {p.part.name for p in self.progress if p.status in (Status.FAILED, Status.STOPPED)}
        for layer in reversed(self._layers):
            dead |= {n for n in layer if any(need in dead for need in self._lives[n].progress.part.needs)}
        return any(not p.up and p.part.name not in dead for p in self.progress)


def _checked(parts: Sequence[Part]) -> Sequence[Part]:
    names = {part.name for part in parts}
    for part in parts:
        if unknown := [name for name in part.needs if name not in names]:
            raise ValueError(f"{part.name} needs unknown parts: {', '.join(unknown)}")
    return parts


def _layers(parts: Iterable[Part]) -> list[list[str]]:
    """Names in the order of stopping: a part stands in an earlier layer than all it needs."""
    left = {part.name: set(part.needs) for part in parts}
    layers: list[list[str]] = []
    while left:
        free = [name for name in left if not any(name in needs for needs in left.values())]
        if not free:
            raise ValueError(f"these parts need each other: {', '.join(left)}")
        layers.append(free)
        for name in free:
            del left[name]
    return layers


def _pauses() -> Iterator[float]:
    pause = 1.0
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
