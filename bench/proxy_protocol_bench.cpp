// Cost of telling a backend who its client is: once per session.

#include <benchmark/benchmark.h>

#include "core/proxy_protocol.h"
#include "core/proxy_protocol_v1.h"
#include "core/proxy_protocol_v2.h"
#include "tests/support/proxy_header.h"

namespace {

void ProxyEncodeV1(benchmark::State& state) {
    const core::ProxyHeader header = test::full_proxy_header();
    for (auto _ : state) benchmark::DoNotOptimize(core::encode_proxy_v1(header));
}
BENCHMARK(ProxyEncodeV1);

void ProxyEncodeV2(benchmark::State& state) {
    const core::ProxyHeader header = test::full_proxy_header();
    for (auto _ : state) benchmark::DoNotOptimize(core::encode_proxy_v2(header));
}
BENCHMARK(ProxyEncodeV2);

void ProxyDecodeV2(benchmark::State& state) {
    const std::string bytes = core::encode_proxy_v2(test::full_proxy_header());
    for (auto _ : state) benchmark::DoNotOptimize(core::decode_proxy(bytes));
}
BENCHMARK(ProxyDecodeV2);

}  // namespace
