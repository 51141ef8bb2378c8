#pragma once
// The tags that open and close a stream, read and written (RFC 6120 sections 4.7 and 4.4). Pure;
// any thread.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "xmpp/element.h"
#include "xmpp/ids.h"
#include "xmpp/namespaces.h"
#include "xmpp/stream_error.h"

namespace xmpp {

/// As we write it, and as the peer of a header with our prefix does.
inline constexpr std::string_view kStreamEnd = "</stream:stream>";

/// What a header says; entities are decoded, absent attributes are empty. Addresses are as sent:
/// neither prepared nor checked (xmpp/jid.h does that).
struct StreamHeader {
    std::string to;  // without its final dot, so that a domain has one name
    std::string from;
    std::string id;
    std::string lang;     // xml:lang
    std::string version;  // as sent; empty if absent, which means 0.9
    /// The default namespace as declared: the expected content namespace, or the streams namespace
    /// (the prefix-free style of RFC 6120 section 4.8.5), or none. In the last two cases every
    /// stanza declares its own, and a first-level element in no namespace is to be refused with
    /// invalid-namespace.
    std::string content_namespace;
    std::string prefix;  // of the header's own name; empty in the prefix-free style
    /// Every declaration of the header, the default one and that of the streams prefix included.
    /// They are in scope for all of the stream, so a header written in its place must repeat them.
    NamespaceBindings bindings;
    /// Version 1.0 or later: the peer waits for stream features (section 4.7.5).
    bool speaks_features = false;
};

/// Reads a stream_open token of the scanner: optional XML declaration, white space, start tag; any
/// prefix, any order. Errors are what to answer: unsupported_version (major above 1, or no number:
/// section 4.7.5), invalid_namespace (a content namespace that is not `content_namespace`: section
/// 4.8.3), bad_namespace_prefix (`stream` bound to something else: we could not repeat that towards
/// a server that wants the literal prefix), bad_format (an empty-element tag: the stream would be
/// over).
core::Result<StreamHeader, StreamErrorCondition> read_stream_header(
    std::string_view token, std::string_view content_namespace = ns::kClient);

/// What the receiving entity answers a header with. Empty fields but `from` are left out; all are
/// escaped.
struct ResponseHeader {
    std::string_view from = {};  // the domain served, which is the `to` asked for; empty if none
    std::string_view to = {};    // the `from` of the initial header
    std::string_view lang = {};
    StreamId id = {};
    std::span<const NamespaceBinding> prefixes = {};  // declared beyond the usual ones
};

/// The server's header: XML declaration, literal prefix `stream`, jabber:client as default
/// namespace, version 1.0.
std::string write_response_header(const ResponseHeader& header);

/// The header of a proxy towards a backend in the name of a client: `to`, `from` (if any),
/// `xml:lang` (if any) and the extra namespace declarations of `header`; literally `<stream:stream`
/// with jabber:client as default (some servers match that text), version 1.0. `id` and `version` of
/// `header` are not used.
std::string write_initial_header(const StreamHeader& header);

/// The prefixes that a header declares beyond the usual ones. nullopt if it is not written as ours
/// are but for them (another prefix than `stream` in its name, another default namespace): what
/// follows it cannot be read behind a header of ours, whatever that declares.
std::optional<NamespaceBindings> extra_prefixes(const StreamHeader& header);

/// Header, stream error and closing tag in one: the answer to a header that is refused, since an
/// error may not come without a header before it (RFC 6120 section 4.9.1.2).
std::string refuse_stream(const ResponseHeader& header, StreamErrorCondition condition,
                          std::string_view text = {});

}  // namespace xmpp
