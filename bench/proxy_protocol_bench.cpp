// Cost of telling a backend who its client is: once per session.

#include <benchmark/benchmark.h>

#include "core/proxy_protocol.h"

namespace {

core::ProxyHeader typical_header() {
    core::ProxyHeader header;
    header.source = core::Endpoint::parse("192.0.2.7:50122").value();
    header.destination = core::Endpoint::parse("198.51.100.1:5223").value();
    header.alpn = "xmpp-client";
    header.authority = "example.org";
    header.unique_id = "w2-418";
    header.is_tls = true;
    header.tls_version = "TLSv1.3";
    header.tls_cipher = "TLS_AES_128_GCM_SHA256";
    return header;
}

void ProxyEncodeV1(benchmark::State& state) {
    const core::ProxyHeader header = typical_header();
    for (auto _ : state) benchmark::DoNotOptimize(core::encode_proxy_v1(header));
}
BENCHMARK(ProxyEncodeV1);

void ProxyEncodeV2(benchmark::State& state) {
    const core::ProxyHeader header = typical_header();
    for (auto _ : state) benchmark::DoNotOptimize(core::encode_proxy_v2(header));
}
BENCHMARK(ProxyEncodeV2);

void ProxyDecodeV2(benchmark::State& state) {
    const std::string bytes = core::encode_proxy_v2(typical_header());
    for (auto _ : state) benchmark::DoNotOptimize(core::decode_proxy(bytes));
}
BENCHMARK(ProxyDecodeV2);

}  // namespace
