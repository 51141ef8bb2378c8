#pragma once
// Why a BOSH session ends: the terminal binding conditions of XEP-0124 section 17.2, in its own
// words. Pure; any thread.

#include <cstdint>
#include <string_view>

namespace xmpp {

/// All of them, in the XEP's order.
enum class BoshCondition : std::uint8_t {
    bad_request,
    host_gone,
    host_unknown,
    improper_addressing,
    internal_server_error,
    item_not_found,
    other_request,
    policy_violation,
    remote_connection_failed,
    remote_stream_error,
    see_other_uri,
    system_shutdown,
    undefined_condition,
};

/// The value of `condition`: "bad-request" and so on.
std::string_view to_string(BoshCondition condition);

}  // namespace xmpp
