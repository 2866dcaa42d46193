"""Reads proto/ into plain values: methods with their access, events, error reasons and their comments."""

import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from civic.common.v1 import options_pb2
from google.protobuf import descriptor_pb2
from protos import WELL_KNOWN
from workspace import PROTO, run


@dataclass(frozen=True, slots=True)
class Method:
    """One RPC. `level` is PUBLIC, PARTICIPANT, STAFF or PLATFORM; UNSPECIFIED where the option is missing."""

    service: str
    name: str
    level: str
    roles: tuple[str, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    sensitive: bool
    comment: str


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `subject` without the tenant at its end."""

    name: str
    subject: str
    fields: tuple[Field, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class Area:
    """The contracts of one folder: civic.discussion.v1."""

    package: str
    comment: str
    methods: tuple[Method, ...]
    events: tuple[Event, ...]
    reasons: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        return self.package.split(".")[1]


def areas() -> list[Area]:
    """Every package under proto/, in the order of their names."""
    files = read()
    packages = sorted({file.package for file in files})
    return [area(package, [file for file in files if file.package == package]) for package in packages]


def read() -> list[descriptor_pb2.FileDescriptorProto]:
    """The compiled protos with their comments, without what they import from elsewhere."""
    names = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "set"
        command = [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"--proto_path={PROTO}",
            f"--proto_path={WELL_KNOWN}",
        ]
        done = run([*command, "--include_source_info", f"--descriptor_set_out={target}", *names])
        if done.returncode:
            raise RuntimeError(done.stdout)
        return list(descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes()).file)


def area(package: str, files: list[descriptor_pb2.FileDescriptorProto]) -> Area:
    return Area(
        package=package,
        comment=" ".join(text for file in files if file.service and (text := comments(file)[()])),
        methods=tuple(method for file in files for method in methods(file)),
        events=tuple(event for file in files if file.name.endswith("_events.proto") for event in events(file)),
        reasons=tuple(reason for file in files for reason in reasons(file)),
    )


def comments(file: descriptor_pb2.FileDescriptorProto) -> dict[tuple[int, ...], str]:
    """Path of an element → its comment in one paragraph; () is the file's own."""
    found = {
        tuple(location.path): " ".join(location.leading_comments.split())
        for location in file.source_code_info.location
        if location.leading_comments
    }
    # The comment above `syntax` (field 12 of a file) speaks of the whole file.
    return found | {(): found.get((12,), "")}


def methods(file: descriptor_pb2.FileDescriptorProto) -> Iterator[Method]:
    told = comments(file)
    for i, service in enumerate(file.service):
        for j, method in enumerate(service.method):
            access = method.options.Extensions[options_pb2.access]
            level = options_pb2.AccessLevel.Name(access.level).removeprefix("ACCESS_LEVEL_")
            yield Method(service.name, method.name, level, tuple(access.roles), told.get((6, i, 2, j), ""))


def events(file: descriptor_pb2.FileDescriptorProto) -> Iterator[Event]:
    told = comments(file)
    for i, message in enumerate(file.message_type):
        resource, *verb = re.findall(r"[A-Z][a-z0-9]*", message.name)
        subject = f"civic.{file.package.split('.')[1]}.{resource.lower()}.{'_'.join(verb).lower()}.v1"
        fields = tuple(
            Field(field.name, field.options.Extensions[options_pb2.sensitive], told.get((4, i, 2, j), ""))
            for j, field in enumerate(message.field)
        )
        yield Event(message.name, subject, fields, told.get((4, i), ""))


def reasons(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[str, str]]:
    told = comments(file)
    for i, enum in enumerate(file.enum_type):
        if enum.name == "ErrorReason":
            for j, value in enumerate(enum.value):
                if value.number:
                    yield value.name.removeprefix("ERROR_REASON_"), told.get((5, i, 2, j), "")
