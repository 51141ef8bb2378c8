#include "proxy/admin/explain_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "conf/findings.h"
#include "conf/terminal_text.h"
#include "conf/units.h"
#include "conf/words.h"
#include "proxy/admin/json_text.h"
#include "proxy/admin/text_table.h"
#include "proxy/pools/member_name.h"

namespace proxy {

namespace {

using balancer::AdminState;
using HealthState = balancer::HealthMachine::State;

constexpr std::size_t kIndent = 10;
constexpr std::size_t kMostNames = 8;

/// Would a session that is asked for now be resumed?
enum class Prospect : std::uint8_t { none, resumes, elsewhere, refused, asked };

const PoolStatus* pool_of(const Explanation& what, const std::vector<PoolStatus>& pools) {
    const auto found = std::ranges::find(pools, what.pool, &PoolStatus::name);
    return found == pools.end() ? nullptr : &*found;
}

const BackendStatus* owner_of(const Explanation& what, const std::vector<PoolStatus>& pools) {
    const PoolStatus* pool = pool_of(what, pools);
    if (pool == nullptr || !what.remembered) return nullptr;
    const auto owner =
        std::ranges::find(pool->backends, what.remembered->backend, &BackendStatus::name);
    return owner == pool->backends.end() ? nullptr : &*owner;
}

/// Logins that wait for their turn (login_rate) where this one would: in the shortest line of the
/// backends that it may go to.
std::uint32_t logins_ahead(const Explanation& what, const std::vector<PoolStatus>& pools) {
    const PoolStatus* pool = pool_of(what, pools);
    if (pool == nullptr) return 0;
    std::optional<std::uint32_t> shortest;
    for (const BackendStatus& each : pool->backends)
        if (std::ranges::find(what.backends, each.name) != what.backends.end())
            shortest = std::min(shortest.value_or(each.logins_waiting), each.logins_waiting);
    return shortest.value_or(0);
}

Prospect prospect_of(const Explanation& what) {
    if (!what.remembered) return Prospect::none;
    if (what.goes_to_session) return Prospect::resumes;
    if (what.resume_anywhere) return Prospect::elsewhere;
    return what.remembered->backend.empty() ? Prospect::asked : Prospect::refused;
}

std::string_view to_string(Prospect prospect) {
    switch (prospect) {
        case Prospect::none: return "nothing_remembered";
        case Prospect::resumes: return "at_owner";
        case Prospect::elsewhere: return "elsewhere";
        case Prospect::refused: return "refused";
        case Prospect::asked: return "owner_unknown";
    }
    return "unknown";
}

std::string names(const std::vector<std::string>& all) {
    std::string text;
    for (std::size_t i = 0; i < std::min(all.size(), kMostNames); ++i)
        text += (i == 0 ? "" : ", ") + all[i];
    if (all.size() > kMostNames) text += fmt::format(" and {} more", all.size() - kMostNames);
    return text;
}

std::string session_words(const Explanation& what) {
    if (what.route == conf::RouteBy::domain)
        return "users are not remembered, since route = \"domain\" chooses before the login";
    if (!what.remembered) return "none is remembered";
    const std::string where = what.remembered->backend.empty()
                                  ? "at a backend that the pool does not have any more"
                                  : "at " + what.remembered->backend;
    if (what.remembered->is_live) return "there is one " + where;
    return fmt::format("one {} may be resumed for {}", where, age_text(what.remembered->left));
}

std::string login_words(const Explanation& what) {
    const std::string_view policy = balance_words(what.balance);
    if (what.refusal == balancer::RouteFailure::all_full)
        return "is refused: all backends are full";
    if (what.backends.empty()) return "is refused: no backend takes new sessions";
    if (what.goes_to_session)
        return fmt::format("goes to {}, where the session is", what.backends[0]);
    if (what.backends.size() == 1)
        return fmt::format("goes to {}, by {}", what.backends[0], policy);
    if (what.balance == conf::Balance::hash_ip)
        return fmt::format("goes by the client's address (--from) to one of {}",
                           names(what.backends));
    return fmt::format("goes by {} to one of {}", policy, names(what.backends));
}

std::string resume_words(const Explanation& what, const BackendStatus* owner, ViewTime now) {
    const std::string state =
        owner == nullptr ? "" : fmt::format("{} is {}", owner->name, state_words(*owner, now));
    switch (prospect_of(what)) {
        case Prospect::none:
            return "works where the client shows the tag of its id with the login (SASL2); else "
                   "only if the same backend is chosen by chance";
        case Prospect::resumes: return "works: " + state;
        case Prospect::elsewhere:
            return fmt::format("is asked for at another backend (resume_anywhere){}{}",
                               state.empty() ? "" : ": ", state);
        case Prospect::refused:
            return fmt::format(
                "is refused with item-not-found: {}, and no other backend is asked "
                "for it",
                state.empty() ? what.remembered->backend + " is gone" : state);
        case Prospect::asked: return "is asked for at the backend that is chosen";
    }
    return {};
}

}  // namespace

std::string explain_text(const Explanation& what, const std::vector<PoolStatus>& pools,
                         ViewTime now) {
    std::string text = wrapped(what.user, 0);
    const auto field = [&text](std::string_view name, const std::string& value) {
        std::string lines = wrapped(value, kIndent);
        text += lines.replace(0, name.size(), name);
    };
    if (what.rule.empty()) {
        field("domain", what.domain + " is not served here: no [domain] is for it");
        return text;
    }
    field("domain", what.rule == what.domain ? what.domain
                                             : fmt::format("{}, by [domain.{}]", what.domain,
                                                           conf::in_quotes(what.rule)));
    field("pool", fmt::format("{}, {}", what.pool, balance_words(what.balance)));
    field("session", session_words(what));
    field("login", login_words(what));
    if (const std::uint32_t ahead = logins_ahead(what, pools); ahead > 0)
        field("turn", fmt::format("comes after {} that wait, {} a second (login_rate)",
                                  counted(ahead, "login"), pool_of(what, pools)->login_rate));
    if (what.route == conf::RouteBy::user)
        field("resume", resume_words(what, owner_of(what, pools), now));
    return text;
}

std::string explain_json(const Explanation& what, const std::vector<PoolStatus>& pools,
                         ViewTime now) {
    std::string session = "null";
    if (what.remembered) {
        const BackendStatus* owner = owner_of(what, pools);
        session = JsonObject()
                      .text_or_null("backend", what.remembered->backend)
                      .text_or_null("state", owner == nullptr ? "" : state_words(*owner, now))
                      .flag("is_live", what.remembered->is_live)
                      .number_or_null("resumable_seconds",
                                      what.remembered->is_live
                                          ? std::nullopt
                                          : std::optional(what.remembered->left.count()))
                      .done();
    }
    const bool is_served = !what.rule.empty();
    return JsonObject()
               .text("user", what.user)
               .text("domain", what.domain)
               .text_or_null("rule", what.rule)
               .text_or_null("pool", what.pool)
               .text_or_null("balance", is_served ? balance_words(what.balance) : "")
               .text_or_null("route", is_served
                                          ? conf::word_of<conf::RouteBy>(conf::kRoutes, what.route)
                                          : std::string_view())
               .raw("session", session)
               .flag("goes_to_session", what.goes_to_session)
               .raw("backends", json_texts(what.backends))
               .number("logins_ahead", logins_ahead(what, pools))
               .text_or_null("refusal", what.refusal ? balancer::to_string(*what.refusal) : "")
               .text_or_null("resume", is_served ? to_string(prospect_of(what)) : "")
               .done() +
           '\n';
}

}  // namespace proxy
