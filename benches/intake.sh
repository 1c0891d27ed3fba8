#!/usr/bin/env bash
# Bulk intake through the whole program: `forewarn submit` to `forewarn serve`, beside appending the very events that came
# of it to an empty store whose rows are not sealed, which is what no intake can be faster than.
#
#   cargo build --release --workspace --bin forewarn --example reappend
#   benches/intake.sh [FINDINGS] [postgres://...]
#
# 25,000 findings unless said otherwise, of the form that finders send: an identified package, a place in the code, a
# trace, a description of 1.5 kB; each fifth has the root cause of an earlier one. On SQLite, or in a fresh schema of the
# PostgreSQL that is given. RUNS runs, three unless said otherwise; the medians are printed. The service and the client
# share the machine. Needs Python 3, and psql for PostgreSQL.
set -euo pipefail
count=${1:-25000} postgres=${2:-}
bin=${FOREWARN:-target/release/forewarn}
reappend=${REAPPEND:-target/release/examples/reappend}
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

python3 - "$count" > "$work/findings.ndjson" <<'PYTHON'
import json, random, sys
draw = random.Random(7)
words = "length offset buffer parser header frame index pointer token stream packet table entry cache block".split()
for n in range(int(sys.argv[1])):
    cause = draw.randrange(n) if n % 5 == 4 else n
    place = random.Random(cause)
    package, function = f"lib{place.randrange(3000)}", f"{place.choice(words)}_{place.choice(words)}_{cause}"
    text = " ".join(draw.choice(words) for _ in range(220))
    frames = "\n".join(f"#{i} 0x{draw.randrange(1 << 40):x} in {function if i == 1 else draw.choice(words)} src/{draw.choice(words)}.c:{draw.randrange(900)}" for i in range(8))
    print(json.dumps({
        "forewarn": "finding/1", "id": f"run-{n}", "title": f"Out-of-bounds write in {function}", "description": text,
        "affected": [{"purl": f"pkg:pypi/{package}", "ranges": [">=1.0, <2.4"]}], "weaknesses": ["CWE-787"],
        "location": {"file": f"src/{place.choice(words)}.c", "function": function, "line": place.randrange(1, 900)},
        "code": {"trace": frames}, "evidence": "AddressSanitizer: heap-buffer-overflow",
        "provenance": {"model": "sample-model", "version": "4", "harness": "sweep", "run": "2026-11-24", "human_checked": False},
    }))
PYTHON
echo "$count findings, $(stat -c %s "$work/findings.ndjson") bytes" >&2

schema() { # NAME: a fresh schema's address
  psql -q "$postgres" -c "DROP SCHEMA IF EXISTS $1 CASCADE; CREATE SCHEMA $1" >&2
  case $postgres in *\?*) sign='&' ;; *) sign='?' ;; esac
  echo "$postgres${sign}options=-csearch_path%3D$1"
}

for run in $(seq "${RUNS:-3}"); do
  data="$work/data$run" store=()
  from="$data/forewarn.db" to="$work/plain$run.db"
  if [ -n "$postgres" ]; then
    from=$(schema "forewarn_intake_$run") to=$(schema "forewarn_plain_$run")
    store=(--database-url "$from")
  fi
  mkfifo "$work/said$run"
  "$bin" serve --data "$data" --listen 127.0.0.1:0 "${store[@]}" > "$work/said$run" &
  server=$!
  read -r line < "$work/said$run"
  url=$(grep -o 'http://[0-9.:]*' <<< "$line" | head -n 1)
  admin() { "$bin" admin --data "$data" "${store[@]}" "$@"; }
  org=$(admin enrol Finder --role finder)
  person=$(admin person "$org" finder)
  token=$(admin token "$person" --scope findings)
  start=$(date +%s.%N)
  "$bin" submit --server "$url" --token "$token" --json "$work/findings.ndjson" > "$work/results"
  end=$(date +%s.%N)
  cpu=$(awk '{ print ($14 + $15) / 100 }' "/proc/$server/stat")
  peak=$(awk '/VmHWM/ { print $2 }' "/proc/$server/status")
  kill "$server"; wait "$server" || true
  server=
  plain=$(FOREWARN_KEY_FILE="$data.key" "$reappend" "$from" "$to" 1000)
  echo "$start $end $cpu $peak $(wc -l < "$work/results") $plain" >> "$work/runs"
  rm -rf "$data" "$data.key" "$to"*
done

python3 - "$work/runs" "$work/results" <<'PYTHON'
import collections, json, statistics, sys
rows = [line.split(" ", 5) for line in open(sys.argv[1])]
took = [float(row[1]) - float(row[0]) for row in rows]
plain = [json.loads(row[5]) for row in rows]
ratios = [seconds / one["seconds"] for seconds, one in zip(took, plain)]
kinds = collections.Counter(json.loads(line)["result"] for line in open(sys.argv[2]))
print("results:", dict(kinds))
print(f"intake {statistics.median(took):.1f} s, {int(rows[0][4]) / statistics.median(took):.0f} findings a second;"
      f" CPU of the service {statistics.median(float(row[2]) for row in rows):.1f} s, at most {max(int(row[3]) for row in rows) // 1024} MiB")
print(f"plain appends of the same {plain[0]['events']} events {statistics.median(one['seconds'] for one in plain):.1f} s")
print(f"ratio {statistics.median(ratios):.1f} (runs: {', '.join(f'{ratio:.1f}' for ratio in ratios)})")
PYTHON
