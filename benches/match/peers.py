"""How each scanner is run and read. A peer whose variable is not set is left out."""

import dataclasses
import json
import os
import pathlib
import re
from collections.abc import Callable, Iterator

HERE = pathlib.Path(__file__).parent


def normal(name):
    """PEP 503; of crates too, where - and _ are told apart only in writing."""
    return re.sub(r"[-_.]+", "-", name.lower())


@dataclasses.dataclass
class Peer:
    name: str
    # The command for an inventory.
    command: Callable[[str], list[str]]
    # Output to ({names of the vulnerability}, package URL).
    hits: Callable[[str], Iterator]
    environment: dict = dataclasses.field(default_factory=dict)


def forewarn(records):
    program = os.environ.get("FOREWARN", "target/release/forewarn")
    command = [program, "match", "--json", "--advisories", records, "--inventory"]
    return Peer("forewarn", lambda sbom: [*command, sbom], None)


def trivy(_):
    if "TRIVY" not in os.environ:
        return None
    command = [os.environ["TRIVY"], "sbom", "--cache-dir", os.environ["TRIVY_CACHE"], "--skip-db-update"]
    command += ["--skip-java-db-update", "--offline-scan", "--format", "json"]

    def hits(output):
        for result in json.loads(output).get("Results", []):
            for found in result.get("Vulnerabilities", []):
                names = {found["VulnerabilityID"], *found.get("VendorIDs", [])}
                yield names, found["PkgName"] + "@" + found["InstalledVersion"]

    return Peer("trivy", lambda sbom: [*command, sbom], hits)


def lines(output):
    for line in output.splitlines():
        name, purl = line.split("\t")
        yield {name}, purl


def vdb(_):
    if "VDB_PYTHON" not in os.environ:
        return None
    command = [os.environ["VDB_PYTHON"], str(HERE / "vdb_scan.py")]
    return Peer("vdb", lambda sbom: [*command, sbom], lines)


def univers(records):
    if "UNIVERS_PYTHON" not in os.environ:
        return None
    command = [os.environ["UNIVERS_PYTHON"], str(HERE / "univers_scan.py"), records]
    return Peer("univers", lambda sbom: [*command, sbom], lines)


PEERS = [forewarn, trivy, vdb, univers]
