// Aim: what comes out of a `<body/>` stands alone in a stream of ours, as the same elements that
// Expat reads in the entity (those of the body's namespace moved to jabber:client), and nothing of
// a stream's framing comes along. What is refused is no body to Expat, or one that we limit.

#include <expat.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tests/fuzz/one_element.h"
#include "tests/fuzz/require.h"
#include "xmpp/bosh_body.h"
#include "xmpp/namespaces.h"

namespace {

using namespace xmpp;
using fuzz::require;

constexpr std::size_t kAround = 1;  // elements around the children: <body/>, or <stream:stream>
constexpr char kSeparator = '\xFF';

/// All that Expat reads inside the root, in one text.
struct Reading {
    int depth = 0;
    std::string text;
};

std::string moved(std::string name) {
    const std::size_t uri_end = name.find(kSeparator);
    if (uri_end != std::string::npos && name.substr(0, uri_end) == ns::kHttpBind)
        name.replace(0, uri_end, ns::kClient);
    return name;
}

std::string read_inside(std::string_view document) {
    const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(
        XML_ParserCreateNS(nullptr, kSeparator), &XML_ParserFree);
    Reading reading;
    XML_SetUserData(parser.get(), &reading);
    XML_SetElementHandler(
        parser.get(),
        [](void* data, const XML_Char* name, const XML_Char** attributes) {
            auto& self = *static_cast<Reading*>(data);
            if (self.depth++ < static_cast<int>(kAround)) return;
            self.text.append("<").append(moved(name)).append("\n");
            std::map<std::string, std::string> sorted;
            for (; *attributes != nullptr; attributes += 2)
                sorted[moved(*attributes)] = attributes[1];
            for (const auto& [key, value] : sorted)
                self.text.append(key).append("=").append(value).append("\n");
        },
        [](void* data, const XML_Char*) {
            auto& self = *static_cast<Reading*>(data);
            if (--self.depth >= static_cast<int>(kAround)) self.text += ">\n";
        });
    XML_SetCharacterDataHandler(parser.get(), [](void* data, const XML_Char* bytes, int size) {
        auto& self = *static_cast<Reading*>(data);
        if (self.depth > static_cast<int>(kAround))
            self.text.append(bytes, static_cast<std::size_t>(size));
    });
    require(XML_Parse(parser.get(), document.data(), static_cast<int>(document.size()), XML_TRUE) ==
            XML_STATUS_OK);
    return reading.text;
}

/// Every byte of it is in an element of a stream of clients, and none of these is the stream's.
void check_payload(std::string_view payload) {
    ScanWorkPool pool;
    const ScanLimits limits{.bytes = 1 << 24, .depth = 200, .attributes = 200, .namespaces = 500};
    StreamScanner scanner(pool, limits);
    require(scanner.next(fuzz::kHeader).kind == TokenKind::stream_open);
    while (!payload.empty()) {
        const Token token = scanner.next(payload);
        require(token.kind == TokenKind::element);
        require(token.namespace_uri != ns::kStreams);
        payload.remove_prefix(token.size);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view entity(reinterpret_cast<const char*>(data), size);
    ScanWorkPool pool;
    const auto body = read_bosh_body(entity, pool, {.scan = {.bytes = 1 << 16}, .children = 50});
    require(pool.lent() == 0);
    if (!body) {
        require(!body.error().reason.empty());
        return 0;
    }
    require(body->rid >= 1 && body->rid <= kLargestRid);
    require(!body->sid.empty() || !body->to.empty());
    require(body->payload.size() <= 1 << 16);
    check_payload(body->payload);
    const std::string stream =
        std::string(fuzz::kHeader).append(body->payload).append("</stream:stream>");
    require(read_inside(entity) == read_inside(stream));
    return 0;
}
