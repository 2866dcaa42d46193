"""A small contract, made here so that tests of the chassis need none of a service."""

from collections.abc import Mapping
from typing import Any

import grpc
from civic.common.v1 import options_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

STRING = descriptor_pb2.FieldDescriptorProto.TYPE_STRING
SERVICE = "civic.probe.v1.ProbeService"
OPEN_SERVICE = "civic.probe.v1.OpenService"
METHODS: Mapping[str, options_pb2.Access] = {
    "GetProbe": options_pb2.Access(level=options_pb2.ACCESS_LEVEL_PUBLIC),
    "CreateProbe": options_pb2.Access(level=options_pb2.ACCESS_LEVEL_PARTICIPANT),
    "UpdateProbe": options_pb2.Access(level=options_pb2.ACCESS_LEVEL_STAFF, roles=["admin", "editor"]),
    "ApproveProbe": options_pb2.Access(level=options_pb2.ACCESS_LEVEL_PLATFORM, roles=["state-admin"]),
}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="civic/probe/v1/probe.proto",
        package="civic.probe.v1",
        syntax="proto3",
        dependency=["civic/common/v1/options.proto"],
    )
    service = file.service.add(name="ProbeService")
    for name, access in METHODS.items():
        request = file.message_type.add(name=f"{name}Request")
        for number, text in enumerate(("id", "text", "request_id"), start=1):
            made = request.field.add(name=text, number=number, type=STRING, label=1)
            if text == "text":
                made.options.Extensions[options_pb2.sensitive] = True
        _method(service, name).options.Extensions[options_pb2.access].CopyFrom(access)
    file.message_type.add(name="Probe").field.add(name="text", number=1, type=STRING, label=1)
    open_service = file.service.add(name="OpenService")
    for name in ("GetProbe", "CreateProbe"):
        _method(open_service, name)
    _method(open_service, "UpdateProbe").options.Extensions[options_pb2.access].level = options_pb2.ACCESS_LEVEL_STAFF
    _method(open_service, "ApproveProbe").options.Extensions[options_pb2.access].CopyFrom(
        options_pb2.Access(level=options_pb2.ACCESS_LEVEL_PUBLIC, roles=["admin"])
    )
    return file


def _method(service: descriptor_pb2.ServiceDescriptorProto, name: str) -> descriptor_pb2.MethodDescriptorProto:
    return service.method.add(
        name=name, input_type=f".civic.probe.v1.{name}Request", output_type=".civic.probe.v1.Probe"
    )


_POOL = descriptor_pool.Default()
_POOL.Add(_file())


def message(name: str) -> Any:
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"civic.probe.v1.{name}"))


Probe = message("Probe")


def add_to_server(behaviours: Mapping[str, Any], server: Any, *, service: str = SERVICE) -> None:
    """What generated code does."""
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            behaviour,
            request_deserializer=message(f"{name}Request").FromString,
            response_serializer=Probe.SerializeToString,
        )
        for name, behaviour in behaviours.items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    server.add_registered_method_handlers(service, handlers)
