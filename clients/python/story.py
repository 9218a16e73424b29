"""Two jobs of a partner: bring people in from a CSV file, and ask who may use a product.

`ROSTER_ADDRESS` and `ROSTER_API_KEY` say where and as whom. Each line printed is one JSON object.
"""

import argparse
import json
import os
from pathlib import Path

import grpc

import roster_client
from roster_client import Import, Roster, idempotency_key

from roster.identity.v1.user_service_pb2 import ListUsersRequest
from roster.imports.v1.import_service_pb2 import AcceptImportRequest, DownloadImportErrorsRequest, ImportKind
from roster.license.v1.license_service_pb2 import CheckEntitlementRequest


def main() -> int:
    arguments = _arguments()
    roster = roster_client.connect(os.environ["ROSTER_ADDRESS"], os.environ["ROSTER_API_KEY"])
    try:
        return arguments.job(roster, arguments)
    except grpc.RpcError as error:
        refusal = roster_client.refusal(error)
        _tell(refused=refusal.reason, message=refusal.message, metadata=refusal.metadata, fields=refusal.violations)
        return 1


def import_people(roster: Roster, arguments: argparse.Namespace) -> int:
    """Upload, look at the plan, accept exactly that plan, watch it being applied."""
    uploaded = roster_client.upload(
        roster, arguments.organization, arguments.kind, arguments.file, arguments.product, arguments.run
    )
    plan = _follow(roster, uploaded.name)
    if plan.state != Import.STATE_AWAITING_ACCEPTANCE:
        # An earlier run of the program may have come to its end.
        return 0 if plan.state == Import.STATE_SUCCEEDED else 1
    if plan.counts.errors and not arguments.valid_rows:
        _save_errors(roster, plan.name, arguments.errors)
        return 1
    mode = AcceptImportRequest.ACCEPT_MODE_VALID_ROWS if arguments.valid_rows else 0
    roster.imports.AcceptImport(
        AcceptImportRequest(
            name=plan.name,
            etag=plan.etag,
            accept_mode=mode,
            request_id=idempotency_key("accept", plan.name, plan.etag),
        )
    )
    return 0 if _follow(roster, plan.name).state == Import.STATE_SUCCEEDED else 1


def check(roster: Roster, arguments: argparse.Namespace) -> int:
    """Asks whether the person with this e-mail may use the product now."""
    users = roster.users.ListUsers(
        ListUsersRequest(parent=arguments.organization, filter=f'email = "{arguments.email}"')
    ).users
    if not users:
        _tell(entitled=False, reason="NO_USER")
        return 0
    answer = roster.licenses.CheckEntitlement(
        CheckEntitlementRequest(user=users[0].name, product=arguments.product)
    )
    _tell(entitled=answer.entitled, reason=answer.reason, user=users[0].name)
    return 0


def _follow(roster: Roster, name: str) -> Import:
    """Tells every change until the import rests, and returns it as it rests."""
    for current in roster_client.watch(roster, name):
        counts = {descriptor.name: value for descriptor, value in current.counts.ListFields()}
        _tell(
            name=current.name,
            state=Import.State.Name(current.state).removeprefix("STATE_"),
            done=current.progress.done,
            total=current.progress.total,
            counts=counts,
            seats_required=current.seats_required,
            seats_free=current.seats_free,
            file_problem=current.file_problem.code,
        )
    return current


def _save_errors(roster: Roster, name: str, file: Path) -> None:
    """Rows in error, with what is wrong; fixed, this very file can be uploaded."""
    parts = roster.imports.DownloadImportErrors(DownloadImportErrorsRequest(name=name))
    file.write_bytes(b"".join(part.data for part in parts))
    _tell(errors=str(file))


def _tell(**what) -> None:
    print(json.dumps(what), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="story", description=__doc__)
    jobs = parser.add_subparsers(required=True)

    importing = jobs.add_parser("import", help="upload a CSV file, accept it, watch it")
    importing.set_defaults(job=import_people)
    importing.add_argument("file", type=Path)
    kinds = [kind.removeprefix("IMPORT_KIND_") for kind in ImportKind.keys()]
    importing.add_argument("--kind", required=True, choices=kinds[1:])
    importing.add_argument("--product", default="")
    importing.add_argument("--run", default="", help="another name imports the same file anew")
    importing.add_argument("--valid-rows", action="store_true", help="import the others when rows are in error")
    importing.add_argument("--errors", type=Path, default=Path("errors.csv"), help="where rows in error go")

    checking = jobs.add_parser("check", help="may this person use the product?")
    checking.set_defaults(job=check)
    checking.add_argument("--email", required=True)
    checking.add_argument("--product", required=True)

    for job in (importing, checking):
        job.add_argument("--organization", required=True, help="organizations/…")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
