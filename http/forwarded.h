#pragma once
// Heads rebuilt on their way through us: a request's to a backend, and the answer's to the client.
// What concerns one connection alone goes no further, what says who the client is comes from us,
// and the length of the body stands there once. Pure; any thread.

#include <string>
#include <string_view>

#include "core/endpoint.h"
#include "http/body_framing.h"
#include "http/request_head.h"
#include "http/response_head.h"

namespace http {

struct ForwardedRequest {
    core::Endpoint client;
    bool is_tls = false;         // the client's connection
    std::string_view upgrade;    // the protocol that the client asks for and that we let through
    bool keeps_backend = false;  // another request may follow on the backend's connection
};

/// The head for the backend: method, target and Host as they came; Forwarded, X-Forwarded-For,
/// -Proto and -Host as `facts` have it. The body behind it is framed as head.body() says. Left out
/// are fields of one connection (RFC 9110 section 7.6.1) with those that Connection names, the
/// client's own word about who it is, and fields that make some servers see another path.
std::string write_forwarded_request(const RequestHead& head, const ForwardedRequest& facts);

struct AnsweredClient {
    int minor_version = 1;    // of its request
    bool keeps_alive = true;  // it may send another request behind this one
};
struct ForwardedResponse {
    std::string head;  // empty: an interim head that the client would not understand
    BodyFraming body;  // how the body is to be written behind it
    bool keeps_alive = true;
};

/// The head for the client. A body without a length is chunked, or ends with the connection where
/// the client speaks HTTP/1.0.
ForwardedResponse write_forwarded_response(const ResponseHead& head, const AnsweredClient& client);

}  // namespace http
