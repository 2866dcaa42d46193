"""What the person at the terminal sees: every step as it goes, and a table at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from rich.console import Console as Terminal
from rich.markup import escape
from rich.table import Table

from civic_devstack.parts import Progress, Server, Status
from civic_devstack.people import PASSWORD, PEOPLE
from civic_devstack.stack import Stack

REMINDED_EVERY_SECONDS = 5.0


class Console:
    """A line for each change; while nothing changes, now and then what is waited for."""

    def __init__(self, terminal: Terminal | None = None) -> None:
        self.terminal = terminal or Terminal(highlight=False, soft_wrap=True)
        self._began = time.monotonic()
        self._last = self._began
        self._advised: set[str] = set()

    def say(self, text: str, style: str = "") -> None:
        self._last = time.monotonic()
        self.terminal.print(escape(text), style=style or None)

    def changed(self, progress: Progress, text: str = "") -> None:
        """Part of the supervisor's Reporter."""
        title = progress.part.title
        match progress.status:
            case Status.STARTING if isinstance(progress.part, Server) and not progress.restarts:
                self.say(f"  …  {title} starts", "dim")
            case Status.READY | Status.DONE:
                done = "ready" if progress.status is Status.READY else (progress.detail or "done")
                took = f"{progress.took or 0:.1f} s"
                self.say(f"  ✓  {title}: {done} after {took}", "green")
            case Status.RESTARTING:
                lines = text.splitlines() or [""]
                self.say(f"  !  {title}: {' '.join(dict.fromkeys((lines[0], lines[-1])))}", "yellow")
            case Status.FAILED:
                self.say(f"  ✗  {title}: {text}", "red")
                if progress.part.advice and progress.part.name not in self._advised:
                    self._advised.add(progress.part.name)
                    self.say(_indented(progress.part.advice), "yellow")

    async def remind(self, stack: Stack) -> None:
        """Runs until cancelled: says what is under way whenever nothing was said for a while."""
        while True:
            await asyncio.sleep(0.5)
            silent = time.monotonic() - self._last > REMINDED_EVERY_SECONDS
            if silent and (busy := _under_way(stack.progress)):
                self.say(f"  …  {time.monotonic() - self._began:3.0f} s: {busy}", "dim")

    def table(self, stack: Stack, *, seconds: float) -> None:
        self.terminal.print()
        for heading, rows in (("Addresses", _addresses(stack)), ("Demo people", _people(stack))):
            table = Table(title=heading, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
            for row in rows:
                table.add_row(*(escape(cell) for cell in row))
            if rows:
                self.terminal.print(table)
                self.terminal.print()
        missing = [progress for progress in stack.progress if not progress.up]
        if missing:
            self.say("Not running: " + ", ".join(f"{p.part.title} ({_why(p)})" for p in missing), "yellow")
        state = "Everything is ready" if not missing else "The rest is ready"
        self.say(f"{state} after {seconds:.1f} s. Ctrl-C ends all of it.", "bold")


def _under_way(progress: Iterable[Progress]) -> str:
    now = time.monotonic()
    busy = []
    for item in progress:
        if item.status in (Status.STARTING, Status.RESTARTING):
            busy.append(f"{item.part.title} since {now - (item.began or now):.0f} s")
        elif item.status is Status.WAITING and item.waits_for:
            busy.append(f"{item.part.title} waits for {', '.join(item.waits_for)}")
    return "; ".join(busy)


def _why(progress: Progress) -> str:
    if progress.status is Status.WAITING:
        return f"waits for {', '.join(progress.waits_for)}"
    return progress.status


def _addresses(stack: Stack) -> list[tuple[str, str]]:
    names = {item.part.name for item in stack.progress if item.up}
    rows = []
    if "gateway" in names:
        rows += [("Portal", stack.portal_url), ("API documentation", f"{stack.portal_url}/api/docs")]
    if "mail" in names:
        rows.append(("Caught mails", stack.mail_url))
    if "keycloak" in names:
        rows.append(("Keycloak", f"{stack.keycloak_url}/admin"))
        rows.append(("  its administrator", f"admin, {stack.addresses.secrets.of('keycloak-admin')}"))
    elif stack.settings.oidc_issuer:
        rows.append(("Issuer (external)", stack.issuer))
    return [*rows, ("Logs", str(stack.settings.logs)), ("Data", str(stack.settings.data))]


def _people(stack: Stack) -> list[tuple[str, str, str]]:
    if not any(item.part.name == "keycloak" and item.up for item in stack.progress):
        return []
    return [(person.username, PASSWORD, person.description) for person in PEOPLE]


def _indented(text: str) -> str:
    return "\n".join(f"     {line}" for line in text.splitlines())
