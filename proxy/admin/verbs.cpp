// What each command does is a call of Performer; what it shows is made in admin/views and
// admin/json.

#include "proxy/admin/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "conf/findings.h"
#include "conf/near_name.h"
#include "conf/units.h"
#include "proxy/admin/command.h"
#include "proxy/admin/echo.h"
#include "proxy/admin/explain_view.h"
#include "proxy/admin/json.h"
#include "proxy/admin/text_table.h"
#include "proxy/admin/views.h"
#include "proxy/session/pseudonym.h"

namespace proxy {

namespace {

constexpr int kDone = 0;
constexpr int kRefused = 1;
constexpr int kNotUnderstood = 2;

using OnDone = std::function<void(AdminOutcome)>;

ViewTime now() {
    return {std::chrono::system_clock::now(), core::Clock::now()};
}

AdminOutcome failure(bool json, std::string_view what, int code = kRefused) {
    return {{code, json ? error_json(what) : fmt::format("stanzagate: {}\n", what)}, {}};
}

std::string with_hint(std::string what, const std::string& hint) {
    return hint.empty() ? what : fmt::format("{} ({})", what, hint);
}

template <class Named>
std::string unknown_among(std::string what, std::string_view name,
                          const std::vector<Named>& known) {
    std::vector<std::string_view> names;
    for (const Named& candidate : known) names.push_back(candidate.name);
    return with_hint(std::move(what), conf::did_you_mean(name, names));
}

template <class Named>
const Named* find_named(const std::vector<Named>& among, std::string_view name) {
    const auto found = std::find_if(among.begin(), among.end(),
                                    [&](const Named& item) { return item.name == name; });
    return found == among.end() ? nullptr : &*found;
}

std::string unknown_pool(std::string_view name, const std::vector<PoolStatus>& pools) {
    return unknown_among("there is no pool " + conf::in_quotes(name), name, pools);
}

/// What is wrong with a member's name, or "".
std::string problem_of(const SessionFilter& filter, const std::vector<PoolStatus>& pools) {
    const PoolStatus* pool = find_named(pools, filter.pool);
    if (pool == nullptr) return unknown_pool(filter.pool, pools);
    if (find_named(pool->backends, filter.backend) != nullptr) return {};
    return unknown_among(fmt::format("pool {} has no backend {}", conf::in_quotes(filter.pool),
                                     conf::in_quotes(filter.backend)),
                         filter.backend, pool->backends);
}

/// One command on its way.
struct Performer {
    AdminTarget& target;
    bool json;
    OnDone on_done;

    void operator()(const StatusCommand&) const {
        const ServerStatus status = target.status();
        done(json ? status_json(status, now()) : status_text(status, now()));
    }

    void operator()(const BackendsCommand& command) const {
        std::vector<PoolStatus> pools = target.status().pools;
        if (!command.pool.empty()) {
            const PoolStatus* pool = find_named(pools, command.pool);
            if (pool == nullptr) return fail(unknown_pool(command.pool, pools));
            pools = {PoolStatus(*pool)};
        }
        done(json ? backends_json(pools, now()) : backends_text(pools, now()));
    }

    void operator()(const SessionsCommand& command) const {
        const auto on_found = [self = *this, filter = command.filter](
                                  const std::vector<SessionFacts>& found, std::uint64_t matching) {
            // Sessions may be left of a backend that a reload has removed: so the sessions first.
            if (matching == 0 && !filter.backend.empty()) {
                const std::string problem = problem_of(filter, self.target.status().pools);
                if (!problem.empty()) return self.fail(problem);
            }
            const std::string in_log = filter.user.empty() ? "" : pseudonym(filter.user);
            self.done(self.json ? sessions_json(in_log, found, matching)
                                : sessions_text(filter, in_log, found, matching));
        };
        target.find_sessions(command.filter, command.most, on_found);
    }

    void operator()(const ExplainCommand& command) const {
        const Explanation found = target.explain(command.user, command.client);
        const std::vector<PoolStatus> pools = target.status().pools;
        done(json ? explain_json(found, pools, now()) : explain_text(found, pools, now()));
    }

    void operator()(const CertificatesCommand&) const {
        const ShownCertificates shown = target.certificates();
        done(json ? certificates_json(shown, now().wall) : certificates_text(shown, now().wall));
    }

    void operator()(const DriftCommand& command) const {
        const Drift drift = target.drift();
        if (command.as_state) return done(write_live_state(drift.live));
        done(json ? drift_json(drift) : drift_text(drift));
    }

    void operator()(const WeightCommand& command) const {
        const auto before =
            target.set_weight(command.member.pool, command.member.backend, command.weight);
        if (!before) return fail(before.error());
        changed(json ? weight_json(command, *before, target.keeping())
                     : weight_text(command, *before, target.keeping()),
                {"weight", fmt::format("{} weight={}", command.member.text(), command.weight)});
    }

    void operator()(const StateCommand& command) const {
        const auto before = target.set_admin_state(command.member.pool, command.member.backend,
                                                   command.state, command.over);
        if (!before) return fail(before.error());
        std::string changes = command.member.text();
        if (command.over.count() != 0) changes += " over=" + conf::time_text(command.over);
        changed(json ? state_json(command, *before, target.keeping())
                     : state_text(command, *before, target.keeping()),
                {std::string(balancer::to_string(command.state)), std::move(changes)});
    }

    void operator()(const KickCommand& command) const {
        target.kick(command.filter, [self = *this, command](std::uint64_t ended) {
            const SessionFilter& filter = command.filter;
            if (ended == 0) {
                return self.fail(filter.user.empty()
                                     ? "there is no session " + conf::in_quotes(filter.id)
                                     : "no session of " + conf::in_quotes(filter.user));
            }
            self.changed(self.json ? kick_json(ended) : kick_text(command, ended),
                         {"kick", filter.user.empty()
                                      ? filter.id
                                      : fmt::format("one user's {}", counted(ended, "session"))});
        });
    }

    void operator()(const ReloadCommand&) const {
        target.reload([self = *this](const ReloadResult& result) {
            const std::string file = self.target.status().config_file;
            std::string text =
                self.json ? reload_json(result, now()) : reload_text(result, file, now().wall);
            if (result.is_applied) return self.changed(std::move(text), {"reload", file});
            self.on_done({{kRefused, std::move(text)}, {}});
        });
    }

    void operator()(const UpgradeCommand&) const {
        target.upgrade([self = *this](core::Result<Upgraded, std::string> upgraded) {
            if (!upgraded) return self.fail("not upgraded: " + upgraded.error());
            self.changed(self.json ? upgrade_json(*upgraded) : upgrade_text(*upgraded),
                         {"upgrade", fmt::format("pid={}", upgraded->pid)});
        });
    }

    void done(std::string text) const { on_done({{kDone, std::move(text)}, {}}); }
    void changed(std::string text, AdminChange change) const {
        on_done({{kDone, std::move(text)}, std::move(change)});
    }
    void fail(std::string_view what) const { on_done(failure(json, what)); }
};

}  // namespace

void perform_admin_verb(AdminTarget& target, const std::vector<std::string>& words,
                        OnDone on_done) {
    const bool json = wants_json(words);
    const auto call = read_call(words);
    if (!call) return on_done(failure(json, call.error().sentence(), kNotUnderstood));
    if (!call->verb->is_remote || call->wants_help) {
        return on_done(
            failure(json, fmt::format("{} is no command for the running process", call->verb->name),
                    kNotUnderstood));
    }
    const auto command = read_admin_command(*call);
    if (!command) return on_done(failure(json, command.error().sentence(), kNotUnderstood));
    std::visit(Performer{target, command->json, std::move(on_done)}, command->what);
}

}  // namespace proxy
