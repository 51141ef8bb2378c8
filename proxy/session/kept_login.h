#pragma once
// The element with which a client began its login, kept between the features that the proxy
// answered with and those of the backend that is to get it.

#include <optional>
#include <string>

#include "core/strong.h"
#include "xmpp/element.h"
#include "xmpp/sasl_element.h"

namespace proxy {

using LoginElement = core::Secret<struct LoginElementTag>;

struct KeptLogin {
    LoginElement element;                                              // as it came
    xmpp::NamespaceBindings client_bindings = xmpp::usual_bindings();  // of the client's header
    /// None: it is no login yet, but an iq (in-band registration).
    std::optional<xmpp::SaslProfile> profile = {};
    std::string mechanism = {};  // as sent; empty without one
    /// We have offered this mechanism to the client, so the backend must offer it; of any other the
    /// backend is the judge.
    bool is_offered = false;
    /// What the header that the client has declares beyond the usual; the backend may not count on
    /// more.
    xmpp::NamespaceBindings prefixes = {};
};

}  // namespace proxy
