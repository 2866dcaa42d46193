"""The command `up` and the whole portal under it, when something is missing or dies."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest
from civic_devstack.parts import Status
from civic_devstack.settings import PORT_SETTINGS, StackSettings
from civic_devstack.stack import Stack

from tests.devstack import toys

ROOT = Path(__file__).resolve().parents[2]


async def test_without_keycloak_the_portal_can_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "keycloak.zip"
    stack = Stack(StackSettings.isolated(tmp_path / "data", keycloak_dist=missing, mail=False, demo=True))
    stack.begin()
    try:
        assert await stack.settled()
        progress = {item.part.name: item for item in stack.progress}
        assert progress["keycloak-files"].status is Status.FAILED
        assert progress["keycloak-files"].detail == f"CIVIC_KEYCLOAK_DIST={missing}: there is no such file"
        assert "CIVIC_OIDC_ISSUER=" in progress["keycloak-files"].part.advice
        assert progress["demo"].waits_for == ("realm",)
        async with httpx.AsyncClient(base_url=stack.portal_url, trust_env=False, timeout=30) as http:
            assert (await http.get("/")).status_code == 200
            tenants = (await http.get("/api/v1/tenants")).json()["items"]
            assert sorted(tenant["slug"] for tenant in tenants) == ["brueckstadt", "hessen", "hohenau", "lindental"]
    finally:
        await stack.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
async def test_nothing_is_left_when_the_command_ends(tmp_path: Path, number: signal.Signals) -> None:
    if number is signal.SIGKILL and sys.platform != "linux":
        pytest.skip("only Linux tells children of their parent's death")
    command = await _up(tmp_path)
    parts = [item["pid"] for item in json.loads((tmp_path / "run" / "processes.json").read_text()).values()]
    assert len(parts) == 3
    command.send_signal(number)
    assert await command.wait() == (-signal.SIGKILL if number is signal.SIGKILL else 0)
    await toys.until_gone(*parts)
    again = await _up(tmp_path)
    again.send_signal(signal.SIGTERM)
    assert await again.wait() == 0


async def test_a_second_start_says_that_the_first_runs(tmp_path: Path) -> None:
    command = await _up(tmp_path)
    second = await _command(tmp_path, "up")
    output, _ = await second.communicate()
    assert second.returncode == 1
    assert output.decode() == f"The stack runs already (process {command.pid}). `make down` ends it.\n"
    down = await _command(tmp_path, "down")
    assert (await down.communicate())[0].decode() == "Everything has ended.\n"
    assert await command.wait() == 0
    reset = await _command(tmp_path, "reset")
    assert (await reset.communicate())[0].decode().splitlines() == [
        "The stack does not run.",
        f"The data in {tmp_path} is deleted.",
    ]
    assert os.listdir(tmp_path) == []  # noqa: PTH208


async def _up(data: Path) -> asyncio.subprocess.Process:
    """Returns when everything is ready."""
    command = await _command(data, "up")
    assert command.stdout is not None
    shown = []
    while b"Ctrl-C ends all of it" not in (line := await command.stdout.readline()):
        shown.append(line.decode())
        assert line, "".join(shown)
    return command


async def _command(data: Path, name: str) -> asyncio.subprocess.Process:
    left_out = {f"CIVIC_{part}": "false" for part in ("KEYCLOAK", "SERVICES", "GATEWAY")}
    free = {f"CIVIC_{port.upper()}": "0" for port in PORT_SETTINGS}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "civic_devstack", name),
        env={**os.environ, **left_out, **free, "CIVIC_DATA": str(data)},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
