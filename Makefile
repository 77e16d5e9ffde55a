# The words of the house; CI uses the same. `make` alone lists them.

SHELL := /bin/bash -o pipefail
TARGET := $(or $(CARGO_TARGET_DIR),target)
comma := ,
SANDBOX := $(or $(AAROKYA_SANDBOX_FOLDER),.sandbox)

.PHONY: help run test chaos sagas siege fuzz fuzz-parsers fuzz-contract guesses evidence bench bench-rivals scale pooler replica soak check fmt spec setup setup-tests clean-sandbox

help: ## list the words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

# Built without optimisation: from a fresh clone that answers the first request in about half the time.
run: setup ## everything on this machine: private database, simulated partners, the API on port 8080
	cargo run -p aarokya-gateway -- sandbox

# Everything is built before the database starts, and the tests' own program starts it.
test: setup-tests ## every test, documentation's too, beside a temporary PostgreSQL (or TEST_DATABASE_URL)
	cargo test --workspace --no-run
	$(TARGET)/debug/with-postgres cargo test --workspace --no-fail-fast
	cargo test -p aarokya-gateway --no-default-features --lib

# The long form: SEEDS, GATEWAYS, TOP_UPS, KILLS, REFRESHES and SIGN_OUTS may be set.
chaos: setup ## top-ups under kills, refreshes on a bad network, sign-outs at another instance; half an hour
	cargo build -p aarokya-gateway -p aarokya-tests --bins
	$(TARGET)/debug/chaos refreshes --refreshes $(or $(REFRESHES),10000)
	$(TARGET)/debug/chaos sign-outs --sign-outs $(or $(SIGN_OUTS),1000)
	$(TARGET)/debug/chaos top-ups --seed $(or $(SEEDS),1$(comma)2$(comma)3) --gateways $(or $(GATEWAYS),1$(comma)2) \
		--top-ups $(or $(TOP_UPS),2000) --kills $(or $(KILLS),50)

# The long form: RUNS and SEED may be set; RUNS=1 plays one seed again.
sagas: ## the purchase of a policy, thousands of times, each with other things going wrong; a minute
	cargo build --release -p aarokya-tests --bin sagas
	$(TARGET)/release/sagas --runs $(or $(RUNS),10000) --seed $(or $(SEED),1)

# The long form, optimised, since a day has many requests: SEED, TRIGGERS, ADDRESSES, HONEST and SHAPES may be set.
siege: setup ## a day under attack on sign-in: what it buys, and who passes all the same; some minutes for each shape
	cargo build --release -p aarokya-tests --bins
	$(TARGET)/release/with-postgres $(TARGET)/release/siege $(addprefix --shape ,$(SHAPES)) --seed $(or $(SEED),1) --triggers $(or $(TRIGGERS),100000) \
		--addresses $(or $(ADDRESSES),5000) --honest $(or $(HONEST),4000)

# SECONDS for each parser, EXAMPLES for each operation and phase; TARGETS may name some of the parsers.
fuzz: fuzz-parsers fuzz-contract ## search for inputs that break a parser, then for requests that break the contract; some hours

fuzz-parsers:
	@tests/fuzz/run $(or $(SECONDS),600) $(TARGETS)

fuzz-contract: setup
	cargo build -p aarokya-gateway
	@tests/schemathesis/run $(or $(EXAMPLES),1000)

# KIB may be set: at 8, the least a configuration may say, it takes a minute.
guesses: setup ## every one-time code tried against a stolen challenge; half an hour and more
	cargo build -p aarokya-gateway -p aarokya-tests --bins
	$(TARGET)/debug/with-postgres $(TARGET)/debug/guess-codes --kib $(or $(KIB),1024)

evidence: ## write docs/evidence anew from its rows
	cargo run -q -p aarokya-tests --bin evidence > $(TARGET)/asvs.md
	mv $(TARGET)/asvs.md docs/evidence/asvs.md

# ROUNDS, SECONDS and CLIENTS may be set. The machine should have nothing else to do.
bench: setup-tests ## how fast everything is against its floors, into target/bench; about twenty minutes
	cargo build --release -p aarokya-gateway -p aarokya-bench
	$(TARGET)/release/bench --folder $(TARGET)/bench

bench-rivals: setup-tests ## the same with better-auth beside it, where Node.js is installed
	@if command -v node >/dev/null && command -v npm >/dev/null; then \
		npm ci --prefix tests/bench/rivals/better-auth --no-audit --no-fund --silent && \
		cargo build --release -p aarokya-gateway -p aarokya-bench && \
		$(TARGET)/release/bench --folder $(TARGET)/bench --rivals tests/bench/rivals/better-auth; \
	else \
		echo "skipped: Node.js and npm are not installed, and the rival is written for them" >&2; \
	fi

# USERS, POSTINGS and ROUNDS may be set. It wants some 30 GB of disk for a while, which it gives back.
scale: setup ## how every statement runs among a million people; about half an hour
	cargo build --release -p aarokya-gateway
	cargo build --release -p aarokya-tests --bin scale
	$(TARGET)/release/scale --users $(or $(USERS),1000000) --postings $(or $(POSTINGS),10000000) \
		--rounds $(or $(ROUNDS),40) --folder $(TARGET)/scale

pooler: ## real programs behind a real PgBouncer, which is killed; PEOPLE may be set
	@.ci/setup pooler
	cargo build -p aarokya-gateway -p aarokya-tests --bins
	$(TARGET)/debug/pooler --people $(or $(PEOPLE),12)

replica: setup ## a real program with a real streaming replica, which lags and is killed
	cargo build -p aarokya-gateway -p aarokya-tests --bins
	$(TARGET)/debug/replica

# MINUTES, PEOPLE and RATE may be set.
soak: setup ## one program at half of what it can bear, for twenty minutes: does its memory stay as it is
	cargo build --release -p aarokya-gateway
	cargo build --release -p aarokya-tests --bin soak
	$(TARGET)/release/soak --minutes $(or $(MINUTES),20) --people $(or $(PEOPLE),40) \
		$(if $(RATE),--rate $(RATE)) --folder $(TARGET)/soak

check: ## format, lints, documentation, the build without the sandbox, licences and dependencies
	cargo fmt --all --check
	cargo fmt --manifest-path tests/fuzz/Cargo.toml --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo check -p aarokya-gateway --no-default-features
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
	@if cargo deny --version >/dev/null 2>&1; then \
		cargo deny check -A unused-wrapper bans licenses sources; \
	else \
		echo "cargo-deny is not installed, so licences were not checked: cargo install cargo-deny --locked" >&2; \
	fi

fmt: ## lay the code out
	cargo fmt --all
	cargo fmt --manifest-path tests/fuzz/Cargo.toml

spec: ## print the OpenAPI document
	@cargo run -q -p aarokya-gateway -- spec

setup-tests:
	@.ci/setup browser bench pooler

setup: ## what a build and a test need beside Rust; installs what is missing when it may
	@.ci/setup

# The database may lie elsewhere, when the folder asked for could not be used; the link leads there.
clean-sandbox: ## forget all data of the sandbox
	@data=$$(readlink -f "$(SANDBOX)/postgresql" || true); \
	if [ -n "$$data" ] && [ -e "$$data/lock" ]; then \
		if command -v flock >/dev/null && ! flock -n "$$data/lock" true; then \
			echo "The sandbox is running: stop it first." >&2; exit 1; \
		fi; \
		rm -rf -- "$$data"; \
	fi; \
	rm -rf -- "$(SANDBOX)"
