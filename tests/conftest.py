"""Which tests stand on the same running parts, and which rooms come first."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.chaos.stack import Stack

# What stands on the same parts runs on one worker, which starts them once. In this order: whoever begins with the
# longest ends with the shortest, and no worker waits for the other. The rest follows, file by file.
_GROUPS = {
    "portal": ("e2e",),
    "inputs": ("gateway/test_real_services.py",),
    "services": (
        *("chaos", "gateway/test_real_following.py", "gateway/test_real_moderation.py", "gateway/test_real_plain.py"),
        "gateway/test_real_videos.py",
    ),
    "keycloak": ("keycloak",),
    "template": ("architecture/test_new_service.py",),
}
_PLACES = {path: (place, name) for place, (name, paths) in enumerate(_GROUPS.items()) for path in paths}


def _place(path: str) -> tuple[int, str]:
    """When the tests of the file come, and with which others: `path` begins below this folder."""
    return _PLACES.get(path) or _PLACES.get(path.split("/")[0]) or (len(_GROUPS), path)


class ByParts(LoadScopeScheduling):  # type: ignore[misc]  # xdist is not typed
    """Hands out whole groups."""

    def _split_scope(self, nodeid: str) -> str:
        return _place(nodeid.partition("::")[0].removeprefix("tests/"))[1]


# A mark for each group would do, if xdist could write it into the ids of this pytest's tests.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByParts:
    """In place of what `--dist` names; `--no-loadscope-reorder` keeps the order."""
    return ByParts(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups come first, in their order."""
    items.sort(key=lambda item: _place(item.nodeid.partition("::")[0].removeprefix("tests/"))[0])


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
