"""Serves foreign.proto by grpcio, and compares what the transcoder says with what json_format says.

Prints one line, {"upstream": …, "descriptors": …}; reads one line, the transcoder's host:port; then
asks it, prints a line for each difference, and ends with 0 only when there was none.
"""

import http.client
import json
import random
import sys
import tempfile
from concurrent import futures
from pathlib import Path
from urllib.parse import quote

import grpc
import grpc_tools
from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    field_mask_pb2,
    json_format,
    message_factory,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor import FieldDescriptor
from google.rpc import error_details_pb2, status_pb2
from grpc_tools import protoc

MESSAGES = 300
HTTP_OF = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]
WORDS = ["", "a", "é", "谷歌😁", '"quoted"', "back\\slash", "line\nbreak", "\u2028", "a/b", "a b+c&d=e%f", "\x7f\x01"]
HERE = Path(__file__).parent
chance = random.Random(20_260_101)


def compile_contract(folder):
    """A set without its imports: the transcoder knows google/ itself."""
    target = str(Path(folder) / "foreign.binpb")
    includes = [f"-I{HERE}", f"-I{Path(grpc_tools.__file__).parent / '_proto'}", f"-I{Path(grpc_tools.__file__).parent.parent}"]
    if protoc.main(["protoc", *includes, f"--descriptor_set_out={target}", "foreign.proto"]) != 0:
        raise SystemExit("foreign.proto does not compile")
    pool = descriptor_pool.Default()
    for file in descriptor_pb2.FileDescriptorSet.FromString(Path(target).read_bytes()).file:
        # The rules are for the transcoder; Python needs the messages only.
        file.dependency.remove("google/api/annotations.proto")
        for service in file.service:
            for method in service.method:
                method.ClearField("options")
        pool.Add(file)
    return target, lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"foreign.v1.{name}"))


# Known to Python once they are imported.
IMPORTED = (any_pb2, field_mask_pb2, timestamp_pb2)


def serve(message):
    def same(of):
        return grpc.unary_unary_rpc_method_handler(
            lambda request, _: request, request_deserializer=of.FromString, response_serializer=of.SerializeToString
        )

    def fail(request, context):
        context.set_trailing_metadata([("grpc-status-details-bin", request.SerializeToString())])
        context.abort(next(code for code in grpc.StatusCode if code.value[0] == request.code), request.message)

    status = status_pb2.Status
    failing = grpc.unary_unary_rpc_method_handler(fail, status.FromString, status.SerializeToString)
    handlers = {"Reflect": same(message("All")), "Flatten": same(message("Flat")), "Fail": failing}
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("foreign.v1.Mirror", handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def scalar(field):
    kind = FieldDescriptor
    ranges = {
        kind.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
        kind.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
        kind.CPPTYPE_UINT32: (0, 2**32 - 1),
        kind.CPPTYPE_UINT64: (0, 2**64 - 1),
    }
    if field.cpp_type in ranges:
        low, high = ranges[field.cpp_type]
        return chance.choice([low, high, 0, 1, chance.randint(low, high)])
    if field.cpp_type == kind.CPPTYPE_DOUBLE:
        return chance.choice([0.0, -0.5, 1e300, 5e-324, 0.1, chance.uniform(-1e9, 1e9), float("inf"), float("-inf")])
    if field.cpp_type == kind.CPPTYPE_FLOAT:
        return chance.choice([0.0, 0.1, 3.4028235e38, 1.1754944e-38, 16777216.0, chance.uniform(-1, 1), float("-inf")])
    if field.cpp_type == kind.CPPTYPE_BOOL:
        return chance.random() < 0.5
    if field.cpp_type == kind.CPPTYPE_ENUM:
        return 0 if field.enum_type.name == "NullValue" else chance.choice([0, 1, -7, 99])
    if field.type == kind.TYPE_BYTES:
        return chance.randbytes(chance.randint(0, 20))
    return chance.choice(WORDS)


def dynamic(depth):
    plain = [None, True, 0.5, 1e20, -3, *WORDS]
    if depth == 0 or chance.random() < 0.5:
        return chance.choice(plain)
    if chance.random() < 0.5:
        return [dynamic(depth - 1) for _ in range(chance.randint(0, 3))]
    return {word: dynamic(depth - 1) for word in chance.sample(WORDS, 2)}


def fill_special(message, anything):
    """Types with a JSON form of their own; False for all others."""
    name = message.DESCRIPTOR.full_name
    if name == "google.protobuf.Timestamp":
        message.seconds = chance.choice([-62_135_596_800, 253_402_300_799, 0, chance.randint(-(10**9), 10**10)])
        message.nanos = chance.choice([0, 1, 1_000, 1_000_000, 999_999_999])
    elif name == "google.protobuf.Duration":
        sign = chance.choice([1, -1])
        message.seconds = sign * chance.choice([0, 1, 315_576_000_000, chance.randint(0, 10**9)])
        message.nanos = sign * chance.choice([0, 1, 10_000, 500_000_000, 999_999_999])
    elif name == "google.protobuf.FieldMask":
        message.paths.extend(chance.sample(["name", "inner.long_name", "a1.b_c"], chance.randint(0, 3)))
    elif name in ("google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue"):
        made = {"Struct": {"k": dynamic(2)}, "Value": dynamic(2), "ListValue": [dynamic(2)]}[message.DESCRIPTOR.name]
        json_format.ParseDict(made, message)
    elif name == "google.protobuf.Any":
        message.Pack(anything())
    else:
        return False
    return True


def fill(message, depth, anything):
    if fill_special(message, anything):
        return message
    for field in message.DESCRIPTOR.fields:
        if chance.random() < 0.45:
            continue
        if field.message_type and field.message_type.GetOptions().map_entry:
            fill_map(message, field, depth, anything)
        elif field.message_type:
            if depth == 0:
                continue
            if field.is_repeated:
                for _ in range(chance.randint(0, 2)):
                    fill(getattr(message, field.name).add(), depth - 1, anything)
            else:
                inner = getattr(message, field.name)
                inner.SetInParent()
                fill(inner, depth - 1, anything)
        elif field.is_repeated:
            getattr(message, field.name).extend(scalar(field) for _ in range(chance.randint(0, 3)))
        else:
            setattr(message, field.name, scalar(field))
    return message


def fill_map(message, field, depth, anything):
    key, value = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
    entries = getattr(message, field.name)
    for _ in range(chance.randint(0, 3)):
        if value.message_type:
            fill(entries[scalar(key)], max(depth - 1, 0), anything)
        else:
            entries[scalar(key)] = scalar(value)


class Transcoder:
    def __init__(self, place):
        self.connection = http.client.HTTPConnection(place, timeout=30)
        self.differences = 0
        self.asked = 0

    def ask(self, method, path, body=None):
        self.asked += 1
        headers = {"content-type": "application/json"} if body is not None else {}
        self.connection.request(method, path, body.encode() if body is not None else None, headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def expect(self, what, got, wanted):
        if got != wanted:
            self.differences += 1
            print(json.dumps({"asked": what, "got": got, "wanted": wanted}), flush=True)


def compare_bodies(transcoder, message):
    candidates = [message("Nested"), message("Flat"), duration_pb2.Duration, struct_pb2.Struct, wrappers_pb2.Int64Value]
    anything = lambda: fill(chance.choice(candidates)(), 1, lambda: message("Nested")())
    for _ in range(MESSAGES):
        made = fill(message("All")(), 2, anything)
        spelling = {
            "preserving_proto_field_name": chance.random() < 0.3,
            "use_integers_for_enums": chance.random() < 0.3,
            "always_print_fields_with_no_presence": chance.random() < 0.3,
            "ensure_ascii": chance.random() < 0.5,
        }
        sent = json_format.MessageToJson(made, **spelling)
        transcoder.expect(sent, transcoder.ask("POST", "/v1/all", sent), (200, json_format.MessageToDict(made)))


def parameters(value, path=""):
    """What a query says of a message, from its JSON."""
    for name, inner in value.items():
        for item in inner if isinstance(inner, list) else [inner]:
            if isinstance(item, dict):
                yield from parameters(item, f"{path}{name}.")
            else:
                yield f"{path}{name}", json.dumps(item) if isinstance(item, (bool, float)) else str(item)


def pairs(message):
    """The last field of a recursive message cannot be a set message without fields: a query has no way to say that."""
    plain = json_format.MessageToDict(message, preserving_proto_field_name=chance.random() < 0.5)
    plain = {name: value for name, value in plain.items() if value not in ({}, [])}
    return "&".join(f"{quote(name)}={quote(text)}" for name, text in parameters(plain))


def compare_parameters(transcoder, message):
    for _ in range(MESSAGES):
        flat = fill(message("Flat")(), 1, None)
        if flat.HasField("nested") and not flat.nested.ListFields():
            flat.ClearField("nested")
        wanted = json_format.MessageToDict(flat)
        path = f"/v1/flat?{pairs(flat)}"
        transcoder.expect(path, transcoder.ask("GET", path), (200, wanted))


def compare_paths(transcoder, message):
    for word in filter(None, WORDS):
        number, nested = chance.randint(-(2**63), 2**63 - 1), fill(message("Nested")(), 2, None)
        path = f"/v1/flat/{number}/{quote(word, safe='')}:mend?tone=TONE_LOW"
        flat = message("Flat")(an_int64=number, a_string=word, tone=1, nested=nested)
        sent = json_format.MessageToJson(nested)
        transcoder.expect(path, transcoder.ask("PUT", path, sent), (200, json_format.MessageToDict(flat)))
        path = f"/v1/flat/{quote(word, safe='')}/nested"
        transcoder.expect(path, transcoder.ask("GET", path), (200, {"label": word}))


def compare_errors(transcoder):
    """Each code, with a detail that the transcoder knows, one that it does not, and one that is broken."""
    for code in range(1, 17):
        status = status_pb2.Status(code=code, message=f"code {code}: é")
        status.details.add().Pack(error_details_pb2.ErrorInfo(reason="R", domain="foreign.example"))
        status.details.add(type_url="type.googleapis.com/nobody.knows.This", value=b"\x01\x02")
        status.details.add(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff")
        # The request may hold only what the transcoder knows or base64; so it is spelled by hand.
        sent = {"code": code, "message": status.message, "details": [spelled(detail) for detail in status.details[:2]]}
        answered, body = transcoder.ask("POST", "/v1/fail", json.dumps(sent))
        wanted = [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "R", "domain": "foreign.example"},
            {"@type": "type.googleapis.com/nobody.knows.This", "value": "AQI="},
        ]
        error = body.get("error", {})
        transcoder.expect(code, (answered, error.get("details"), error.get("message")), (HTTP_OF[code], wanted, status.message))


def spelled(detail):
    if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
        return json_format.MessageToDict(detail)
    return {"@type": detail.type_url, "value": "AQI="}


def main():
    with tempfile.TemporaryDirectory() as folder:
        descriptors, message = compile_contract(folder)
        server, port = serve(message)
        print(json.dumps({"upstream": f"127.0.0.1:{port}", "descriptors": descriptors}), flush=True)
        transcoder = Transcoder(sys.stdin.readline().strip())
        compare_bodies(transcoder, message)
        compare_parameters(transcoder, message)
        compare_paths(transcoder, message)
        compare_errors(transcoder)
        server.stop(None)
    print(json.dumps({"asked": transcoder.asked, "differences": transcoder.differences}), flush=True)
    return int(transcoder.differences > 0)


if __name__ == "__main__":
    sys.exit(main())
