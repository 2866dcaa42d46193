"""The one way to show a message in a log: without its sensitive fields."""

from functools import cache
from typing import Any

from civic.common.v1 import options_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

_MAX_TEXT = 100
_MAX_ITEMS = 5
_SENSITIVE = "[sensitive]"


def render(message: Message) -> dict[str, Any]:
    """The set fields as plain values. Sensitive fields show that they are set and nothing else; long texts and lists
    are cut."""
    sensitive = _sensitive_fields(message.DESCRIPTOR)
    return {
        field.name: _SENSITIVE if field.name in sensitive else _value(field, value)
        for field, value in message.ListFields()
    }


@cache
def _sensitive_fields(descriptor: Descriptor) -> frozenset[str]:
    return frozenset(field.name for field in descriptor.fields if field.GetOptions().Extensions[options_pb2.sensitive])


def _value(field: FieldDescriptor, value: Any) -> Any:
    if not field.is_repeated:
        return _single(value)
    if hasattr(value, "items"):
        # A map's own values carry no option of their own: only its size is safe to show.
        return f"[{len(value)} entries]"
    shown: list[Any] = [_single(item) for item in value[:_MAX_ITEMS]]
    if len(value) > _MAX_ITEMS:
        shown.append(f"[{len(value) - _MAX_ITEMS} more]")
    return shown


def _single(value: Any) -> Any:
    if isinstance(value, Message):
        return render(value)
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        return f"{value[:_MAX_TEXT]}… [{len(value)} characters]"
    return value
