#include "backend/store/sqlite/ledger.h"

#include <algorithm>
#include <utility>

namespace backend {

namespace {

/// Where the versions of a new user begin: beyond all that a former user of that name had, whatever
/// clients remember of it.
std::uint64_t first_version(std::int64_t now_ms) {
    return static_cast<std::uint64_t>(now_ms) * 1'000;
}

}  // namespace

SqliteLedger::SqliteLedger(SqliteDatabase& database, SqliteListener& listener)
    : listener_(listener),
      users_(database),
      lives_(database),
      data_version_(database, "PRAGMA data_version"),
      accounts_(database),
      roster_(database),
      blocks_(database),
      vcards_(database),
      secrets_(database),
      offline_(database),
      queue_(database),
      over_(database) {}

// --- lives --------------------------------------------------------------------------------------

std::int64_t SqliteLedger::data_version() {
    const auto version = data_version_.with().next() ? data_version_.integer(0) : 0;
    data_version_.close();
    return version;
}

bool SqliteLedger::has_missed_something() {
    return data_version() != seen_version_;
}

bool SqliteLedger::catch_up(std::int64_t now_ms) {
    constexpr auto kLease = Store::kLeaseTime.count();
    if (caught_up_ms_ != 0 && now_ms - caught_up_ms_ > kLease / 2)
        lives_.trust_all(now_ms + kLease);
    caught_up_ms_ = now_ms;
    const auto version = data_version();
    if (version == seen_version_) return false;
    seen_version_ = version;
    users_.clear();
    lives_.reload();
    return true;
}

void SqliteLedger::renew_lease(const Asking& asking) {
    for (const NodeLife former : lives_.former(asking.node, asking.name, asking.now_ms))
        end_life(former, asking.now_ms);
    lives_.renew(asking.node, asking.name, asking.now_ms);
}

void SqliteLedger::end_life(NodeLife node, std::int64_t now_ms) {
    users_.flush();  // the rows are changed
    lives_.end(node, now_ms);
    users_.clear();
}

bool SqliteLedger::has_ended_life(const SqliteSession& session, std::int64_t now_ms) const {
    const auto lease = lives_.lease(session.owner);
    return !lease || *lease <= now_ms;
}

bool SqliteLedger::is_expired(const SqliteSession& session, std::int64_t now_ms) const {
    if (session.expires_at) return *session.expires_at <= now_ms;
    const auto lease = lives_.lease(session.owner);
    return lease && *lease + session.resume_ms <= now_ms;
}

std::vector<SessionRef> SqliteLedger::find_expired(const Asking& asking, std::size_t most) {
    users_.flush();  // the rows are searched
    std::vector<SessionRef> found;
    const auto take_rows = [&](SqliteStatement& row) {
        while (row.next()) found.push_back({row.string(0), SessionId(row.string(1))});
    };
    take_rows(over_.expired.with(asking.now_ms, std::uint64_t{most}));
    for (const NodeLife node : lives_.lapsed(asking.now_ms)) {
        if (found.size() >= most) break;
        const auto ago = asking.now_ms - *lives_.lease(node);
        take_rows(over_.lapsed.with(node, ago, std::uint64_t{most - found.size()}));
    }
    return found;
}

void SqliteLedger::undone() {
    users_.clear();
    seen_version_.reset();
}

// --- accounts -----------------------------------------------------------------------------------

std::optional<Account> SqliteLedger::find_account(const std::string& user) {
    std::optional<Account> account;
    auto& row = accounts_.find.with(user);
    if (row.next()) {
        const auto keys = [&](int at) {
            return ScramKeys{row.string(at), static_cast<std::uint32_t>(row.integer(at + 1)),
                             decltype(ScramKeys::stored_key)(row.string(at + 2)),
                             decltype(ScramKeys::server_key)(row.string(at + 3))};
        };
        account = Account{user, keys(0), keys(4)};
    }
    row.close();
    return account;
}

Done SqliteLedger::put_account(const Asking& asking, const Account& account) {
    SqliteUser& user = users_.find_or_add(account.user, first_version(asking.now_ms));
    const auto& sha1 = account.sha1;
    const auto& sha256 = account.sha256;
    accounts_.put
        .with(user.id, sha1.salt, sha1.iterations, sha1.stored_key.reveal(),
              sha1.server_key.reveal(), sha256.salt, sha256.iterations, sha256.stored_key.reveal(),
              sha256.server_key.reveal())
        .run();
    user.has_account = true;
    return {};
}

bool SqliteLedger::remove_account(const Asking& asking, const std::string& jid) {
    SqliteUser* user = users_.find(jid);
    if (user == nullptr || !user->has_account) return false;
    for (auto* statement : {&accounts_.remove, &roster_.remove_all, &blocks_.remove,
                            &vcards_.remove, &offline_.remove_all})
        statement->with(user->id).run();
    user->has_account = false;
    user->blocks.clear();
    user->offline.reset();
    ++user->routes_version;
    ++user->roster_version;
    users_.changed(*user);
    for (const auto& session : user->sessions) {
        session->is_resumable = false;
        session->resume_ms = 0;
        end_other(asking, *session, "not-authorized");
    }
    users_.remove_if_unused(*user);
    return true;
}

std::vector<std::string> SqliteLedger::list_accounts() {
    std::vector<std::string> listed;
    auto& row = accounts_.list.with();
    while (row.next()) listed.push_back(row.string(0));
    return listed;
}

// --- reading ------------------------------------------------------------------------------------

std::vector<UserSnapshot> SqliteLedger::read_users(const std::vector<Store::Wanted>& wanted) {
    std::vector<UserSnapshot> snapshots(wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const SqliteUser* user = users_.find(wanted[i].user);
        if (user == nullptr) continue;
        UserSnapshot& snapshot = snapshots[i];
        snapshot.exists = user->has_account;
        snapshot.routes_version = user->routes_version;
        snapshot.routes.reserve(user->sessions.size());
        for (const auto& session : user->sessions) snapshot.routes.push_back(session->route);
        if (wanted[i].roster) snapshot.roster = read_roster(*user);
        if (wanted[i].blocks) snapshot.blocks = user->blocks;
    }
    return snapshots;
}

Roster SqliteLedger::read_roster(const SqliteUser& user) {
    Roster roster{.version = user.roster_version, .items = {}};
    auto& row = roster_.find.with(user.id);
    while (row.next())
        roster.items.push_back({.jid = row.string(0),
                                .name = row.string(1),
                                .groups = split_texts(row.bytes(2)),
                                .subscription = static_cast<Subscription>(row.integer(3)),
                                .ask = row.integer(4) != 0,
                                .approved = row.integer(5) != 0,
                                .pending_in = row.string(6),
                                .is_listed = row.integer(7) != 0,
                                .changed_at = static_cast<std::uint64_t>(row.integer(8))});
    return roster;
}

std::string SqliteLedger::read_vcard(const std::string& user) {
    std::string bytes;
    if (vcards_.find.with(user).next()) bytes = vcards_.find.string(0);
    vcards_.find.close();
    return bytes;
}

SharedSecret SqliteLedger::share_secret(const std::string& name, const SharedSecret& fresh) {
    secrets_.put.with(name, fresh.reveal()).run();
    SharedSecret kept;
    if (secrets_.find.with(name).next()) kept = SharedSecret(secrets_.find.string(0));
    secrets_.find.close();
    return kept;
}

// --- sessions -----------------------------------------------------------------------------------

CommitOutcome SqliteLedger::open_session(const Asking& asking, const SessionRef& ref,
                                         std::string resource) {
    SqliteUser* user = users_.find(ref.user);
    if (user == nullptr || !user->has_account) return Stale{};
    Route route;
    route.resource = std::move(resource);
    route.session = ref.id;
    route.node = asking.name;
    if (users_.add_session(*user, std::move(route), asking.node) == nullptr) return Stale{};
    return Done{};
}

std::variant<TakenSession, TakeFailure> SqliteLedger::take_session(const Asking& asking,
                                                                   const SessionRef& ref,
                                                                   TakeReason reason) {
    SqliteSession* session = users_.find(ref);
    if (session == nullptr) return TakeFailure::not_found;
    if (reason == TakeReason::expire && !is_expired(*session, asking.now_ms))
        return TakeFailure::not_found;
    if (session->owner != 0) listener_.taken(session->owner, *session, session->epoch);
    ++session->epoch;
    session->owner = asking.node;
    session->expires_at.reset();
    users_.changed(*session);
    const auto resume_time = std::chrono::milliseconds(session->resume_ms);
    return TakenSession{
        .record = {.ref = ref,
                   .resource = session->route.resource,
                   .owner = asking.name,
                   .epoch = session->epoch,
                   .has_sm = session->has_sm,
                   .is_resumable = session->is_resumable,
                   .resume_time = std::chrono::duration_cast<std::chrono::seconds>(resume_time),
                   .counted_from = session->counted_from,
                   .trimmed = session->trimmed,
                   .handled = session->handled,
                   .is_inactive = session->is_inactive,
                   .route = session->route},
        .queue = read_queue(*session)};
}

std::vector<QueuedStanza> SqliteLedger::read_queue(const SqliteSession& session) {
    std::vector<QueuedStanza> queue;
    queue.reserve(session.queue_size());
    auto& row = queue_.find.with(session.id, session.trimmed);
    while (row.next()) queue.push_back({static_cast<std::uint64_t>(row.integer(0)), row.string(1)});
    return queue;
}

}  // namespace backend
