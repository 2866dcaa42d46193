"""kill -9 of the relay between ack and delete: nothing is published twice, nothing is lost."""

import asyncio
from uuid import uuid4

from civic.discussion.v1.discussion_events_pb2 import ContributionCreated
from civic_chassis.testing.waiting import eventually

from tests.chaos.stack import Stack
from tests.chaos.wires import Trap


async def test_events_are_published_once(stack: Stack) -> None:
    topic = await stack.new_topic()
    await eventually(stack.outbox_is_empty)
    # A new process prepares its statements anew, and so names them on the wire.
    stack.kill("relay")
    await stack.start("relay")
    trap = stack.relay_wire.set(Trap(at=b"DELETE FROM outbox"))
    made = [(await stack.contribute(topic, f"Beitrag {uuid4().hex}")).json()["id"]]
    await asyncio.wait_for(trap.sprung.wait(), 20)
    # Acknowledged, and still in the outbox.
    assert not await stack.outbox_is_empty()
    stack.kill("relay")
    made += [(await stack.contribute(topic, f"Beitrag {uuid4().hex}")).json()["id"] for _ in range(5)]
    await stack.start("relay")
    await eventually(stack.outbox_is_empty)

    events = [ContributionCreated.FromString(message.data) for message in await stack.events("contribution.created")]
    assert [event.contribution_id for event in events if event.topic_id == topic] == made
