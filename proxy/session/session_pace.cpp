// The rate of a session's client ([limits.rate]): it is kept by reading more slowly, so nothing is
// lost and all stays in order.

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "proxy/session/client_pace.h"
#include "proxy/session/session.h"

namespace proxy {

std::size_t Session::relay_at_rate(std::string_view window) {
    if (opening_.second() == nullptr) opening_.set_second(std::make_unique<ClientPace>());
    ClientPace& pace = *opening_.second();
    std::size_t done = 0;
    std::size_t least = 0;  // where a smaller part held no whole element
    while (done < window.size() && !pace.is_link_full) {
        const auto now = host_.now();
        const conf::RateLimits& rate = host_.limits().rate;
        const std::size_t share = pace.rate.share(rate, now);
        if (share == 0) break;
        // What has been scanned must be there again.
        const std::string_view part =
            window.substr(done, std::max({share, least, relay_.scanned_of_client()}));
        const ClientRate::Used before{0, relay_.stanzas_in(), pace.others};
        const std::size_t taken = relay_some(part);
        if (stage_ != Stage::relaying) return window.size();
        pace.rate.take({taken, relay_.stanzas_in() - before.stanzas, pace.others - before.others},
                       rate, now);
        if (rate.end_floods && pace.rate.is_flood(rate, now)) {
            end_with_error(EndReason::flood, xmpp::StreamErrorCondition::policy_violation,
                           "too many presences and queries", "presence_or_iq");
            return window.size();
        }
        done += taken;
        least = taken > 0 ? 0 : 2 * part.size();
        if (taken == 0 && part.size() == window.size() - done) break;
    }
    pause_if_in_debt(pace);
    return done;
}

void Session::pause_if_in_debt(ClientPace& pace) {
    const auto now = host_.now();
    const conf::RateLimits& rate = host_.limits().rate;
    if (pace.is_paused || !pace.rate.is_in_debt(rate, now)) return;
    if (pace.end_of_pause == nullptr) {
        pace.end_of_pause = host_.make_deadline([this] { go_on_reading(); });
        host_.note_slowed(identity());
    }
    pace.is_paused = true;
    pace.paused_at = now;
    client_->pause_reading();
    pace.end_of_pause->start(pace.rate.pause(rate, now));
}

void Session::go_on_reading() {
    end_pause();
    const ClientPace& pace = *opening_.second();
    if (stage_ == Stage::relaying && !pace.is_link_full) client_->resume_reading();
}

void Session::end_pause() {
    ClientPace* const pace = opening_.second();
    if (pace == nullptr || !pace->is_paused) return;
    pace->is_paused = false;
    host_.note_pause(link_->pool_name(), std::chrono::duration_cast<std::chrono::milliseconds>(
                                             host_.now() - pace->paused_at));
}

}  // namespace proxy
