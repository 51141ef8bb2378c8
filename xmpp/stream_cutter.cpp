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

/// May it be used there? Texts that look like it count, too. Colons are rarer than letters.
bool uses_prefix(std::string_view element, std::string_view prefix) {
    for (std::size_t at = 0; (at = element.find(':', at)) != std::string_view::npos; ++at)
        if (element.substr(0, at).ends_with(prefix)) return true;
    return false;
}

}  // namespace

/// Of a header that has a language or declares more than the usual. It lives as long as its
/// session.
struct StreamCutter::Inherited {
    struct Unusual {
        NamespaceBindings bindings;
        std::string built;  // for the last element
    };
    std::string lang;  // ` xml:lang='en'`; empty: none
    std::unique_ptr<Unusual> unusual;
};

/// What the start tag of an element says itself.
struct StreamCutter::Has {
    Has(std::string_view element, std::size_t name_end) {
        for (std::size_t at = name_end;;) {
            const std::string_view name = next_attribute(element, at);
            if (name.empty()) return;
            default_namespace |= name == "xmlns";
            streams |= name == "xmlns:stream";
            language |= name == "xml:lang";
        }
    }
    bool default_namespace = false;
    bool streams = false;
    bool language = false;
};

std::string StreamCutter::Piece::text() const {
    std::string all;
    all.reserve(text_size());
    append_to(all);
    return all;
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
        if (!are_usual(header->bindings)) {
            inherited_->unusual = std::make_unique<Inherited::Unusual>();
            inherited_->unusual->bindings = header->bindings;
        }
    }
    return {.cut = Cut::header, .size = token.size, .header = std::move(header).value()};
}

StreamCutter::Piece StreamCutter::element(const Token& token, std::string_view bytes) {
    const std::size_t at = name_end(bytes);
    const Has has(bytes, at);
    const bool wants_language = inherited_ != nullptr && !has.language;
    const Piece piece{.cut = Cut::element,
                      .size = token.size,
                      .front = bytes.substr(0, at),
                      .declarations = declarations_for(bytes, at, has),
                      .language = wants_language ? inherited_->lang : std::string_view(),
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
std::string_view StreamCutter::declarations_for(std::string_view element, std::size_t name_end,
                                                const Has& has) {
    if (inherited_ != nullptr && inherited_->unusual != nullptr)
        return unusual_declarations(element, name_end);
    const bool has_prefix = element.substr(0, name_end).find(':') != std::string_view::npos;
    const bool wants_streams = !has.streams && (has_prefix || uses_prefix(element, "stream"));
    if (wants_streams) return has.default_namespace ? kStreamsDeclared : kBothDeclared;
    return has.default_namespace ? std::string_view() : kClientDeclared;
}

std::string_view StreamCutter::unusual_declarations(std::string_view element,
                                                    std::size_t name_end) {
    const auto has = [&](std::string_view wanted) {
        for (std::size_t at = name_end;;) {
            const std::string_view name = next_attribute(element, at);
            if (name.empty() || name == wanted) return !name.empty();
        }
    };
    std::string& built = inherited_->unusual->built;
    built.clear();
    for (const NamespaceBinding& binding : inherited_->unusual->bindings) {
        const std::string name = binding.attribute_name();
        const bool is_used = binding.prefix.empty() || uses_prefix(element, binding.prefix);
        if (is_used && !has(name)) built += attribute(name, binding.uri);
    }
    return built;
}

}  // namespace xmpp
