#pragma once
// What a stream header declared, kept for as long as its stream. The common header costs no memory.
// Internal to the scanner's rooms.

#include <memory>
#include <span>
#include <string_view>

#include "xmpp/namespace_id.h"

namespace xmpp {

struct ScanWork;

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

struct FreeHeaderContext {
    void operator()(const HeaderContext* context) const noexcept;
};
using HeaderContextPtr = std::unique_ptr<const HeaderContext, FreeHeaderContext>;

/// The context that the header in `work` gives. It is static when the header is the common one
/// (<stream:stream> with "jabber:client" as default namespace and no other declaration).
HeaderContextPtr make_header_context(const char* window, const ScanWork& work);

}  // namespace xmpp
