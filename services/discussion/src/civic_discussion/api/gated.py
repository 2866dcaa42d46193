"""Requests about closed topics from whoever is no member: answered as if the thing were not there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer

from civic_discussion.application.gate import Gate


@dataclass(frozen=True, slots=True)
class Named:
    """What a request is about: the field with its id, and its kind, or the field that says the kind."""

    field: str
    kind: str = ""
    kind_field: str = ""


_TOPIC, _CONTRIBUTION = Named("topic_id", "topic"), Named("contribution_id", "contribution")
_ITSELF = Named("id", "contribution")
_FILE = Named("id", "attachment")
_TEXT = Named("id", kind_field="kind")
# Every method that somebody else than staff may call, and that is about one thing.
NAMED: Mapping[str, Named] = {
    "GetTopic": Named("id", "topic"),
    "ListContributions": _TOPIC,
    "CreateContribution": _TOPIC,
    "FindSimilarContributions": _TOPIC,
    "MapContributions": _TOPIC,
    "ListObjects": _TOPIC,
    "GetObject": _TOPIC,
    "CompareObject": _TOPIC,
    "ListExportContributions": _TOPIC,
    "ListExportComments": _TOPIC,
    "GetTopicStatistics": _TOPIC,
    "GetContribution": _ITSELF,
    "UpdateContribution": _ITSELF,
    "WithdrawContribution": _ITSELF,
    "ListContributionVersions": _ITSELF,
    "ListComments": _CONTRIBUTION,
    "CreateComment": _CONTRIBUTION,
    "SetRating": _CONTRIBUTION,
    "DeleteRating": _CONTRIBUTION,
    "GetAttachment": _FILE,
    "DescribeAttachment": _FILE,
    "ReportText": _TEXT,
    "GetOwnCase": _TEXT,
    "ObjectToDecision": _TEXT,
}
# The others: lists leave closed topics out themselves, and tokens of invitations are a permission.
UNNAMED = frozenset(
    {
        *("ListTopics", "ListStateTopics", "ListMyParticipation", "GetTenantStatistics", "GetModerationPolicy"),
        *("GetInvitation", "AcceptInvitation"),
    }
)
_KINDS = frozenset({"topic", "contribution", "comment", "attachment"})


def gated(servicers: Sequence[Servicer], gate: Gate) -> Sequence[Servicer]:
    """The same servicers behind the gate."""
    return [(register, _Gated(servicer, gate)) for register, servicer in servicers]


class _Gated:
    def __init__(self, servicer: Any, gate: Gate) -> None:
        self._servicer = servicer
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._servicer, name)
        named = NAMED.get(name)
        if named is None:
            return method

        async def behind(request: Any, context: Any) -> Any:
            await self._hide(request, named)
            return await method(request, context)

        return behind

    async def _hide(self, request: Any, named: Named) -> None:
        kind = named.kind or getattr(request, named.kind_field)
        try:
            thing_id = UUID(getattr(request, named.field))
        except ValueError:
            return
        if kind in _KINDS and await self._gate.hides(current_call(), kind, thing_id):
            # An id that nothing has: whatever the method says of such a one, it says of this.
            setattr(request, named.field, str(uuid4()))
