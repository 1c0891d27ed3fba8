#!/usr/bin/env bash
# `forewarn match` beside other scanners, as whole processes, on the same inventory and records: time, memory, and every
# difference between what they find. See docs/benchmarks.md.
#
#   FOREWARN=target/release/forewarn TRIVY=path/to/trivy TRIVY_CACHE=path/to/cache VDB_PYTHON=vdb/bin/python \
#   VDB_HOME=path/to/filled UNIVERS_PYTHON=univers/bin/python \
#     benches/match.sh RECORDS SBOM
#
# RECORDS is a folder of OSV records, SBOM a CycloneDX file. A peer runs when its variable is set:
# - trivy: TRIVY_CACHE holds its vulnerability database (db/trivy.db), and trivy writes into that folder. The database
#   may hold more than RECORDS does, so its hits are filtered to the ids (and aliases) at hand.
# - AppThreat's vdb: VDB_HOME was filled by benches/match/vdb_fill.py.
# - univers: a loop over RECORDS, benches/match/univers_scan.py.
# Needs Python 3. RUNS runs are taken in turns, five unless said otherwise, and the medians are printed.
exec python3 "$(dirname "$0")/match/run.py" "$@"
