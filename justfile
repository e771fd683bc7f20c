# The commands of this house. `just` lists them; each is one cargo command or a few, so cargo alone does too.

# List the commands.
default:
    @just --list --unsorted

# Run a scenario: `just run az-a-outage.ron --levers`.
run *ARGS:
    cargo run --release -- run {{ARGS}}

# Every test.
test:
    cargo test --workspace

# What must not be in the code: clippy with the bans of clippy.toml.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Put the code in form.
fmt:
    cargo fmt --all

# Build the documentation of the crates: target/doc/cloudsim/index.html.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Build docs/ as a book, with mdBook (`cargo install mdbook`): target/book/index.html.
book *ARGS:
    mdbook build docs {{ARGS}}

# Measure the engine against a naive heap and NeXosim, and the scheduler beside what is published of kube-scheduler.
bench *ARGS:
    cargo bench -p cloudsim-bench {{ARGS}}

# Write what the shipped scenarios print, and the documents that show it, anew; read the difference before it is kept.
golden:
    UPDATE_GOLDEN=1 cargo test -p cloudsim-cli --test golden -- --skip pages
    UPDATE_GOLDEN=1 cargo test -p cloudsim-scenario --test pages
    UPDATE_GOLDEN=1 cargo test -p cloudsim-cli --test schema
    UPDATE_GOLDEN=1 cargo test -p cloudsim-tidy --test documents

# Run a scenario twice here and once in another process, and compare every record.
check-determinism FILE="az-a-outage.ron" *ARGS="--until 7m":
    cargo run --release -- check-determinism {{FILE}} {{ARGS}}

# Fuzz a reader for ten minutes, with a nightly compiler and cargo-fuzz: scenario, set, fault, do or quantity.
fuzz TARGET SECONDS="600":
    cd crates/cloudsim-scenario && cargo +nightly fuzz run {{TARGET}} -- -max_total_time={{SECONDS}} -timeout=5 -rss_limit_mb=512

# Fuzz the scheduler for ten minutes: case or trace.
fuzz-scheduler TARGET SECONDS="600":
    cd crates/cloudsim-kube-scheduler && cargo +nightly fuzz run {{TARGET}} -- -max_total_time={{SECONDS}} -timeout=5 -rss_limit_mb=1024

# What continuous integration runs.
ci:
    .ci/run
