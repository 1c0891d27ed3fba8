#!/usr/bin/env bash
# Version comparisons a second, ours beside each ecosystem's own library, on the same pairs: first what both answer,
# then how fast. See docs/benchmarks.md.
#
#   benches/versions.sh FIXTURES
#
# FIXTURES is a folder of files with `a < b` on a line. Libraries that are not here are NOT RUN. What is used, with the
# packages of Debian 12 in brackets: cc with dpkg's and RPM's libraries (libdpkg-dev libmd-dev librpm-dev), java
# (libmaven3-core-java; MAVEN_ARTIFACT names other jars), go with golang.org/x/mod (golang-go golang-golang-x-mod-dev),
# ruby, php with composer/semver (php-cli php-composer-semver), elixir, Rscript (r-base-core), node with semver
# (NODE_PATH), Python with packaging (PACKAGING_PYTHON) and univers (UNIVERS_PYTHON).
# MILLISECONDS is the time for each (1000), RUNS how often each is run, in turns (3). Needs Python 3 and cargo.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release -p forewarn-exposure --example versions
exec python3 benches/versions/run.py "$@"
