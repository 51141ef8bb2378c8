#include "proxy/web/bosh_keys.h"

#include <algorithm>

#include "core/ascii.h"
#include "core/digest.h"
#include "core/hex.h"

namespace proxy {

bool BoshKeys::accept(const xmpp::BoshBody& request) {
    const bool must_follow = !expected_.empty();
    if (must_follow && core::hex(core::sha1(request.key.reveal())) != expected_) return false;
    if (!must_follow && request.newkey.empty() && request.key.empty()) return true;
    expected_ =
        core::ascii_lower(request.newkey.empty() ? request.key.reveal() : request.newkey.reveal());
    if (recent_.size() == kRecentMost) recent_.erase(recent_.begin());
    recent_.emplace_back(request.rid, request.key);
    return true;
}

bool BoshKeys::is_repeat(const xmpp::BoshBody& request) const {
    const auto found = std::find_if(recent_.begin(), recent_.end(),
                                    [&](const auto& entry) { return entry.first == request.rid; });
    return found == recent_.end() || found->second == request.key;
}

}  // namespace proxy
