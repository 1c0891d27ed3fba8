#!/usr/bin/env bash
# `forewarn match` beside trivy, as whole processes, on the same inventory and records: time, memory, and every
# difference between what they find.
#
#   FOREWARN=target/release/forewarn TRIVY=path/to/trivy TRIVY_CACHE=path/to/cache \
#     benches/match.sh RECORDS SBOM
#
# RECORDS is a folder of OSV records, SBOM a CycloneDX file. TRIVY_CACHE holds trivy's vulnerability database
# (db/trivy.db); trivy writes into that folder. The database may hold more than RECORDS does, so trivy's hits are
# filtered to the ids (and aliases) at hand. Needs Python 3 and GNU time; RUNS runs are taken in turns, five unless
# said otherwise, and the medians are printed.
set -euo pipefail
records=$1 sbom=$2
forewarn=${FOREWARN:-target/release/forewarn}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

measure() { # NAME COMMAND...: appends "seconds cpu-seconds KiB" to NAME.times
  local name=$1 status=0
  shift
  /usr/bin/time -o "$work/time" -f '%e %U %S %M' "$@" > "$work/$name.json" 2> "$work/$name.err" || status=$?
  [ "$status" -le 1 ] || { cat "$work/$name.err" >&2; echo "$name ended with $status" >&2; exit 1; }
  tail -n 1 "$work/time" | awk '{ print $1, $2 + $3, $4 }' >> "$work/$name.times"
}

printf '%s\n' '{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[]}' > "$work/empty.cdx.json"
scan=("$TRIVY" sbom --cache-dir "$TRIVY_CACHE" --skip-db-update --skip-java-db-update --offline-scan --format json)
for _ in $(seq "${RUNS:-5}"); do
  measure forewarn "$forewarn" match --json --advisories "$records" --inventory "$sbom"
  measure trivy "${scan[@]}" "$sbom"
  measure forewarn-empty "$forewarn" match --json --advisories "$records" --inventory "$work/empty.cdx.json"
  measure trivy-empty "${scan[@]}" "$work/empty.cdx.json"
done

python3 - "$records" "$work" <<'PYTHON'
import collections, json, pathlib, re, statistics, sys

records, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
for name in ["forewarn", "trivy", "forewarn-empty", "trivy-empty"]:
    rows = [list(map(float, line.split())) for line in (work / f"{name}.times").read_text().splitlines()]
    seconds, cpu, memory = (statistics.median(column) for column in zip(*rows))
    print(f"{name:<15} {seconds:7.3f} s  {cpu:7.3f} s of CPU  {memory / 1024:7.1f} MiB")

known, affected = {}, {}
for path in records.rglob("*.json"):
    record = json.loads(path.read_text())
    affected[record["id"]] = record
    for name in [record["id"], *record.get("aliases", [])]:
        known.setdefault(name, set()).add(record["id"])

def package(purl):
    name, _, version = purl.partition("?")[0].rpartition("@")
    return re.sub(r"[-_.]+", "-", name.lower()), version

ours = {(hit["advisory"], *package(hit["component"])): hit
        for hit in json.loads((work / "forewarn.json").read_text())["hits"]}
theirs, elsewhere = set(), 0
for result in json.loads((work / "trivy.json").read_text()).get("Results", []):
    for found in result.get("Vulnerabilities", []):
        names = {found["VulnerabilityID"], *found.get("VendorIDs", [])}
        ids = set().union(*(known.get(name, set()) for name in names))
        elsewhere += not ids
        component = package(f"pkg:pypi/{found['PkgName']}@{found['InstalledVersion']}")
        # Of several records with the same alias only those about the package are meant.
        for id in ids:
            entries = affected[id].get("affected", [])
            if any(package(f"pkg:pypi/{entry['package']['name']}@")[0] == component[0] for entry in entries):
                theirs.add((id, *component))

print(f"hits: {len(ours)} ours, {len(theirs)} theirs on these records ({elsewhere} more on other records)")
only_ours, only_theirs = sorted(set(ours) - theirs), sorted(theirs - set(ours))
print(f"in both: {len(set(ours) & theirs)}; only ours: {len(only_ours)}; only theirs: {len(only_theirs)}")
for (id, name, version), who in [*((hit, "ours") for hit in only_ours), *((hit, "theirs") for hit in only_theirs)]:
    record = affected[id]
    said = []
    for entry in record.get("affected", []):
        said += [" ".join(f"{k} {v}" for event in r["events"] for k, v in event.items()) for r in entry.get("ranges", [])
                 if r["type"] != "GIT"]
        said += [f"lists {version}"] if version in entry.get("versions", []) else []
    why = ours[id, name, version]["confidence"] if who == "ours" else ""
    print(f"  only {who}: {id} {name} {version} {why} [{'; '.join(said)}]")
PYTHON
