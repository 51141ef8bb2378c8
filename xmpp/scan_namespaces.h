#pragma once
// Namespaces in XML 1.0 for the scanner: what is in scope, by the stream header and by the open
// elements, and the checks of a complete start tag (bound prefixes, reserved names, attributes that
// are the same by their expanded names). Internal to the scanner's rooms.

#include <optional>
#include <string_view>

#include "xmpp/header_context.h"
#include "xmpp/scan_rule.h"
#include "xmpp/scan_work.h"

namespace xmpp {

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
