#pragma once
// What a backend has offered behind a stream header of one form. A value.

#include <optional>
#include <string>

#include "xmpp/element.h"

namespace proxy {

struct Offer {
    /// The whole features element as a client may see it (xmpp::edit_features applied).
    std::string features;
    /// xmpp::sasl_offer: equal offers are equal text. Backends of one pool have to agree in it.
    std::string sasl;
    /// What the backend's header declares, as xmpp::extra_prefixes has it. nullopt: nobody but the
    /// backend itself can answer in front of what it says.
    std::optional<xmpp::NamespaceBindings> prefixes = xmpp::NamespaceBindings();

    friend bool operator==(const Offer&, const Offer&) = default;
};

}  // namespace proxy
