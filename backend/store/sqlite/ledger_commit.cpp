// One commit: first all that could refuse it, then its writes. So a refused one has written
// nothing, and a round needs no savepoints.

#include <algorithm>
#include <utility>

#include "backend/store/sqlite/ledger.h"

namespace backend {

/// How full the queues will be, for those that a commit appends to: mostly one or two.
struct SqliteLedger::Room {
    struct Queue {
        const void* what;
        std::uint64_t stanzas;
        std::uint64_t bytes;
    };
    std::vector<Queue> queues;

    /// Without the session's welcome.
    bool add(const SqliteSession& to, std::size_t stanza) {
        return add(&to, to.last - std::max(to.trimmed, to.welcome),
                   to.queue_bytes - to.welcome_bytes, stanza);
    }
    /// False: it does not fit. `stanzas` and `bytes` are there before the commit.
    bool add(const void* what, std::uint64_t stanzas, std::uint64_t bytes, std::size_t stanza) {
        const auto is_it = [&](const Queue& queue) { return queue.what == what; };
        auto found = std::find_if(queues.begin(), queues.end(), is_it);
        if (found == queues.end()) found = queues.insert(found, {what, stanzas, bytes});
        return ++found->stanzas <= Store::kQueueStanzas &&
               (found->bytes += stanza) <= Store::kQueueBytes;
    }
};

/// What each write of a commit needs; none: it has it.
struct SqliteLedger::Checker {
    using Refusal = std::optional<CommitOutcome>;

    SqliteLedger& ledger;
    const SqliteSession& session;
    bool is_welcome = false;
    Room room{};

    Refusal operator()(const Unchanged& same) {
        const SqliteUser* user = ledger.users_.find(same.user);
        const auto routes = user == nullptr ? 0 : user->routes_version;
        const auto roster = user == nullptr ? 0 : user->roster_version;
        const bool is_same = same.routes_version.value_or(routes) == routes &&
                             same.roster_version.value_or(roster) == roster;
        return is_same ? Refusal() : Stale{};
    }
    Refusal operator()(const Enqueue& queued) {
        const SqliteSession* to = ledger.users_.find(queued.to);
        if (to == nullptr) return Stale{};
        const bool is_bounded = !is_welcome || to != &session;
        if (is_bounded && !room.add(*to, queued.stanza.size())) return QueueFull{queued.to};
        return {};
    }
    Refusal operator()(const CloseSession& closed) {
        const bool is_all = closed.last.value_or(session.last) == session.last;
        return is_all ? Refusal() : Stale{};
    }
    Refusal operator()(const StoreOffline& stored) {
        SqliteUser* user = find_account(stored.user);
        if (user == nullptr || user->routes_version != stored.routes_version) return Stale{};
        const auto& offline = ledger.users_.count_offline(*user);
        if (!room.add(user, offline.stanzas, offline.bytes, stored.stanza.size()))
            return QueueFull{{stored.user, SessionId()}};
        return {};
    }
    template <class Other>
    Refusal operator()(const Other& write) {
        if constexpr (requires { write.user; }) {
            if (find_account(write.user) == nullptr) return Stale{};
        }
        return {};
    }

    SqliteUser* find_account(const std::string& jid) {
        SqliteUser* user = ledger.users_.find(jid);
        return user != nullptr && user->has_account ? user : nullptr;
    }
};

std::optional<CommitOutcome> SqliteLedger::check(const SqliteSession& session,
                                                 const std::vector<Write>& writes) {
    Checker checker{*this, session, welcomes(session, writes)};
    for (const Write& write : writes) {
        if (auto refusal = std::visit(checker, write)) return refusal;
    }
    return std::nullopt;
}

/// Is it the only welcome of the session that its client does not have yet?
bool SqliteLedger::welcomes(const SqliteSession& session, const std::vector<Write>& writes) {
    const auto is_welcome = [](const Write& write) {
        return std::holds_alternative<Welcome>(write);
    };
    return session.trimmed >= session.welcome &&
           std::any_of(writes.begin(), writes.end(), is_welcome);
}

/// The writes of a commit whose conditions hold. What they name is there.
struct SqliteLedger::Applier {
    SqliteLedger& ledger;
    const Asking& asking;
    SqliteSession* session;  // null once it is closed
    Done done{};

    void operator()(Unchanged&) {}
    void operator()(Welcome&) {}
    void operator()(Enqueue& write) {
        if (SqliteSession* to = ledger.users_.find(write.to))
            ledger.enqueue(*to, std::move(write.stanza));
    }
    void operator()(StoreOffline& write) {
        SqliteUser& user = *ledger.users_.find(write.user);
        auto& offline = ledger.users_.count_offline(user);
        ledger.offline_.add.with(user.id, ++offline.last, write.stanza).run();
        ++offline.stanzas;
        offline.bytes += write.stanza.size();
    }
    void operator()(MoveOffline&) { ledger.move_offline(*session); }
    void operator()(Trim& write) { ledger.trim(*session, write.up_to); }
    void operator()(PutRoute& write) { ledger.users_.put_route(*session, std::move(write.route)); }
    void operator()(EnableSm& write) {
        session->has_sm = true;
        session->is_resumable = write.is_resumable;
        session->resume_ms =
            write.is_resumable ? std::chrono::milliseconds(write.resume_time).count() : 0;
        session->counted_from = write.after.value_or(session->last);
    }
    void operator()(SetInactive& write) { session->is_inactive = write.is_inactive; }
    void operator()(Detach&) { session->expires_at = asking.now_ms + session->resume_ms; }
    void operator()(CloseSession&) {
        ledger.users_.remove_session(*session);
        session = nullptr;
    }
    void operator()(PutRosterItem& write) {
        SqliteUser& user = change_roster(write.user);
        const RosterItem& item = write.item;
        const auto groups = join_texts(item.groups);
        ledger.roster_.put
            .with(user.id, item.jid, item.name, groups, static_cast<int>(item.subscription),
                  item.ask, item.approved, item.pending_in, item.is_listed, user.roster_version)
            .run();
    }
    void operator()(RemoveRosterItem& write) {
        ledger.roster_.remove.with(change_roster(write.user).id, write.jid).run();
    }
    void operator()(PutBlocks& write) {
        SqliteUser& user = *ledger.users_.find(write.user);
        const auto joined = join_texts(write.jids);
        ledger.blocks_.put.with(user.id, joined).run();
        user.blocks = std::move(write.jids);
        ++user.routes_version;
        ledger.users_.changed(user);
    }
    void operator()(PutVcard& write) {
        const SqliteUser& user = *ledger.users_.find(write.user);
        if (write.bytes.empty())
            ledger.vcards_.remove.with(user.id).run();
        else
            ledger.vcards_.put.with(user.id, write.bytes).run();
    }
    void operator()(EndOther& write) {
        if (SqliteSession* other = ledger.users_.find(write.session))
            ledger.end_other(asking, *other, write.condition);
    }

    SqliteUser& change_roster(const std::string& jid) {
        SqliteUser& user = *ledger.users_.find(jid);
        done.roster_version = ++user.roster_version;
        ledger.users_.changed(user);
        return user;
    }
};

CommitOutcome SqliteLedger::commit(const Asking& asking, Commit commit) {
    SqliteSession* session = users_.find(commit.session);
    if (session == nullptr || session->epoch != commit.epoch || session->owner != asking.node)
        return Fenced{};
    if (auto refused = check(*session, commit.writes)) return std::move(*refused);
    const bool is_welcome = welcomes(*session, commit.writes);
    if (commit.handled) session->handled = *commit.handled;
    Applier applier{*this, asking, session};
    for (Write& write : commit.writes) std::visit(applier, write);
    if (applier.session == nullptr) return applier.done;
    if (is_welcome) {
        session->welcome = session->last;
        session->welcome_bytes = session->queue_bytes;
    }
    users_.changed(*session);
    return applier.done;
}

void SqliteLedger::enqueue(SqliteSession& session, std::string stanza) {
    queue_.add.with(session.id, ++session.last, stanza).run();
    session.queue_bytes += stanza.size();
    users_.changed(session);
    if (session.owner != 0 && !session.expires_at)
        listener_.queued(session.owner, session, {session.last, std::move(stanza)});
}

void SqliteLedger::move_offline(SqliteSession& session) {
    SqliteUser& user = *session.user;
    if (users_.count_offline(user).stanzas == 0) return;
    auto& row = offline_.find.with(user.id);
    while (row.next()) enqueue(session, row.string(0));
    offline_.remove_all.with(user.id).run();
    user.offline.reset();
}

void SqliteLedger::trim(SqliteSession& session, std::uint64_t up_to) {
    up_to = std::min(up_to, session.last);
    if (up_to <= session.trimmed) return;
    const auto bytes_before = session.queue_bytes;
    if (up_to == session.last) {
        session.queue_bytes = 0;
    } else if (queue_.sum.with(session.id, up_to).next()) {
        session.queue_bytes -= static_cast<std::uint64_t>(queue_.sum.integer(0));
        queue_.sum.close();
    }
    queue_.trim.with(session.id, up_to).run();
    session.trimmed = up_to;
    if (up_to >= session.welcome)
        session.welcome_bytes = 0;
    else
        session.welcome_bytes -= bytes_before - session.queue_bytes;
}

void SqliteLedger::end_other(const Asking& asking, SqliteSession& session,
                             std::string_view condition) {
    const bool is_detached = session.expires_at.has_value();
    if (!is_detached) listener_.must_end(session.owner, session, condition);
    if (is_detached || has_ended_life(session, asking.now_ms)) {
        session.expires_at = std::min(session.expires_at.value_or(asking.now_ms), asking.now_ms);
        users_.changed(session);
    }
}

}  // namespace backend
