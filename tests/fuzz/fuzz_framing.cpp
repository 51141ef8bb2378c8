// Aim: whatever a message holds, what gets through is one whole element, the same however the
// message grows; and what stands alone behind a cut is one element that needs no stream around it.

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/one_element.h"
#include "xmpp/element.h"
#include "xmpp/framing.h"
#include "xmpp/stream_cutter.h"
#include "xmpp/stream_header.h"

namespace {

using namespace xmpp;
using fuzz::require;
using Kind = FramedMessage::Kind;

constexpr ScanLimits kLimits{.bytes = 1 << 16};
constexpr ScanLimits kWider{.bytes = 1 << 20, .depth = 200, .attributes = 128, .namespaces = 512};

struct Outcome {
    Kind kind;
    std::string bytes;
};

Outcome read(std::string_view message, std::size_t step) {
    ScanWorkPool pool;
    FramedReader reader(pool, kLimits);
    for (std::size_t size = step; size < message.size(); size += step) {
        const auto early = reader.read(message.substr(0, size), false);
        require(early.kind == Kind::need_more || early.kind == Kind::refused);
        if (early.kind == Kind::refused) return {early.kind, {}};
    }
    const auto whole = reader.read(message, true);
    require(whole.kind != Kind::need_more);
    return {whole.kind, std::string(whole.bytes())};
}

void check_message(std::string_view message) {
    const Outcome whole = read(message, SIZE_MAX);
    if (whole.kind == Kind::stream) {
        if (whole.bytes.starts_with("<?xml"))
            require(whole.bytes.ends_with('>'));
        else
            require(fuzz::is_one_element(whole.bytes, kWider));
    }
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}}) {
        const Outcome grown = read(message, step);
        require(grown.kind == whole.kind);
        if (whole.kind != Kind::refused) require(grown.bytes == whole.bytes);
    }
}

void check_cut(std::string_view element) {
    if (!fuzz::is_one_element(element, kLimits)) return;
    ScanWorkPool pool;
    StreamCutter cutter(pool);
    require(cutter.next(fuzz::kHeader).cut == StreamCutter::Cut::header);
    const auto piece = cutter.next(element);
    require(piece.cut == StreamCutter::Cut::element && piece.size == element.size());
    const std::string alone = piece.text();
    require(fuzz::is_one_element(alone, kWider));
    const NamespaceBindings nothing;
    const ElementReader in_stream(element);
    const ElementReader by_itself(alone, nothing);
    require(by_itself.root().local_name() == in_stream.root().local_name());
    require(by_itself.root().namespace_uri() == in_stream.root().namespace_uri());
    StreamCutter again(pool);
    require(again.next(fuzz::kHeader).cut == StreamCutter::Cut::header);
    require(again.next(alone).text() == alone);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_message(bytes);
    check_cut(bytes);
    return 0;
}
