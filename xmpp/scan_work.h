#pragma once
// What a scanner must remember while a token is incomplete: where it is, which tags are open, the
// attributes of the tag in progress and the namespace bindings in scope. Every place is an offset
// from the start of the window, so the caller may move the window. Internal to the scanner's rooms.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/limits.h"
#include "xmpp/namespace_id.h"

namespace xmpp {

/// Where the next byte stands. token_scan.cpp draws how the states follow each other.
enum class ScanState : std::uint8_t {
    markup,                // after '<'
    question,              // after "<?"
    after_declaration,     // after "?>": white space, then '<'
    declaration_end,       // after the '?' of "?>"
    bang,                  // after "<!"
    cdata_open,            // inside "<![CDATA["
    cdata,                 // inside a CDATA section
    element_name,          // inside the name of a start tag
    tag_gap,               // after the element's name or an attribute's value
    before_attribute,      // after white space in a tag
    attribute_name,        // inside the name of an attribute
    after_attribute_name,  // before '='
    before_value,          // before the opening quote
    value,                 // inside an attribute's value
    empty_end,             // after the '/' of "/>"
    text,                  // character data of an open element
    reference,             // after '&'
    number,                // after "&#"
    end_name,              // inside the name of an end tag
    end_gap,               // after the name of an end tag
};

/// A raw name.
struct NameSpan {
    NameSpan(std::uint32_t its_begin, std::uint32_t its_size) : begin(its_begin), size(its_size) {}

    std::uint32_t begin;
    std::uint32_t size;

    std::string_view raw(const char* window) const { return {window + begin, size}; }
};

/// A qualified name: `prefix_size` is 0 without a prefix, else the ':' follows the prefix.
struct QName {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
    std::uint32_t prefix_size = 0;

    std::string_view raw(const char* window) const { return {window + begin, size}; }
    std::string_view prefix(const char* window) const { return {window + begin, prefix_size}; }
    std::string_view local(const char* window) const {
        return raw(window).substr(prefix_size == 0 ? 0 : prefix_size + 1);
    }
};

/// An attribute that has to do with namespaces: a declaration, or one with a prefix.
struct QualifiedAttribute {
    // Lists are filled by emplace_back: copying what has just been written in pieces stalls.
    QualifiedAttribute(const QName& its_name, std::uint32_t value_begin, std::uint32_t value_bytes,
                       bool is_encoded, bool is_declaration)
        : name(its_name),
          value(value_begin),
          value_size(value_bytes),
          encoded(is_encoded),
          declares(is_declaration) {}

    QName name;
    std::uint32_t value;
    std::uint32_t value_size;
    bool encoded;   // the value holds a reference, tab, CR or LF: not what it stands for
    bool declares;  // it is a namespace declaration
    NamespaceId name_space = kNoNamespace;  // of its prefix (Binding::same_as), at the tag's end
};

struct OpenTag {
    OpenTag(const QName& its_name, std::size_t bindings_around)
        : name(its_name), bindings(static_cast<std::uint32_t>(bindings_around)) {}

    QName name;
    std::uint32_t bindings;  // how many were in scope around it
};

/// A namespace declaration of an open element.
struct Binding {
    Binding(const QualifiedAttribute& declaration, std::uint32_t size_of_prefix)
        : prefix(declaration.name.begin + declaration.name.size - size_of_prefix),
          prefix_size(size_of_prefix),
          uri(declaration.value),
          uri_size(declaration.value_size),
          encoded(declaration.encoded) {}

    std::uint32_t prefix;
    std::uint32_t prefix_size;  // 0: the default namespace
    std::uint32_t uri;
    std::uint32_t uri_size;
    NamespaceId hidden_default = kNoNamespace;  // the default namespace before this declaration
    NamespaceId same_as = kNoNamespace;  // for a prefix: the first in scope for this namespace
    bool encoded;                        // see QualifiedAttribute::encoded
    bool streams = false;                // it is the streams namespace
};

/// The part that each token begins anew.
struct ScanProgress {
    const ScanLimits* limits = nullptr;

    ScanState state = ScanState::markup;
    char quote = '"';                   // that closes the value
    bool reference_in_value = false;    // a reference stands in a value, not in text
    bool in_declaration = false;        // the attributes are those of the XML declaration
    std::uint8_t declaration_part = 0;  // 1, 2, 3: version, encoding, standalone has been read
    bool tag_is_plain = true;           // no prefix and no namespace declaration in this tag so far
    bool default_is_streams = false;  // an element without prefix would be in the streams namespace

    std::uint32_t position = 0;  // bytes that have been scanned
    std::uint32_t mark = 0;      // where the name, reference or section in progress began
    std::uint32_t colon = 0;     // of the name in progress, or 0
    std::uint32_t code = 0;      // value of the character reference in progress
    std::uint32_t elements = 0;  // inside the first-level element
    NamespaceId default_namespace = kNoNamespace;
    NamespaceId first_namespace = kNoNamespace;  // of the first-level element

    QName attribute;                // whose value is in progress
    std::uint32_t value = 0;        // where that value begins
    bool value_is_encoded = false;  // see QualifiedAttribute::encoded
    std::uint64_t name_sketch = 0;  // a bit for each hash of an attribute's name in this tag
};

struct ScanWork : ScanProgress {
    std::vector<NameSpan> names;                // of the attributes of the tag in progress
    std::vector<QualifiedAttribute> qualified;  // those of them that have to do with namespaces
    std::vector<OpenTag> open;
    std::vector<Binding> bindings;
    std::vector<std::string> decoded;  // URIs of those bindings of prefixes that are encoded

    /// For another token; the lists keep their memory.
    void begin(const ScanLimits& new_limits) {
        static_cast<ScanProgress&>(*this) = ScanProgress{};
        limits = &new_limits;
        names.clear();
        qualified.clear();
        open.clear();
        bindings.clear();
        decoded.clear();
    }
};

}  // namespace xmpp
