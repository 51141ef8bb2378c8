#pragma once
// Namespaces in XML 1.0 for the scanner: what the stream header declared, what the open elements
// declare, and the checks of a complete start tag (bound prefixes, reserved names, attributes that
// are the same by their expanded names). Internal to the scanner's rooms.

#include <optional>
#include <span>
#include <string_view>

#include "xmpp/scan_work.h"
#include "xmpp/stream_scanner.h"

namespace xmpp {

/// The namespaces that the stream header declared, in scope for all elements of the stream.
struct HeaderContext {
    struct Declaration {
        std::string_view prefix;  // "" for the default namespace
        std::string_view uri;     // decoded
        bool streams = false;
        NamespaceId same_as = kNoNamespace;  // the first prefix of the header for this namespace
    };

    std::string_view name;  // of the header, raw: what its end tag must say
    std::span<const Declaration> declarations;
    NamespaceId default_namespace = kNoNamespace;
    bool owned = false;  // on the heap; the common header is static

    bool default_is_streams() const;
    std::string_view default_uri() const;
};

/// The context that the header in `work` gives; it costs no memory when the header is the common
/// one
/// (<stream:stream> with "jabber:client" as default namespace and no other declaration).
HeaderContextPtr make_header_context(const char* window, const ScanWork& work);

/// The namespaces in scope at one moment of a token.
class ScanNamespaces {
public:
    /// `context` is null while the header itself is scanned.
    ScanNamespaces(const char* window, ScanWork& work, const HeaderContext* context)
        : window_(window), work_(work), context_(context) {}

    /// The start tag that `work` holds is complete (open.back() and the attributes): brings its
    /// declarations into scope, finds all its prefixes and compares its attributes. `element` is
    /// the namespace of the element; the result is a refusal or `none`.
    Refusal open_tag(NamespaceId& element);

    /// The innermost open element ends: its declarations go out of scope.
    void close_tag();

    bool is_streams(NamespaceId id) const;
    /// As written in the declaration (decoded when the header declared it).
    std::string_view uri(NamespaceId id) const;

private:
    Refusal declare(const QualifiedAttribute& attribute);
    Refusal declare(const QualifiedAttribute& attribute, std::string_view uri);
    Refusal compare_attributes() const;
    std::optional<NamespaceId> find(std::string_view prefix) const;
    NamespaceId find_uri(std::string_view uri, NamespaceId otherwise) const;
    NamespaceId first_same(NamespaceId id) const;
    std::string_view prefix_of(const Binding& binding) const;

    const char* window_;
    ScanWork& work_;
    const HeaderContext* context_;
};

}  // namespace xmpp
