#pragma once
// What a stream of the bundled server offers, written (RFC 6120 section 4.3.2): exactly what it
// does, here and now. Pure; any thread.

#include <string>
#include <string_view>

#include "backend/stream/sasl.h"

namespace backend {

/// The stages at which features are sent.
struct LoginFeatures {
    SaslOffer offer;
    bool sasl2 = false;          // XEP-0388, with Bind 2 and resumption inline
    std::size_t stanza_bytes{};  // XEP-0478: the most that is taken now
    std::string_view more;       // XML, as it is
};
std::string write_features(const LoginFeatures& features);

struct SessionFeatures {
    bool bind = false;               // a resource is still to be bound, or a session resumed
    bool stream_management = false;  // can be asked for
    std::size_t stanza_bytes{};
    std::string_view more;  // XML, as it is
};
std::string write_features(const SessionFeatures& features);

}  // namespace backend
