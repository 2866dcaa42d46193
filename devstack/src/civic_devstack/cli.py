"""Commands of the local stack: up, wait, down, reset, status, logs, token, demo, trace, stats, assets."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from civic_devstack import assets, stats, tokens, traces
from civic_devstack.console import Console
from civic_devstack.parts import PartError
from civic_devstack.people import PEOPLE
from civic_devstack.records import AlreadyRunningError, InstanceLock, ProcessRecords, holder
from civic_devstack.settings import SettingError, StackSettings
from civic_devstack.stack import Stack, StackError

OWN_FOLDERS = ("postgres", "postgres.draft", "nats", "keycloak", "mail", "files", "traces", "logs", "run")
# More than the supervisor takes to end all parts.
DOWN_LIMIT_SECONDS = 15


class Failed(Exception):
    """A command cannot do its work; the text is for the person at the terminal."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        settings = StackSettings.from_environment()
        result: int | None = options.run(settings, options)
        return result or 0
    except (Failed, SettingError, StackError, PartError, tokens.TokenError, traces.TraceError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m civic_devstack", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    up_command = command("up", up, "start everything and stay until Ctrl-C")
    up_command.add_argument("--detach", action="store_true", help="start in the background and return when ready")
    wait_command = command("wait", wait, "wait until the stack is ready")
    for item in (up_command, wait_command):
        item.add_argument("--timeout", type=float, default=600, metavar="SECONDS")
    command("down", down, "end the stack, from any terminal")
    command("reset", reset, "end the stack and delete its data")
    command("status", status, "say how the parts stand")
    logs_command = command("logs", logs, "follow the log of one part, or of all")
    logs_command.add_argument("name", nargs="?")
    logs_command.add_argument("--no-follow", action="store_true")
    token_command = command("token", token, "print an access token of a demo person")
    token_command.add_argument("person")
    command("demo", demo, "write the demo data through the portal's API")
    trace_command = command("trace", trace, "show one request over all processes")
    trace_command.add_argument("id", help="32 hexadecimal digits, as in an error page or a trace header")
    command("stats", show_stats, "memory and processor time of every part")
    command("assets", build_assets, "build the page assets when their sources have changed")
    return parser


def up(settings: StackSettings, options: argparse.Namespace) -> int:
    if options.detach:
        return _detach(settings, options)
    return asyncio.run(_up(settings))


async def _up(settings: StackSettings) -> int:
    console = Console()
    stack = Stack(settings, reporter=console)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if stopped.is_set():  # the second Ctrl-C has no patience
            stack.kill_all()
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    began = time.monotonic()
    try:
        stack.begin()
    except AlreadyRunningError as error:
        raise Failed(f"The stack runs already ({error}). `make down` ends it.") from error
    if stack.leftovers:
        console.say(f"  !  Ended what an earlier run had left: {', '.join(stack.leftovers)}", "yellow")
    shown = asyncio.create_task(_show(stack, console, began))
    await stopped.wait()
    began = time.monotonic()
    console.say("\nStopping …")
    shown.cancel()
    await stack.stop()
    console.say(f"Everything has ended after {time.monotonic() - began:.1f} s.")
    return 0


async def _show(stack: Stack, console: Console, began: float) -> None:
    reminder = asyncio.create_task(console.remind(stack))
    try:
        await stack.settled()
    finally:
        reminder.cancel()
    console.table(stack, seconds=time.monotonic() - began)


def _detach(settings: StackSettings, options: argparse.Namespace) -> int:
    settings.logs.mkdir(parents=True, exist_ok=True)
    if holder(settings.run_folder) is None:
        (settings.run_folder / "stack.json").unlink(missing_ok=True)
        with (settings.logs / "stack.log").open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "civic_devstack", "up"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 30
        while not (settings.run_folder / "stack.json").exists():
            if child.poll() is not None or time.monotonic() > deadline:
                raise Failed((settings.logs / "stack.log").read_text(encoding="utf-8").strip())
            time.sleep(0.1)
    return wait(settings, options)


def wait(settings: StackSettings, options: argparse.Namespace) -> int:
    deadline = time.monotonic() + options.timeout
    while (state := _state(settings))["status"] == "starting":
        if time.monotonic() > deadline:
            raise Failed(f"not ready after {options.timeout:.0f} s:\n{_parts_text(state)}")
        time.sleep(0.2)
    print(_parts_text(state))
    print(f"portal {state['portal']}, {state['status']}")
    return 0 if state["status"] == "ready" else 1


def down(settings: StackSettings, options: argparse.Namespace) -> None:
    pid = holder(settings.run_folder)
    if pid is None:
        ended = ProcessRecords(settings.run_folder).end_leftovers() if settings.run_folder.exists() else []
        print(f"Ended what a run had left: {', '.join(ended)}" if ended else "The stack does not run.")
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_LIMIT_SECONDS
    while holder(settings.run_folder) is not None:
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            ProcessRecords(settings.run_folder).end_leftovers()
            break
        time.sleep(0.05)
    print("Everything has ended.")


def reset(settings: StackSettings, options: argparse.Namespace) -> None:
    down(settings, options)
    if not settings.data.exists():
        return
    settings.run_folder.mkdir(exist_ok=True)
    lock = InstanceLock(settings.run_folder)
    lock.acquire()
    for name in OWN_FOLDERS:
        shutil.rmtree(settings.data / name, ignore_errors=True)
    for name in ("secret.key", "demo.sha256"):
        (settings.data / name).unlink(missing_ok=True)
    lock.release()
    print(f"The data in {settings.data} is deleted.")


def status(settings: StackSettings, options: argparse.Namespace) -> None:
    print(_parts_text(_state(settings)))


def logs(settings: StackSettings, options: argparse.Namespace) -> None:
    known = sorted(file.stem for file in settings.logs.glob("*.log"))
    if options.name and options.name not in known:
        raise Failed(f"There is no log of {options.name!r}; there are {', '.join(known) or 'none yet'}.")
    files = [str(settings.logs / f"{name}.log") for name in ([options.name] if options.name else known)]
    if not files:
        raise Failed("There are no logs yet.")
    follow = [] if options.no_follow else ["-F"]
    os.execvp("tail", ["tail", "-n", "100", *follow, *files])  # noqa: S606


def token(settings: StackSettings, options: argparse.Namespace) -> None:
    if options.person not in {person.username for person in PEOPLE}:
        raise Failed(f"PERSON is one of {', '.join(person.username for person in PEOPLE)}.")
    print(asyncio.run(tokens.token(_state(settings)["issuer"], options.person)))


def demo(settings: StackSettings, options: argparse.Namespace) -> None:
    from civic_devstack.demo import DemoError, write_demo

    state = _state(settings)
    today = dt.datetime.now(ZoneInfo("Europe/Berlin")).date()
    try:
        number = asyncio.run(write_demo(state["portal"], tokens.TokenSource(state["issuer"]), today))
    except DemoError as error:
        raise Failed(f"The demo data is not complete: {error}") from error
    print(f"{number} contributions")


def trace(settings: StackSettings, options: argparse.Namespace) -> None:
    print(traces.tree(settings.traces, options.id))


def show_stats(settings: StackSettings, options: argparse.Namespace) -> None:
    pid = holder(settings.run_folder)
    recorded = {name: item["pid"] for name, item in ProcessRecords(settings.run_folder).read().items()}
    if pid is None:
        raise Failed("The stack does not run.")
    print(stats.table({"supervisor": pid, **recorded}))


def build_assets(settings: StackSettings, options: argparse.Namespace) -> None:
    print(asyncio.run(assets.build(settings)) or "up to date")


def _state(settings: StackSettings) -> dict[str, Any]:
    if holder(settings.run_folder) is None:
        raise Failed("The stack does not run. `make up` starts it.")
    try:
        state: dict[str, Any] = json.loads((settings.run_folder / "stack.json").read_text(encoding="utf-8"))
    except OSError:
        return {"status": "starting", "parts": {}}
    return state


def _parts_text(state: dict[str, Any]) -> str:
    lines = [f"{name:<24} {part['status']:<11} {part['detail']}" for name, part in state["parts"].items()]
    return "\n".join(lines)
