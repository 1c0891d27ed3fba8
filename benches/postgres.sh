#!/usr/bin/env bash
# The index's question asked of PostgreSQL with the same rows: which operators hold a version in a range.
#
#   benches/postgres.sh [OPERATORS [COMPONENTS]]      (2,000 and 5,000 when left out: 10 million rows)
#
# Makes a throw-away cluster, fills it from `cargo run --release -p forewarn-exposure --example nation`, and times each question inside
# the server, warm, with packages and versions already as numbers: no text, no network, no reading of versions. The
# index's own figures for the same questions are printed first; they begin with the advisory as text.
set -euo pipefail
operators=${1:-2000} components=${2:-5000}
bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | tail -n 1)")
work=$(mktemp -d)
as() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }
trap 'as "$bin/pg_ctl" -D "$work/db" -m immediate stop >/dev/null || true; rm -rf "$work"' EXIT

nation=${NATION:-}
[ -n "$nation" ] || { cargo build --release -p forewarn-exposure --example nation; nation=target/release/examples/nation; }
"$nation" "$operators" "$components" "$work"

[ "$(id -u)" != 0 ] || chown -R postgres "$work"
as "$bin/initdb" -D "$work/db" -U postgres -A trust --no-sync >/dev/null
as "$bin/pg_ctl" -D "$work/db" -w -l "$work/log" \
  -o "-k $work -c listen_addresses= -c shared_buffers=2GB -c fsync=off -c jit=off -c work_mem=64MB" start >/dev/null
psql() { as "$bin/psql" -h "$work" -U postgres -q -v ON_ERROR_STOP=1 "$@"; }
psql <<SQL
\timing on
CREATE TABLE held (package int NOT NULL, rank int NOT NULL, operator int NOT NULL);
CREATE TABLE staged (operator int, package int, rank int);
\copy staged FROM '$work/held.tsv'
INSERT INTO held SELECT package, rank, operator FROM staged ORDER BY 1, 2, 3;
CREATE INDEX held_where ON held (package, rank) INCLUDE (operator);
\timing off
DROP TABLE staged;
CREATE TABLE questions (kind text, package int, low int, high int);
\copy questions FROM '$work/questions.tsv'
VACUUM ANALYZE held;
SELECT round(pg_total_relation_size('held') / count(*)::numeric, 1) AS bytes_an_occurrence FROM held;
CREATE TABLE took (kind text, operators bigint, ms float8);
DO \$\$
DECLARE question record; start timestamptz; found bigint; run int;
BEGIN
  FOR run IN 1..2 LOOP
    DELETE FROM took;
    FOR question IN SELECT * FROM questions LOOP
      start := clock_timestamp();
      SELECT count(*) INTO found FROM (SELECT DISTINCT operator FROM held
        WHERE package = question.package AND rank >= question.low AND rank < question.high) AS those;
      INSERT INTO took VALUES
        (question.kind, found, extract(epoch FROM clock_timestamp() - start) * 1000);
    END LOOP;
  END LOOP;
END \$\$;
SELECT kind, round(avg(operators)) AS operators,
  round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 4) AS p50_ms,
  round(percentile_cont(0.99) WITHIN GROUP (ORDER BY ms)::numeric, 4) AS p99_ms
FROM took GROUP BY kind ORDER BY 1;
SQL
