"""The client against a small server of its own; the real one is met in the stories of roster/tests."""

import sys
import tempfile
import unittest
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import roster_client
from roster_client import Import, idempotency_key

from roster.imports.v1 import import_service_pb2_grpc
from roster.imports.v1.import_service_pb2 import ImportKind, WatchImportResponse


class Server(import_service_pb2_grpc.ImportServiceServicer):
    """Remembers what it is asked; its first watch breaks after one change."""

    def __init__(self):
        self.calls = []
        self.parts = []
        self.watched_after = []

    def UploadImport(self, parts, context):
        self.calls.append((dict(context.invocation_metadata()), context.time_remaining()))
        self.parts = list(parts)
        return Import(name="organizations/o/imports/i")

    def WatchImport(self, request, context):
        self.watched_after.append(request.after_sequence)
        if request.after_sequence == 0:
            yield WatchImportResponse(sequence=7, **{"import": Import(state=Import.STATE_VALIDATING)})
            context.abort(grpc.StatusCode.UNAVAILABLE, "restarting")
        yield WatchImportResponse(sequence=8)
        yield WatchImportResponse(sequence=9, **{"import": Import(state=Import.STATE_AWAITING_ACCEPTANCE)})

    def GetImport(self, request, context):
        info = error_details_pb2.ErrorInfo(reason="PLAN_STALE", metadata={"currentEtag": "2"})
        bad = error_details_pb2.BadRequest()
        bad.field_violations.add(field="etag", description="has changed")
        status = status_pb2.Status(code=10, message="look again")
        for detail in (info, bad):
            packed = any_pb2.Any()
            packed.Pack(detail)
            status.details.append(packed)
        context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString())])
        context.abort(grpc.StatusCode.ABORTED, "look again")


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        running = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
        import_service_pb2_grpc.add_ImportServiceServicer_to_server(self.server, running)
        port = running.add_insecure_port("127.0.0.1:0")
        running.start()
        self.addCleanup(running.stop, None)
        self.roster = roster_client.connect(f"127.0.0.1:{port}", "key_1")

    def upload(self, content: bytes):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "people.csv"
            file.write_bytes(content)
            return roster_client.upload(self.roster, "organizations/o", "LICENSE_INVITE", file, "meet")

    def test_every_call_carries_the_key_and_a_deadline(self):
        self.upload(b"a@example.com,true\n")
        metadata, remaining = self.server.calls[0]
        self.assertEqual(metadata["authorization"], "Bearer key_1")
        # The library rounds a little up.
        self.assertLess(remaining, roster_client.DEADLINE + 1)

    def test_a_file_goes_up_in_order_and_ends(self):
        content = bytes(range(256)) * 700
        self.upload(content)
        start, *chunks = self.server.parts
        self.assertEqual((start.start.file_name, start.start.product), ("people.csv", "meet"))
        self.assertEqual(start.start.kind, ImportKind.IMPORT_KIND_LICENSE_INVITE)
        self.assertEqual([part.chunk.offset for part in chunks], [0, 65536, 131072])
        self.assertEqual([part.chunk.finish for part in chunks], [False, False, True])
        self.assertEqual(b"".join(part.chunk.data for part in chunks), content)

    def test_an_empty_file_ends_too(self):
        self.upload(b"")
        self.assertTrue(self.server.parts[-1].chunk.finish)

    def test_the_same_file_again_has_the_same_key(self):
        self.upload(b"a")
        first = self.server.parts[0].start.request_id
        self.upload(b"a")
        self.assertEqual(self.server.parts[0].start.request_id, first)
        self.upload(b"b")
        self.assertNotEqual(self.server.parts[0].start.request_id, first)

    def test_a_key_depends_on_where_its_parts_end(self):
        self.assertNotEqual(idempotency_key("ab", "c"), idempotency_key("a", "bc"))

    def test_a_watch_goes_on_after_the_last_change(self):
        states = [current.state for current in roster_client.watch(self.roster, "organizations/o/imports/i")]
        self.assertEqual(states, [Import.STATE_VALIDATING, Import.STATE_AWAITING_ACCEPTANCE])
        self.assertEqual(self.server.watched_after, [0, 7])

    def test_a_refusal_tells_its_reason(self):
        from roster.imports.v1.import_service_pb2 import GetImportRequest

        with self.assertRaises(grpc.RpcError) as caught:
            self.roster.imports.GetImport(GetImportRequest(name="x"))
        refusal = roster_client.refusal(caught.exception)
        self.assertEqual((refusal.reason, refusal.message), ("PLAN_STALE", "look again"))
        self.assertEqual(refusal.metadata, {"currentEtag": "2"})
        self.assertEqual(refusal.violations, {"etag": "has changed"})

    def test_a_server_that_is_away_is_a_refusal_too(self):
        with self.assertRaises(grpc.RpcError) as caught:
            roster_client.connect("127.0.0.1:1", "key").imports.GetImport(roster_client.WatchImportRequest())
        self.assertEqual(roster_client.refusal(caught.exception).reason, "UNAVAILABLE")


if __name__ == "__main__":
    unittest.main()
