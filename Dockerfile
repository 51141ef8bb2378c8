# Two images out of one build: stanzagate, the proxy, and stanzanode, the bundled server.
#   docker build --target stanzagate --tag stanzagate .
#   docker build --target stanzanode --tag stanzanode .
# Configurations come from outside, to /etc/stanzagate; docker-compose.yml is an example.

FROM debian:bookworm-slim AS build
WORKDIR /src
# The list of packages, which changes less often than the sources.
COPY tests/packages tests/packages
RUN bash -c '. tests/packages && need build'
COPY . .
RUN cmake --preset release -DSTANZAGATE_TESTS=OFF \
    && cmake --build --preset release --target stanzagate stanzanode \
    && strip build/release/bin/stanzagate build/release/bin/stanzanode

FROM debian:bookworm-slim AS base
RUN apt-get update \
    && apt-get install -y --no-install-recommends libevent-core-2.1-7 libfmt9 libidn12 libpugixml1v5 libspdlog1.10 \
        libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin stanza \
    && install -d -o stanza -g stanza -m 0700 /certs /run/stanzagate
# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM

FROM base AS stanzanode
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgsasl18 libhiredis0.14 libsqlite3-0 openssl \
    && rm -rf /var/lib/apt/lists/*
USER 10001:10001
COPY conf/compose/probe_node /usr/local/bin/
COPY --from=build /src/build/release/bin/stanzanode /usr/local/bin/
EXPOSE 5222
HEALTHCHECK --interval=5s --timeout=4s CMD ["probe_node"]
CMD ["stanzanode", "run", "/etc/stanzagate/stanzanode.toml"]

FROM base AS stanzagate
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends libc-ares2 libprometheus-cpp-core1.0 \
    && rm -rf /var/lib/apt/lists/*
USER 10001:10001
COPY --from=build /src/build/release/bin/stanzagate /usr/local/bin/
EXPOSE 5222 5223 8443
HEALTHCHECK --interval=5s --timeout=4s CMD ["stanzagate", "status"]
CMD ["stanzagate", "run", "/etc/stanzagate/stanzagate.toml"]
