#pragma once
// How a client comes by its resource: the iq of RFC 6120 section 7, and the request of Bind 2
// (XEP-0386) inside a login. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

#include "backend/stream/stream_actions.h"
#include "xmpp/element.h"

namespace backend {

/// An iq that binds; who reads it answers it.
struct BindRequest {
    std::string id;                       // of the iq, as given
    std::optional<std::string> resource;  // wished, as given; never only white space
};
/// nullopt for any other element.
std::optional<BindRequest> read_bind(xmpp::Element iq);
std::string write_bind_result(std::string_view id, std::string_view jid);
/// `type` and `condition` of the stanza error.
std::string write_bind_error(std::string_view id, std::string_view type,
                             std::string_view condition);

/// Prepared (resourceprep); nullopt for what cannot be a resourcepart.
std::optional<std::string> prepared_resource(std::string_view resource);

/// `<bind/>` of XEP-0386: what the session gets, user and resource left open.
struct Bind2Request {
    std::string tag;  // a name of the client's software, as given; to begin the resource with
    std::optional<EnableSm> sm;
    bool carbons = false;
    bool is_inactive = false;
};
/// `most_resume_time`: more is not given, whatever the client asks for.
Bind2Request read_bind2(xmpp::Element bind, std::chrono::seconds most_resume_time);

/// `<bound/>`, the answer; `inner`: XML.
std::string write_bound(std::string_view inner);

/// A resource of `token`, behind the tag if that can be part of one; prepared.
std::string make_resource(std::string_view tag, const std::string& token);

}  // namespace backend
