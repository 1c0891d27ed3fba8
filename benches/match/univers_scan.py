"""The OSV schema's own algorithm with univers' versions, as a plain loop: the reference for what is hit.

    python univers_scan.py RECORDS SBOM

A line of id, package URL for each hit. A version that is listed is compared as text, a range only where univers can
read every version in question; what cannot be read is not hit.
"""

import collections
import functools
import json
import pathlib
import re
import sys
import urllib.parse

from univers.versions import PypiVersion


@functools.cache
def version(text):
    try:
        return PypiVersion(text)
    except ValueError:
        return None


def inside(component, events):
    """https://ossf.github.io/osv-schema/#evaluation"""
    def order(event):
        (text,) = event.values()
        return (text != "0", version(text) if text != "0" else None)

    introduced_at_zero = [event for event in events if "0" in event.values()]
    others = [event for event in events if "0" not in event.values()]
    if any(order(event)[1] is None for event in others):
        return False
    vulnerable = False
    for event in introduced_at_zero + sorted(others, key=lambda event: order(event)[1]):
        if "introduced" in event:
            reached = event["introduced"] == "0" or component >= version(event["introduced"])
            vulnerable = vulnerable or reached
        elif "fixed" in event and component >= version(event["fixed"]):
            vulnerable = False
        elif "last_affected" in event and component > version(event["last_affected"]):
            vulnerable = False
    return vulnerable


def hit(entry, text):
    if text in entry.get("versions", []):
        return True
    component = version(text)
    ranges = [span for span in entry.get("ranges", []) if span["type"] != "GIT"]
    return component is not None and any(inside(component, span["events"]) for span in ranges)


def main(records, sbom):
    by_package = collections.defaultdict(list)
    for path in pathlib.Path(records).rglob("*.json"):
        record = json.loads(path.read_text())
        for entry in [] if "withdrawn" in record else record.get("affected", []):
            if entry["package"]["ecosystem"] == "PyPI":
                name = re.sub(r"[-_.]+", "-", entry["package"]["name"].lower())
                by_package[name].append((record["id"], entry))
    for component in json.loads(pathlib.Path(sbom).read_text())["components"]:
        package, _, text = component["purl"].removeprefix("pkg:pypi/").rpartition("@")
        for record, entry in by_package.get(re.sub(r"[-_.]+", "-", package.lower()), []):
            if hit(entry, urllib.parse.unquote(text)):
                print(record, component["purl"], sep="\t")


main(*sys.argv[1:])
