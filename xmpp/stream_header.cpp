#include "xmpp/stream_header.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include "xmpp/xml_text.h"

namespace xmpp {
namespace {

constexpr std::string_view kStreamPrefix = "stream";
constexpr std::string_view kOpening = "<?xml version='1.0'?><stream:stream";

/// One of the two numbers of a version. Leading zeros mean nothing (section 4.7.5); a number too
/// large to hold is a large number.
std::optional<std::uint32_t> version_number(std::string_view digits) {
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{}) return UINT32_MAX;
    return number;
}

/// Does a peer of this version wait for features? nullopt: we cannot speak with it.
std::optional<bool> judge_version(std::string_view version) {
    if (version.empty()) return false;  // 0.9
    const std::size_t dot = version.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto major = version_number(version.substr(0, dot));
    const auto minor = version_number(version.substr(dot + 1));
    if (!major || !minor || *major > 1) return std::nullopt;
    return *major == 1;
}

/// The start tag of a stream stays open for the stream's life; closed at once, it is an element.
std::optional<std::string> closed(std::string_view token) {
    if (!token.ends_with('>') || token.ends_with("/>")) return std::nullopt;
    std::string element(token.substr(0, token.size() - 1));
    element += "/>";
    return element;
}

/// RFC 7622 section 3.2: a final dot goes before anything else is done with a domainpart.
void take_off_final_dot(std::string& domain) {
    if (domain.ends_with('.') && !domain.ends_with("..")) domain.pop_back();
}

const std::string* uri_of(const NamespaceBindings& bindings, std::string_view prefix) {
    for (const NamespaceBinding& binding : bindings) {
        if (binding.prefix == prefix) return &binding.uri;
    }
    return nullptr;
}

/// Of the name of the tag in a header; the XML declaration in front of it holds no '<' but its own.
std::string_view prefix_of(std::string_view token) {
    const std::size_t start = token.rfind('<') + 1;
    const std::size_t colon = token.find_first_of(": \t\r\n>", start);
    return token[colon] == ':' ? token.substr(start, colon - start) : std::string_view();
}

/// Is it in scope of every header that we write?
bool is_always_declared(const NamespaceBinding& binding) {
    return binding.prefix.empty() || binding.prefix == kStreamPrefix || binding.prefix == "xml";
}

void append_even_empty(std::string& out, std::string_view name, std::string_view value) {
    out += ' ';
    out += name;
    out += "='";
    append_escaped(out, value);
    out += '\'';
}

void append_if_any(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) append_even_empty(out, name, value);
}

void append_namespaces(std::string& out) {
    append_even_empty(out, "xmlns", ns::kClient);
    append_even_empty(out, "xmlns:stream", ns::kStreams);
}

void append_prefixes(std::string& out, std::span<const NamespaceBinding> bindings) {
    for (const NamespaceBinding& binding : bindings) {
        if (!is_always_declared(binding))
            append_even_empty(out, binding.attribute_name(), binding.uri);
    }
}

}  // namespace

core::Result<StreamHeader, StreamErrorCondition> read_stream_header(
    std::string_view token, std::string_view content_namespace) {
    static const NamespaceBindings kNothingOutside;
    const auto element = closed(token);
    if (!element) return core::fail(StreamErrorCondition::bad_format);
    const ElementReader reader(*element, kNothingOutside);
    const Element root = reader.root();
    if (!root || root.local_name() != "stream") return core::fail(StreamErrorCondition::bad_format);
    if (root.namespace_uri() != ns::kStreams) {
        return core::fail(StreamErrorCondition::invalid_namespace);
    }

    const auto text_of = [&](std::string_view name) {
        return std::string(root.attribute(name).value_or(std::string_view{}));
    };
    StreamHeader header;
    header.to = text_of("to");
    take_off_final_dot(header.to);
    header.from = text_of("from");
    header.id = text_of("id");
    header.lang = text_of("xml:lang");
    header.version = text_of("version");
    header.prefix = prefix_of(token);
    header.bindings = root.declarations();

    if (root.attribute("version") == std::string_view{}) {
        return core::fail(StreamErrorCondition::unsupported_version);  // present but no number
    }
    const auto speaks_features = judge_version(header.version);
    if (!speaks_features) return core::fail(StreamErrorCondition::unsupported_version);
    header.speaks_features = *speaks_features;

    if (const std::string* uri = uri_of(header.bindings, "")) header.content_namespace = *uri;
    if (!header.content_namespace.empty() && header.content_namespace != content_namespace &&
        header.content_namespace != ns::kStreams) {
        return core::fail(StreamErrorCondition::invalid_namespace);
    }
    const std::string* bound = uri_of(header.bindings, kStreamPrefix);
    if (bound != nullptr && *bound != ns::kStreams) {
        return core::fail(StreamErrorCondition::bad_namespace_prefix);
    }
    return header;
}

std::string write_response_header(const ResponseHeader& header) {
    std::string out(kOpening);
    append_namespaces(out);
    append_prefixes(out, header.prefixes);
    append_even_empty(out, "from", header.from);  // RFC 6120 section 4.9.1.3
    append_if_any(out, "to", header.to);
    append_if_any(out, "id", header.id.get());
    append_if_any(out, "xml:lang", header.lang);
    append_even_empty(out, "version", "1.0");
    out += '>';
    return out;
}

std::string write_initial_header(const StreamHeader& header) {
    std::string out(kOpening);
    append_namespaces(out);
    append_prefixes(out, header.bindings);
    append_if_any(out, "from", header.from);
    append_if_any(out, "to", header.to);
    append_if_any(out, "xml:lang", header.lang);
    append_even_empty(out, "version", "1.0");
    out += '>';
    return out;
}

std::optional<NamespaceBindings> extra_prefixes(const StreamHeader& header) {
    if (header.prefix != kStreamPrefix || header.content_namespace != ns::kClient)
        return std::nullopt;
    NamespaceBindings extra;
    for (const NamespaceBinding& binding : header.bindings)
        if (!is_always_declared(binding)) extra.push_back(binding);
    return extra;
}

std::string refuse_stream(const ResponseHeader& header, StreamErrorCondition condition,
                          std::string_view text) {
    return write_response_header(header) + stream_error_and_close(condition, text);
}

}  // namespace xmpp
