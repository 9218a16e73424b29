"""Speaks to Roster over gRPC: one port, one API key.

    roster = connect("127.0.0.1:8080", api_key)
    people = roster.users.ListUsers(ListUsersRequest(parent="organizations/…"))
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from google.rpc import error_details_pb2, status_pb2

import generate

generate.ensure()

from roster.identity.v1.user_service_pb2_grpc import UserServiceStub  # noqa: E402
from roster.imports.v1.import_service_pb2 import (  # noqa: E402
    Import,
    ImportKind,
    UploadImportRequest,
    WatchImportRequest,
)
from roster.imports.v1.import_service_pb2_grpc import ImportServiceStub  # noqa: E402
from roster.license.v1.license_service_pb2_grpc import LicenseServiceStub  # noqa: E402

# Seconds a call without an own deadline may take.
DEADLINE = 30
# Bytes a chunk; a message may hold at most 64 KiB of a file.
CHUNK = 64 * 1024


class Roster:
    """The services a partner uses, each a generated stub."""

    def __init__(self, channel: grpc.Channel):
        self.users = UserServiceStub(channel)
        self.imports = ImportServiceStub(channel)
        self.licenses = LicenseServiceStub(channel)


def connect(address: str, api_key: str, certificates: bytes | None = None) -> Roster:
    """Opens a channel that sends the key with every call.

    `certificates` are the root certificates (PEM) of a server with TLS; without them the channel
    is open, which is for a server on this machine only.
    """
    if certificates is None:
        channel = grpc.insecure_channel(address)
    else:
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(certificates))
    return Roster(grpc.intercept_channel(channel, _EveryCall(api_key)))


def idempotency_key(*parts: str | bytes) -> str:
    """The same key for the same parts, so that a program run again after a crash repeats nothing.

    Roster keeps the answer to a key for 24 hours and gives it again instead of acting again.
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


@dataclass
class Refusal:
    """Why a call was refused (AIP-193): branch on `reason`, show `message`."""

    reason: str
    message: str
    metadata: dict[str, str] = field(default_factory=dict)
    violations: dict[str, str] = field(default_factory=dict)


def refusal(error: grpc.RpcError) -> Refusal:
    """Reads the details that travel with an error; a broken connection has none, only a code."""
    found = Refusal(reason=error.code().name, message=error.details() or "")
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b""))
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            found.reason, found.metadata = info.reason, dict(info.metadata)
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            found.violations = {violation.field: violation.description for violation in bad.field_violations}
    return found


def upload(roster: Roster, organization: str, kind: str, file: Path, product: str = "", run: str = "") -> Import:
    """Sends a file. Nothing is written to the directory; Roster checks the file and makes a plan.

    The same file in the same `run` is one import, however often it is sent; name another run to
    import it anew.
    """
    content = file.read_bytes()
    start = UploadImportRequest.Start(
        parent=organization,
        kind=ImportKind.Value(f"IMPORT_KIND_{kind}"),
        file_name=file.name,
        product=product,
        request_id=idempotency_key("upload", organization, kind, product, run, content),
    )
    return roster.imports.UploadImport(_parts(start, content))


def watch(roster: Roster, name: str) -> Iterator[Import]:
    """Yields the import now and at each change, until it rests or is final.

    A connection that breaks is taken up again after the last change that was seen.
    """
    seen = 0
    while True:
        request = WatchImportRequest(name=name, after_sequence=seen)
        try:
            for change in roster.imports.WatchImport(request, timeout=30 * 60):
                if not change.HasField("import"):
                    continue
                seen = change.sequence
                yield getattr(change, "import")
            return
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise


def _parts(start: UploadImportRequest.Start, content: bytes) -> Iterator[UploadImportRequest]:
    yield UploadImportRequest(start=start)
    for offset in range(0, max(len(content), 1), CHUNK):
        data = content[offset : offset + CHUNK]
        finish = offset + CHUNK >= len(content)
        yield UploadImportRequest(chunk=UploadImportRequest.Chunk(offset=offset, data=data, finish=finish))


class _CallDetails(grpc.ClientCallDetails):
    def __init__(self, details: grpc.ClientCallDetails, key: str):
        self.method = details.method
        self.timeout = details.timeout or DEADLINE
        self.metadata = [*(details.metadata or ()), ("authorization", f"Bearer {key}")]
        self.credentials = details.credentials
        self.wait_for_ready = details.wait_for_ready
        self.compression = details.compression


class _EveryCall(
    grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamUnaryClientInterceptor
):
    """Adds the key and a deadline to every call."""

    def __init__(self, key: str):
        self._key = key

    def intercept_unary_unary(self, proceed, details, request):
        return proceed(_CallDetails(details, self._key), request)

    def intercept_unary_stream(self, proceed, details, request):
        return proceed(_CallDetails(details, self._key), request)

    def intercept_stream_unary(self, proceed, details, requests):
        return proceed(_CallDetails(details, self._key), requests)
