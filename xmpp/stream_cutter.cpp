#include "xmpp/stream_cutter.h"

#include <utility>

#include "xmpp/markup.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace xmpp {
namespace {

constexpr std::string_view kClientDeclared = " xmlns='jabber:client'";
constexpr std::string_view kStreamsDeclared = " xmlns:stream='http://etherx.jabber.org/streams'";
constexpr std::string_view kBothDeclared =
    " xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'";

/// What comes has been judged before: no limit of a stranger counts here.
constexpr ScanLimits kWide{.bytes = UINT32_MAX / 2,
                           .depth = UINT16_MAX,
                           .attributes = UINT16_MAX,
                           .elements = UINT32_MAX,
                           .namespaces = UINT16_MAX};

}  // namespace

/// Of a header that declares more than the usual, or a language.
struct StreamCutter::Inherited {
    std::string lang;  // ` xml:lang='en'`; empty: none
    NamespaceBindings bindings;
    std::string built;  // for the last element
};

std::string StreamCutter::Piece::text() const {
    std::string all;
    all.reserve(text_size());
    return all.append(front).append(declarations).append(rest);
}

StreamCutter::StreamCutter(ScanWorkPool& pool) : scanner_(pool, kWide) {}
StreamCutter::~StreamCutter() = default;

StreamCutter::Piece StreamCutter::next(std::string_view window) {
    if (window.empty()) return {};
    if (has_ended_) return {.cut = Cut::nothing, .size = window.size()};
    const Token token = scanner_.next(window);
    const std::string_view bytes = window.substr(0, token.size);
    switch (token.kind) {
        case TokenKind::need_more: return {};
        case TokenKind::whitespace: return {.cut = Cut::nothing, .size = token.size};
        case TokenKind::stream_open: return header(token, bytes);
        case TokenKind::element: return element(token, bytes);
        case TokenKind::stream_close:
            has_ended_ = true;
            return {.cut = Cut::end, .size = token.size};
        case TokenKind::refused: break;
    }
    return {.cut = Cut::refused};
}

StreamCutter::Piece StreamCutter::header(const Token& token, std::string_view bytes) {
    auto header = read_stream_header(bytes);
    if (!header) return {.cut = Cut::refused};
    inherited_.reset();
    if (!header->lang.empty() || !are_usual(header->bindings)) {
        inherited_ = std::make_unique<Inherited>();
        append_attribute(inherited_->lang, "xml:lang", header->lang);
        if (!are_usual(header->bindings)) inherited_->bindings = header->bindings;
    }
    return {.cut = Cut::header, .size = token.size, .header = std::move(header).value()};
}

StreamCutter::Piece StreamCutter::element(const Token& token, std::string_view bytes) {
    const std::size_t at = name_end(bytes);
    const Piece piece{.cut = Cut::element,
                      .size = token.size,
                      .front = bytes.substr(0, at),
                      .declarations = declarations_for(bytes, at),
                      .rest = bytes.substr(at),
                      .local_name = token.local_name,
                      .namespace_uri = token.namespace_uri};
    if (is_authenticated_) return piece;
    if (piece.is("success", ns::kSasl)) {
        is_authenticated_ = true;
        scanner_.restart();
    } else if (piece.is("success", ns::kSasl2)) {
        is_authenticated_ = true;
    }
    return piece;
}

/// What an element of another namespace holds may be of the default one, so that is declared where
/// the element's name does not show that it is not needed.
std::string_view StreamCutter::declarations_for(std::string_view element, std::size_t name_end) {
    const bool has_prefix = element.substr(0, name_end).find(':') != std::string_view::npos;
    const auto has = [&](std::string_view name) {
        return attribute_at(element, 0, name).has_value();
    };
    const bool wants_default = !has("xmlns");
    if (inherited_ == nullptr) {
        const bool wants_streams =
            (has_prefix || element.find("stream:") != std::string_view::npos) &&
            !has("xmlns:stream");
        if (wants_streams) return wants_default ? kBothDeclared : kStreamsDeclared;
        return wants_default ? kClientDeclared : std::string_view();
    }
    std::string& built = inherited_->built;
    built.clear();
    const NamespaceBindings& bindings =
        inherited_->bindings.empty() ? usual_bindings() : inherited_->bindings;
    for (const NamespaceBinding& binding : bindings) {
        const std::string name = binding.attribute_name();
        const bool is_used =
            binding.prefix.empty() || element.find(binding.prefix + ":") != std::string_view::npos;
        if (is_used && !has(name)) built += attribute(name, binding.uri);
    }
    if (!has("xml:lang")) built += inherited_->lang;
    return built;
}

}  // namespace xmpp
