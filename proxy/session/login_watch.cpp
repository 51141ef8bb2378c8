#include "proxy/session/login_watch.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/ascii.h"

namespace proxy {
namespace {

constexpr std::uint32_t kFirstTold = 10;
constexpr std::size_t kMechanismBytes = 20;  // RFC 4422 section 3.1

bool is_mechanism(std::string_view name) {
    return name.size() <= kMechanismBytes && std::all_of(name.begin(), name.end(), [](char c) {
               return core::is_ascii_alphanumeric(c) || c == '-' || c == '_';
           });
}

}  // namespace

void LoginWatch::begin(std::string_view mechanism, std::string_view user) {
    mechanism_ = is_mechanism(mechanism) ? mechanism : std::string_view();
    user_ = user;
    ++unanswered_;
}

void LoginWatch::fail(std::string_view condition) {
    const bool is_the_last = unanswered_ <= 1;
    if (unanswered_ > 0) --unanswered_;
    // The client has changed its mind (RFC 6120 section 6.5.1): nobody was refused.
    if (condition == "aborted") return;
    ++failures_;
    ++untold_.count;
    if (condition != "temporary-auth-failure") ++untold_.guesses;
    if (failures_ > kFirstTold && !std::has_single_bit(failures_)) return;
    untold_.told.push_back({.mechanism = is_the_last ? mechanism_ : std::string(),
                            .user = is_the_last ? user_ : std::string(),
                            .condition = condition,
                            .attempt = failures_});
}

FailedLogins LoginWatch::take() {
    return std::exchange(untold_, {});
}

}  // namespace proxy
