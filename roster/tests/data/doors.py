"""What a gRPC client that knows nothing of Roster finds out by asking it, as one JSON object.

    python doors.py HOST:PORT API_KEY ORGANIZATION
"""

import json
import sys

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

HIDDEN = ["roster.identity.v1.DirectoryService", "roster.identity.v1.AccessService.Authenticate", "roster.Audience"]


def main(address: str, key: str, organization: str) -> None:
    channel = grpc.insecure_channel(address)
    found = {version: reflected(channel, version) for version in ("v1", "v1alpha")}
    print(json.dumps({**found, "users": users(channel, key, organization), "health": health(channel)}))


def reflected(channel: grpc.Channel, version: str) -> dict:
    """The packages of both versions differ in nothing but their name."""
    ask = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    request = reflection_pb2.ServerReflectionRequest
    services = next(ask(iter([request(list_services="*")]), timeout=30)).list_services_response.service
    hidden = []
    for name in HIDDEN:
        try:
            next(ask(iter([request(file_containing_symbol=name)]), timeout=30))
        except grpc.RpcError as error:
            hidden.append(error.code().name)
    return {"services": sorted(service.name for service in services), "hidden": hidden}


def users(channel: grpc.Channel, key: str, organization: str) -> list[str]:
    """Calls ListUsers with messages made from what reflection says."""
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = DescriptorPool(database)
    for name in database.get_services():
        if name.startswith("roster."):
            assert pool.FindServiceByName(name).methods
    method = pool.FindMethodByName("roster.identity.v1.UserService.ListUsers")
    call = channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=GetMessageClass(method.input_type).SerializeToString,
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )
    request = GetMessageClass(method.input_type)(parent=organization)
    answer = call(request, metadata=[("authorization", f"Bearer {key}")], timeout=30)
    return [user.email for user in answer.users]


def health(channel: grpc.Channel) -> dict:
    stub = health_pb2_grpc.HealthStub(channel)
    ask = health_pb2.HealthCheckRequest
    watch = stub.Watch(ask(), timeout=30)
    try:
        stub.Check(ask(service="roster.none.v1.None"), timeout=30)
        unknown = "known"
    except grpc.RpcError as error:
        unknown = error.code().name
    return {
        "all": stub.Check(ask(), timeout=30).status,
        "users": stub.Check(ask(service="roster.identity.v1.UserService"), timeout=30).status,
        "watched": next(watch).status,
        "unknown": unknown,
    }


main(*sys.argv[1:])
