# The same steps as .ci/run.
data := env("FOREWARN_SHARED_DATA", "../shared/data")

default: ci

ci:
    .ci/run

format:
    cargo fmt --all

lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

dependencies:
    cargo deny --all-features check bans licenses sources
    cargo build --release
    .ci/advisories {{data}}/osv/rustsec

demo:
    cargo run --release -- demo

match:
    cargo run --release -- match --advisories {{data}}/osv/pypa --inventory {{data}}/sbom/generated-pypi-5000.cdx.json

test:
    cargo test --workspace

csaf:
    .ci/csaf-validate

browser:
    .ci/browser/run

fuzz seconds="20":
    .ci/fuzz {{seconds}}

bench:
    cargo bench --workspace
