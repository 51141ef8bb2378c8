#pragma once
// Who the client is, behind proxies that we trust (X-Forwarded-For, X-Forwarded-Proto). Pure; any
// thread.

#include <functional>

#include "core/endpoint.h"
#include "http/head_fields.h"

namespace http {

using TrustsAddress = std::function<bool(const core::Endpoint&)>;

/// The nearest address that we do not trust, from `peer` on: each proxy vouches for the one in
/// front of it. Where a trusted proxy names nobody, or nothing that is an address, it is the client
/// itself.
core::Endpoint client_behind(const HeadFields& fields, const core::Endpoint& peer,
                             const TrustsAddress& trusts);

/// Does the nearest proxy say that the client came over TLS? Only a trusted one should be asked.
bool says_https(const HeadFields& fields);

}  // namespace http
