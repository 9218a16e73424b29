"""Generates the client code from the contract, when it is missing or older than the contract.

The google/api files that the contract imports come with the package googleapis-common-protos.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONTRACT = HERE.parent.parent / "proto"
GENERATED = Path(os.environ.get("ROSTER_GENERATED", HERE / "generated"))


def ensure() -> None:
    """Makes `import roster.imports.v1.import_service_pb2` work in this process."""
    if not _is_current():
        _generate()
    sys.path.insert(0, str(GENERATED))


def _is_current() -> bool:
    stamp = GENERATED / "made"
    if not stamp.exists():
        return False
    made = stamp.stat().st_mtime_ns
    return all(file.stat().st_mtime_ns < made for file in _contract_files())


def _contract_files() -> list[Path]:
    return sorted((CONTRACT / "roster").rglob("*.proto"))


def _generate() -> None:
    """Writes into a new folder and then takes it, so that two programs may do it at once."""
    from grpc_tools import protoc

    GENERATED.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="generated-", dir=GENERATED.parent))
    status = protoc.main(
        ["protoc", f"--proto_path={CONTRACT}"]
        + [f"--proto_path={folder}" for folder in _google_protos()]
        + [f"--python_out={fresh}", f"--grpc_python_out={fresh}"]
        + [str(file) for file in _contract_files()]
    )
    if status != 0:
        shutil.rmtree(fresh)
        raise SystemExit("The contract does not compile.")
    (fresh / "made").touch()
    _take(fresh)


def _take(fresh: Path) -> None:
    old = Path(tempfile.mkdtemp(prefix="generated-", dir=GENERATED.parent))
    try:
        GENERATED.rename(old / "old")
    except FileNotFoundError:
        pass
    try:
        fresh.rename(GENERATED)
    except OSError:
        # Somebody else was quicker, with the same contract.
        shutil.rmtree(fresh)
    shutil.rmtree(old)


def _google_protos() -> list[Path]:
    """Folders with google/api/*.proto and google/protobuf/*.proto."""
    import google.api
    import grpc_tools

    return [Path(google.api.__path__[0]).parent.parent, Path(grpc_tools.__file__).parent / "_proto"]


if __name__ == "__main__":
    ensure()
