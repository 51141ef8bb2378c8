// Aim: what the scanner takes for a stream header is read without harm, and what is written in its
// place (towards a backend, or as the answer to it) is accepted by the scanner and reads back
// equal.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/require.h"
#include "xmpp/stream_header.h"
#include "xmpp/stream_scanner.h"

namespace {

using namespace xmpp;
using fuzz::require;

/// The stream header at the front of `bytes`; empty if there is none.
std::string_view header_in(std::string_view bytes, const ScanLimits& limits) {
    ScanWorkPool pool;
    StreamScanner scanner(pool, limits);
    while (true) {
        const Token token = scanner.next(bytes);
        if (token.kind == TokenKind::stream_open) return bytes.substr(0, token.size);
        if (token.kind != TokenKind::whitespace) return {};
        bytes.remove_prefix(token.size);
    }
}

/// Escaping makes a header longer, and ours declares two namespaces of its own.
constexpr ScanLimits kWider{.bytes = 1 << 20, .depth = 16, .attributes = 48, .namespaces = 48};

StreamHeader read_back(const std::string& written) {
    require(written.starts_with("<?xml"));
    require(header_in(written, kWider).size() == written.size());
    auto header = read_stream_header(written);
    require(header.has_value() && header->speaks_features);
    return *std::move(header);
}

bool declares(const NamespaceBindings& bindings, const NamespaceBinding& wanted) {
    return std::find(bindings.begin(), bindings.end(), wanted) != bindings.end();
}

void check_initial(const StreamHeader& header) {
    const StreamHeader back = read_back(write_initial_header(header));
    require(back.to == header.to && back.from == header.from && back.lang == header.lang);
    for (const NamespaceBinding& binding : header.bindings) {
        const bool is_replaced = binding.prefix.empty() || binding.prefix == "xml";
        require(is_replaced || declares(back.bindings, binding));
    }
}

void check_response(const StreamHeader& header) {
    const StreamHeader back = read_back(write_response_header(
        {.from = header.to, .to = header.from, .lang = header.lang, .id = StreamId(header.id)}));
    require(back.from == header.to && back.lang == header.lang && back.id == header.id);
    require(back.to == header.from || back.to + '.' == header.from);  // a `to` loses its final dot
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::string_view token = header_in(bytes, kLimitsBeforeLogin);
    if (token.empty()) return 0;
    const auto header = read_stream_header(token);
    if (!header) return 0;
    check_initial(*header);
    check_response(*header);
    return 0;
}
