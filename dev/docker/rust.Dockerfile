# The Rust programs of docker-compose.yml, one target each: `tools` (mock provider, migrations) and `functions`.

FROM rust:1.95-bookworm AS base
# Use the toolchain of the image. It is the pinned version, whose components rustup would download.
ENV RUSTUP_TOOLCHAIN=1.95.0 CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
RUN apt-get update && apt-get install -y --no-install-recommends curl python3-pip && rm -rf /var/lib/apt/lists/*
COPY dev/docker/cargo-lambda.txt /tmp/
RUN pip install --no-cache-dir --break-system-packages --require-hashes --requirement /tmp/cargo-lambda.txt
# Nothing is built or run as root.
RUN useradd --create-home --uid 10001 tokenmeter \
    && install --directory --owner tokenmeter /src /manifests \
    && chown tokenmeter "${CARGO_HOME:-/usr/local/cargo}"
USER tokenmeter
WORKDIR /src

# Manifests with empty sources, so that this layer changes only if a dependency does.
FROM base AS manifests
COPY --chown=tokenmeter . .
RUN find . -name '*.rs' -not -path '*/src/main.rs' -not -path '*/src/lib.rs' -not -path '*/src/bin/*' -not -path '*/tests/*' -not -path '*/examples/*' -not -path '*/benches/*' -delete \
    && find . -name '*.rs' -path '*/src/lib.rs' -exec sh -c ': >"$1"' _ {} \; \
    && find . -name '*.rs' -not -path '*/src/lib.rs' -exec sh -c 'echo "fn main() { }" >"$1"' _ {} \; \
    && find . \( -name Cargo.toml -o -name Cargo.lock -o -name '*.rs' -o -path './.cargo/*' \) -type f -exec cp --parents {} /manifests \;

# The functions in a build of their own, like that of `cargo lambda watch`: together with the tools, their dependencies
# would get more features, and the first call would wait until all is built again.
FROM base AS build
COPY --chown=tokenmeter --from=manifests /manifests .
RUN cargo build --locked --bins \
    && cargo build --locked --package local --package mock-provider --bins
COPY --chown=tokenmeter . .
# Sources have the time of the checkout, which may be older than the empty sources.
RUN find . -name '*.rs' -not -path './target/*' -exec touch {} + \
    && cargo build --locked --bins \
    && cargo build --locked --package local --package mock-provider --bins

FROM debian:bookworm-slim AS tools
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/target/debug/local /src/target/debug/mock-provider /usr/local/bin/
# A new volume takes the owner of the folder that it is mounted on: `migrate` writes the keys there.
RUN useradd --create-home --uid 10001 tokenmeter && install --directory --owner tokenmeter /keys
USER tokenmeter

FROM build AS functions
EXPOSE 8000
# As in Lambda, a process serves one call at a time; up to four run in parallel.
CMD ["cargo", "lambda", "watch", "--invoke-address", "0.0.0.0", "--invoke-port", "8000", "--concurrency", "4"]
