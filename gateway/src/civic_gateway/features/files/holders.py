"""Tools that hold files: each says who may see one, and what makes an answer about it old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from civic.common.v1 import attachment_pb2
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.upload import not_found
from civic_chassis.uploads import Uploads

from civic_gateway.clients import Asker

_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Held:
    """A file as its tool shows it to the asker. `tags` make an answer old; None where it is for the asker alone."""

    attachment: attachment_pb2.Attachment
    tags: Sequence[str] | None


class Holder(Protocol):
    """A tool's calls about files; each raises DomainError."""

    async def get_file(self, asker: Asker, file: str) -> Held: ...

    async def describe_file(self, asker: Asker, file: str, alt_text: str) -> attachment_pb2.Attachment: ...


class Holders:
    """Finds the tool that holds a file: it says so in the object store, once and for good."""

    def __init__(self, uploads: Uploads, tools: Mapping[str, Holder]) -> None:
        self._uploads = uploads
        self._tools = tools
        self._known: dict[tuple[str, UUID], str] = {}

    async def get(self, asker: Asker, tenant: str, file: UUID) -> Held | None:
        """None where no tool holds it. Raises FILE_NOT_FOUND for what the asker may not see."""
        tool = await self._tool(tenant, file)
        if tool is None:
            return None
        try:
            return await tool.get_file(asker, str(file))
        except DomainError as error:
            # Claimed by a call that was refused afterwards: it still is an upload of its sender.
            if error.kind is Kind.NOT_FOUND:
                self._known.pop((tenant, file), None)
                return None
            raise

    async def describe(self, asker: Asker, tenant: str, file: UUID, alt_text: str) -> attachment_pb2.Attachment:
        """Raises FILE_NOT_FOUND, NOT_THE_AUTHOR, SIGN_IN_REQUIRED."""
        tool = await self._tool(tenant, file)
        if tool is None:
            raise not_found()
        return await tool.describe_file(asker, str(file), alt_text)

    async def _tool(self, tenant: str, file: UUID) -> Holder | None:
        name = self._known.get((tenant, file)) or await self._uploads.claimed_by(tenant, file)
        if name is None or name not in self._tools:
            return None
        if len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[tenant, file] = name
        return self._tools[name]
