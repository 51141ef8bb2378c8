#pragma once
// What a stream has to know until its resource is bound, and may forget then. A part of
// backend/stream/stream; owned by it.

#include <optional>
#include <string>

#include "backend/stream/sasl_negotiation.h"
#include "backend/stream/stream_actions.h"

namespace backend {

struct StreamLogin {
    ConnectionFacts facts;
    std::string domain;          // prepared `to` of the last header; empty before
    std::string client_address;  // `from` of the last header, as given; empty: no user's
    std::optional<SaslNegotiation> sasl;
    std::string user;                     // prepared bare JID; empty before SASL success
    std::optional<BindRequest> bind;      // the iq that waits for its session
    std::optional<ResumeRequest> resume;  // that waits for its session
    OpenSession session;                  // that was asked for
    unsigned conflicts = 0;               // of the resources asked for so far
    std::string failed_resume;            // XML: what <success/> is to say of the inline resume
    bool answers_inline = false;          // <success/> of XEP-0388 is still to come
};

}  // namespace backend
