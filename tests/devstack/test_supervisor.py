"""The supervisor with real processes: order, restarts, and an end that leaves nothing."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from civic_devstack.parts import Part, Status
from civic_devstack.records import AlreadyRunningError, InstanceLock, ProcessRecords, identity
from civic_devstack.supervisor import Supervisor

from tests.devstack import toys


@asynccontextmanager
async def supervised(folder: Path, *parts: Part) -> AsyncIterator[tuple[Supervisor, toys.Heard]]:
    heard = toys.Heard()
    supervisor = Supervisor(parts, run_folder=folder, logs=folder, reporter=heard)
    supervisor.start()
    try:
        yield supervisor, heard
    finally:
        await supervisor.stop()


async def test_parts_start_after_what_they_need_and_end_before_it(tmp_path: Path) -> None:
    parts = (
        toys.family(tmp_path, "portal", needs=("migration",)),
        toys.step("migration", needs=("store",)),
        toys.family(tmp_path, "store"),
    )
    async with supervised(tmp_path, *parts) as (supervisor, heard):
        assert await supervisor.settled()
        family = [*toys.pids(tmp_path, "portal"), *toys.pids(tmp_path, "store")]
    assert (tmp_path / "order").read_text() == "+store +portal -portal -store "
    assert [name for name, status, _ in heard.changes if status in (Status.READY, Status.DONE)] == [
        "store",
        "migration",
        "portal",
    ]
    await toys.until_gone(*family)
    assert ProcessRecords(tmp_path).read() == {}


async def test_parts_that_need_each_other_or_nothing_known_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a needs unknown parts: b"):
        Supervisor([toys.step("a", needs=("b",))], run_folder=tmp_path, logs=tmp_path, reporter=toys.Heard())
    circle = [toys.step("a", needs=("b",)), toys.step("b", needs=("a",))]
    with pytest.raises(ValueError, match="need each other: a, b"):
        Supervisor(circle, run_folder=tmp_path, logs=tmp_path, reporter=toys.Heard())


async def test_a_killed_server_comes_back_alone(tmp_path: Path) -> None:
    parts = (toys.family(tmp_path, "store"), toys.family(tmp_path, "portal", needs=("store",)))
    async with supervised(tmp_path, *parts) as (supervisor, heard):
        await supervisor.settled()
        progress = next(item for item in supervisor.progress if item.part.name == "store")
        first = progress.began
        store, child = toys.pids(tmp_path, "store")
        portal = toys.pids(tmp_path, "portal")
        (tmp_path / "store.pid").unlink()
        os.kill(store, signal.SIGKILL)
        await toys.until_gone(store, child)  # also what the killed process had started
        await supervisor.until_up("store")
        while not (tmp_path / "store.pid").exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.02)
        assert toys.pids(tmp_path, "store")[0] != store
        assert all(toys.running(pid) for pid in portal)
        # How long it took is told from its death on, not from the first start.
        assert first is not None and progress.began is not None and progress.began > first
    texts = [text for name, status, text in heard.changes if (name, status) == ("store", Status.RESTARTING)]
    assert texts == [f"ended by SIGKILL; log: {tmp_path / 'store.log'}\nAgain in 1 s."]
    assert heard.of("portal") == [Status.STARTING, Status.READY]


async def test_pauses_grow_and_a_part_that_never_starts_is_given_up(tmp_path: Path) -> None:
    parts = (toys.failing(tmp_path, "broken"), toys.family(tmp_path, "other"), toys.step("after", needs=("broken",)))
    async with supervised(tmp_path, *parts) as (supervisor, heard):
        assert not await supervisor.settled()
        assert {p.part.name: p.status for p in supervisor.progress} == {
            "broken": Status.FAILED,
            "other": Status.READY,
            "after": Status.WAITING,
        }
        assert {p.part.name: p.waits_for for p in supervisor.progress}["after"] == ("broken",)
    texts = [text for name, status, text in heard.changes if name == "broken" and text]
    assert [text.splitlines()[-1] for text in texts] == ["Again in 1 s.", "Again in 2 s.", "Again in 4 s."]
    assert texts[0].splitlines()[:2] == [
        f"ended with exit code 1 before it was ready; log: {tmp_path / 'broken.log'}",
        "    no luck today",
    ]


async def test_an_optional_part_that_fails_does_not_fail_the_rest(tmp_path: Path) -> None:
    parts = (toys.failing(tmp_path, "luxury", optional=True), toys.family(tmp_path, "store"))
    async with supervised(tmp_path, *parts) as (supervisor, _):
        assert await supervisor.settled()


async def test_a_step_is_tried_as_often_as_it_says(tmp_path: Path) -> None:
    parts = (toys.step("lucky", fails=1, attempts=2), toys.step("unlucky", fails=2, attempts=1))
    async with supervised(tmp_path, *parts) as (supervisor, heard):
        assert not await supervisor.settled()
    assert heard.of("lucky") == [Status.STARTING, Status.RESTARTING, Status.STARTING, Status.DONE]
    assert heard.of("unlucky") == [Status.STARTING, Status.FAILED]


async def test_a_halted_server_stays_away_until_it_is_wanted_again(tmp_path: Path) -> None:
    async with supervised(tmp_path, toys.family(tmp_path, "store")) as (supervisor, heard):
        await supervisor.settled()
        before = toys.pids(tmp_path, "store")
        (tmp_path / "store.pid").unlink()
        await supervisor.halt("store")
        await toys.until_gone(*before)
        assert [p.status for p in supervisor.progress] == [Status.STOPPED]
        await supervisor.resume("store")
        assert toys.pids(tmp_path, "store")[0] != before[0]
    assert Status.RESTARTING not in heard.of("store")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
async def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    process = await _toy_supervisor(tmp_path)
    parts = [toys.pids(tmp_path, name)[0] for name in ("first", "second")]
    process.send_signal(signal.SIGKILL)
    await process.wait()
    await toys.until_gone(*parts)


async def test_the_next_start_ends_what_was_left(tmp_path: Path) -> None:
    left = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(600)", start_new_session=True
    )
    records = ProcessRecords(tmp_path)
    records.add("store", left.pid)
    other = identity(os.getpid())
    # A process that took over the number of an earlier one is somebody else's.
    records._write({**records.read(), "reused": {**other, "started": other["started"] - 3600}})
    assert await asyncio.to_thread(records.end_leftovers) == ["store"]
    assert await left.wait() == -signal.SIGTERM
    assert records.read() == {}


async def test_an_interrupt_ends_even_parts_that_do_not_listen(tmp_path: Path) -> None:
    process = await _toy_supervisor(tmp_path)
    family = [*toys.pids(tmp_path, "first"), *toys.pids(tmp_path, "second")]
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
    await toys.until_gone(*family)
    assert (tmp_path / "order").read_text() == "+first +second -first "


async def test_one_data_folder_has_one_supervisor(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path)
    lock.acquire()
    with pytest.raises(AlreadyRunningError) as refused:
        InstanceLock(tmp_path).acquire()
    assert refused.value.pid == os.getpid()
    lock.release()
    again = InstanceLock(tmp_path)
    again.acquire()
    again.release()


async def _toy_supervisor(folder: Path) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(sys.executable, str(Path(toys.__file__)), str(folder))
    while not (folder / "settled").exists():
        assert process.returncode is None
        await asyncio.sleep(0.02)
    return process
