#pragma once
// An IQ request that the server answers itself, opened. Pure; any thread.

#include <string>

#include "backend/rules/stanza.h"
#include "xmpp/element.h"

namespace backend {

struct IqRequest {
    const Stanza& iq;
    xmpp::Element payload;  // its one child element
    bool is_set = false;    // else get
    std::string user;       // on whose behalf; empty: the server's own
};

}  // namespace backend
