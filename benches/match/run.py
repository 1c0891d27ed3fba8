"""Runs the scanners in turns, prints medians and compares what they find. See ../match.sh."""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

from peers import PEERS, normal

EMPTY = '{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[]}\n'


def measure(command, environment, output):
    """Seconds, seconds of CPU, KiB at most of a whole process with its children."""
    start = time.monotonic()
    with output.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env=os.environ | environment)
        errors = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
    # 1 says that something is hit.
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{command[0]} ended with {status}: {errors.decode(errors='replace')[-2000:]}")
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss


def run_all(peers, subjects, work, runs):
    """Times by (peer, subject); one run of each after another, so that a slow moment of the machine meets all."""
    times = {}
    for _ in range(runs):
        for peer in peers:
            for subject, inventory in subjects.items():
                output = work / f"{peer.name}-{subject}.out"
                command = peer.command(inventory)
                times.setdefault((peer.name, subject), []).append(measure(command, peer.environment, output))
    return times


def print_times(peers, times):
    print(f"{'median of runs':<28} {'seconds':>9} {'CPU':>9} {'MiB':>8}")
    middle = {}
    for (name, subject), rows in times.items():
        seconds, cpu, memory = (statistics.median(column) for column in zip(*rows))
        middle[name, subject] = cpu
        print(f"{name + (', empty' if subject == 'empty' else ''):<28} {seconds:9.3f} {cpu:9.4f} {memory / 1024:8.1f}")
    ours = middle["forewarn", "full"], middle["forewarn", "full"] - middle["forewarn", "empty"]
    for peer in peers[1:]:
        theirs = middle[peer.name, "full"], middle[peer.name, "full"] - middle[peer.name, "empty"]
        ratios = [f"{their / our:.1f}" if our > 0 else "no figure" for their, our in zip(theirs, ours)]
        print(f"{peer.name}: {ratios[0]} times the CPU as a whole process, {ratios[1]} less the empty inventory")


class Records:
    """The records at hand, and which of them a peer's name for a vulnerability means."""

    def __init__(self, folder):
        self.by_id, self.by_name = {}, {}
        for path in folder.rglob("*.json"):
            record = json.loads(path.read_text())
            self.by_id[record["id"]] = record
            for name in [record["id"], *record.get("aliases", [])]:
                self.by_name.setdefault(name, set()).add(record["id"])

    def meant(self, names, package):
        """Of several records with the same alias only those about the package are meant."""
        ids = set().union(*(self.by_name.get(name, set()) for name in names))
        return {id for id in ids if any(self.entries(id, package))}

    def entries(self, id, package):
        for entry in self.by_id[id].get("affected", []):
            if normal(entry.get("package", {}).get("name", "")) == package:
                yield entry

    def said(self, id, package, version):
        parts = []
        for entry in self.entries(id, package):
            spans = [span for span in entry.get("ranges", []) if span["type"] != "GIT"]
            parts += [" ".join(f"{k} {v}" for event in span["events"] for k, v in event.items()) for span in spans]
            listed = entry.get("versions", [])
            parts += [f"lists {version}" if version in listed else f"lists {len(listed)} others"] if listed else []
        return "; ".join(parts) or "says nothing of versions"


def readable(text):
    return re.fullmatch(
        r"v?(\d+!)?\d+(\.\d+)*([-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?\d*)?"
        r"(-\d+|[-_.]?(post|rev|r)[-_.]?\d*)?([-_.]?dev[-_.]?\d*)?(\+[a-z\d]+([-_.][a-z\d]+)*)?",
        text.strip().lower(),
    )


def reason(records, id, package, version):
    """The class of a difference, by what the record and the version are."""
    entries = list(records.entries(id, package))
    listed = any(version in entry.get("versions", []) for entry in entries)
    spans = [span for entry in entries for span in entry.get("ranges", []) if span["type"] != "GIT"]
    if not readable(version):
        return "no PEP 440 version, but listed as written" if listed else "no PEP 440 version, not listed"
    if listed:
        return "listed, no range" if not spans else "listed"
    return "in a range, and not listed" if spans else "not stated"


def compare(peer, ours, theirs, records, elsewhere):
    print(f"\nforewarn and {peer.name}: {len(ours)} and {len(theirs)} hits, {len(set(ours) & theirs)} in both; "
          f"{elsewhere} of theirs are of other records")
    for who, hits in ("forewarn", set(ours) - theirs), (peer.name, theirs - set(ours)):
        classes = {}
        for hit in sorted(hits):
            classes.setdefault((reason(records, *hit), ours.get(hit, "")), []).append(hit)
        for (why, confidence), found in sorted(classes.items(), key=lambda entry: -len(entry[1])):
            print(f"  only {who}, {why} {confidence}: {len(found)}")
            for hit in found[: int(os.environ.get("EXAMPLES", 3))]:
                print(f"    {' '.join(hit)} [{records.said(*hit)}]")


def translate(hits, records):
    """(id, package, version) of the records at hand, and how many pairs are of others."""
    found, elsewhere = set(), 0
    for names, purl in hits:
        package, _, version = urllib.parse.unquote(purl.partition("?")[0]).rpartition("@")
        package = normal(package.rpartition("/")[2])
        ids = records.meant(names, package)
        elsewhere += not ids
        found.update((id, package, version) for id in ids)
    return found, elsewhere


def main(folder, sbom):
    records = Records(pathlib.Path(folder))
    peers = [peer for peer in (make(folder) for make in PEERS) if peer]
    with tempfile.TemporaryDirectory() as place:
        work = pathlib.Path(place)
        empty = work / "empty.cdx.json"
        empty.write_text(EMPTY)
        times = run_all(peers, {"full": sbom, "empty": str(empty)}, work, int(os.environ.get("RUNS", 5)))
        print_times(peers, times)
        outputs = {peer.name: (work / f"{peer.name}-full.out").read_text() for peer in peers}
    ours = {}
    for hit in json.loads(outputs["forewarn"])["hits"]:
        (key,) = translate([({hit["advisory"]}, hit["component"])], records)[0]
        ours[key] = hit["confidence"]
    for peer in peers[1:]:
        compare(peer, ours, *_swap(translate(peer.hits(outputs[peer.name]), records), records))


def _swap(translated, records):
    theirs, elsewhere = translated
    return theirs, records, elsewhere


if __name__ == "__main__":
    main(*sys.argv[1:])
