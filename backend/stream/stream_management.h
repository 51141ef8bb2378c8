#pragma once
// XEP-0198 and XEP-0352 on the wire: the client's elements read, the server's written. Pure; any
// thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backend/store/records.h"
#include "backend/store/store.h"
#include "xmpp/element.h"

namespace backend {

/// `<enable/>`, first-level or inline: what the session gets. Never more than `most` (a client may
/// ask for less).
EnableSm read_enable(xmpp::Element enable, std::chrono::seconds most);

/// `<resume/>`, first-level or inline.
struct ResumeRequest {
    SessionId previd;  // as given; may name nothing
    std::uint32_t h = 0;
};
/// nullopt: without previd, with one that is too long for an id, or h is no number of 32 bits.
std::optional<ResumeRequest> read_resume(xmpp::Element resume);

/// The h of `<a/>` or `<resume/>`; nullopt if it is no number of 32 bits.
std::optional<std::uint32_t> read_h(xmpp::Element element);

std::string write_enabled(const SessionId& id, const EnableSm& sm);
std::string write_resumed(const SessionId& previd, std::uint32_t h);
/// `condition`: of a stanza error (RFC 6120 section 8.3.3).
std::string write_failed(std::string_view condition);
std::string write_ack(std::uint32_t h);
std::string write_ack_request();

/// Stream error and closing tag for an h beyond what was sent (section 4).
std::string handled_count_too_high(std::uint32_t h, std::uint32_t sent);

}  // namespace backend
