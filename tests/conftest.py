"""Which tests stand on the same running parts, and which rooms come first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chaos.stack import Stack

_TESTS = Path(__file__).parent
# What stands on the same parts runs on one worker, which starts them once. In this order: whoever begins with the
# longest ends with the shortest, and no worker waits for the other. The rest follows, file by file.
_GROUPS = {
    "portal": ("e2e",),
    "inputs": ("gateway/test_real_services.py",),
    "services": ("chaos", "gateway/test_real_following.py", "gateway/test_real_moderation.py"),
    "keycloak": ("keycloak",),
    "template": ("architecture/test_new_service.py",),
}
_PLACES = {path: (place, name) for place, (name, paths) in enumerate(_GROUPS.items()) for path in paths}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test goes to its group; `--dist loadgroup --no-loadscope-reorder` keeps to both."""
    places = {}
    for item in items:
        path = item.path.relative_to(_TESTS).as_posix() if item.path.is_relative_to(_TESTS) else str(item.path)
        place, group = _PLACES.get(path) or _PLACES.get(path.split("/")[0]) or (len(_GROUPS), path)
        item.add_marker(pytest.mark.xdist_group(group))
        places[item.nodeid] = place
    items.sort(key=lambda item: places[item.nodeid])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_stack() -> AsyncIterator[Stack]:
    """All services and two gateways, as processes."""
    async with Stack() as made:
        yield made


@pytest.fixture
async def stack(running_stack: Stack) -> Stack:
    """The running services, whole."""
    await running_stack.restore()
    return running_stack
