"""Calls by name over both transports, with what the contract says of them.

Started by repeats.py with its arguments: the origin is the first.
"""

import base64
import http.client
import importlib
import json
import sys
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "clients/python"))

import generate

generate.ensure()

import grpc  # noqa: E402
from google.api import annotations_pb2  # noqa: E402
from google.protobuf import json_format, message_factory  # noqa: E402
from google.rpc import error_details_pb2, status_pb2  # noqa: E402

options_pb2 = importlib.import_module("roster.options_pb2")

ADDRESS = sys.argv[1].removeprefix("http://")
CHANNEL = grpc.insecure_channel(ADDRESS)
made = message_factory.GetMessageClass


def methods():
    """(method descriptor) of every PUBLIC method whose first message has a request id."""
    for file in sorted((generate.GENERATED / "roster").rglob("*_service_pb2.py")):
        module = importlib.import_module(".".join(file.relative_to(generate.GENERATED).with_suffix("").parts))
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                fields = method.input_type.fields_by_name
                numbered = "request_id" in fields or "start" in fields
                if numbered and method.GetOptions().Extensions[options_pb2.audience] == options_pb2.AUDIENCE_PUBLIC:
                    yield method


# Answers: ("OK", message, replayed) or (reason, message, replayed).


def over_http(method, key, message, number):
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    message, upload = json.loads(json.dumps(message)), method.client_streaming
    data = message.pop("file").encode() if upload else b""
    path = rule.post or rule.patch
    if "{" in path:
        before, rest = path.split("{")
        variable, after = rest.split("}")
        path = before + take(message, variable.split("=")[0]) + after
    if upload:
        path += "?" + urllib.parse.urlencode({f"start.{name}": value for name, value in message["start"].items()})
    elif rule.body == "*":
        data = json.dumps(message).encode()
    else:
        data = json.dumps(message[rule.body]).encode()
    headers = {"Content-Type": "text/csv" if upload else "application/json", "Idempotency-Key": number}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    connection = http.client.HTTPConnection(ADDRESS, timeout=60)
    connection.request("POST" if rule.post else "PATCH", path, data, headers)
    answer = connection.getresponse()
    text, replayed = answer.read().decode(), answer.getheader("idempotency-replayed") == "true"
    connection.close()
    if answer.status == 200:
        return "OK", json_format.Parse(text, made(method.output_type)()), replayed
    error = json.loads(text)["error"]
    reason = next(detail["reason"] for detail in error["details"] if "reason" in detail)
    if reason == "REQUEST_IN_PROGRESS":
        assert answer.status == 409 and answer.getheader("Retry-After"), (answer.status, text)
    if reason == "IDEMPOTENCY_KEY_REUSED":
        assert answer.status == 400
    return reason, error["message"], replayed


def take(message, path):
    *parents, last = path.split(".")
    for name in parents:
        message = message[name]
    return message.pop(last)


def over_grpc(method, key, message, number):
    message = json.loads(json.dumps(message))
    request = made(method.input_type)
    metadata = [("idempotency-key", number)] + ([("authorization", f"Bearer {key}")] if key else [])
    path = f"/{method.containing_service.full_name}/{method.name}"
    how = {"request_serializer": request.SerializeToString, "response_deserializer": made(method.output_type).FromString}
    if method.client_streaming:
        data = message.pop("file")
        parts = [message, {"chunk": {"offset": 0, "data": base64.b64encode(data.encode()).decode(), "finish": True}}]
        call, sent = CHANNEL.stream_unary(path, **how), iter([json_format.ParseDict(part, request()) for part in parts])
    else:
        call, sent = CHANNEL.unary_unary(path, **how), json_format.ParseDict(message, request())
    try:
        answer, done = call.with_call(sent, metadata=metadata, timeout=60)
        return "OK", answer, dict(done.initial_metadata()).get("idempotency-replayed") == "true"
    except grpc.RpcError as error:
        trailers = {**dict(error.initial_metadata() or ()), **dict(error.trailing_metadata() or ())}
        info = error_details_pb2.ErrorInfo()
        for detail in status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b"")).details:
            detail.Unpack(info)
        return info.reason or error.code().name, error.details(), trailers.get("idempotency-replayed") == "true"
