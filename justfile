# The same steps as .ci/run.
default: ci

ci:
    .ci/run

format:
    cargo fmt --all

lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

dependencies:
    cargo deny --all-features check bans licenses sources

test:
    cargo test --workspace
