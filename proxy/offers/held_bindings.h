#pragma once
// What clients of a backend can bind their logins to, by how the backend is configured. Pure.

#include "conf/config.h"
#include "xmpp/stream_features.h"

namespace proxy {

constexpr xmpp::HeldBindings held_bindings(conf::ChannelBinding binding) {
    switch (binding) {
        case conf::ChannelBinding::none: break;
        case conf::ChannelBinding::told: return xmpp::HeldBindings::all;
        case conf::ChannelBinding::same_certificate: return xmpp::HeldBindings::end_point;
    }
    return xmpp::HeldBindings::none;
}

}  // namespace proxy
