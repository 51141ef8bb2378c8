#include "core/proxy_header.h"

namespace core {

bool ProxyHeader::has_addresses() const {
    return !is_local && source.family() != Endpoint::Family::none &&
           destination.family() != Endpoint::Family::none;
}

bool ProxyHeader::is_v6() const {
    return !(source.is_v4() && destination.is_v4());
}

}  // namespace core
