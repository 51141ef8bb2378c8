#pragma once
// Stream errors of RFC 6120 section 4.9: the conditions in the protocol's own words, and the bytes
// that end a stream with one of them. Pure; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xmpp {

/// RFC 6120 section 4.9.3, all of them, in its order.
enum class StreamErrorCondition : std::uint8_t {
    bad_format,
    bad_namespace_prefix,
    conflict,
    connection_timeout,
    host_gone,
    host_unknown,
    improper_addressing,
    internal_server_error,
    invalid_from,
    invalid_namespace,
    invalid_xml,
    not_authorized,
    not_well_formed,
    policy_violation,
    remote_connection_failed,
    reset,
    resource_constraint,
    restricted_xml,
    see_other_host,
    system_shutdown,
    undefined_condition,
    unsupported_encoding,
    unsupported_feature,
    unsupported_stanza_type,
    unsupported_version,
};

inline constexpr auto kStreamErrorConditions = [] {
    std::array<StreamErrorCondition,
               static_cast<std::size_t>(StreamErrorCondition::unsupported_version) + 1>
        all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<StreamErrorCondition>(i);
    return all;
}();

/// The element name: "bad-format" and so on.
std::string_view to_string(StreamErrorCondition condition);
/// The condition with this element name, if there is one.
std::optional<StreamErrorCondition> condition_named(std::string_view name);

/// `<stream:error>…</stream:error></stream:stream>` for a stream whose header has been sent with
/// the prefix `stream` bound; where none has been sent yet, see refuse_stream in
/// xmpp/stream_header.h. `text` (may be empty) says in English what to do about it; it is escaped.
std::string stream_error_and_close(StreamErrorCondition condition, std::string_view text = {});

}  // namespace xmpp
