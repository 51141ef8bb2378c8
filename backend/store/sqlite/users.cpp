#include "backend/store/sqlite/users.h"

#include <algorithm>
#include <utility>

namespace backend {

std::string join_texts(const std::vector<std::string>& texts) {
    std::string joined;
    for (const auto& text : texts) joined.append(text).push_back('\0');
    return joined;
}

std::vector<std::string> split_texts(std::string_view joined) {
    std::vector<std::string> texts;
    while (!joined.empty()) {
        const auto end = std::min(joined.find('\0'), joined.size());
        texts.emplace_back(joined.substr(0, end));
        joined.remove_prefix(std::min(end + 1, joined.size()));
    }
    return texts;
}

SessionRef SqliteSession::ref() const {
    return {user->jid, route.session};
}

SqliteUsers::SqliteUsers(SqliteDatabase& database)
    : find_user_(database,
                 "SELECT id, routes_version, roster_version,"
                 " EXISTS (SELECT 1 FROM accounts WHERE user = users.id)"
                 " FROM users WHERE jid = ?"),
      add_user_(database,
                "INSERT INTO users (jid, routes_version, roster_version) VALUES (?, ?, ?)"
                " RETURNING id"),
      update_user_(database,
                   "UPDATE users SET routes_version = ?, roster_version = ? WHERE id = ?"),
      delete_user_(database, "DELETE FROM users WHERE id = ?"),
      find_blocks_(database, "SELECT jids FROM blocks WHERE user = ?"),
      count_offline_(database,
                     "SELECT count(*), ifnull(sum(length(stanza)), 0), ifnull(max(number), 0)"
                     " FROM offline WHERE user = ?"),
      find_sessions_(database,
                     "SELECT id, secret, resource, owner, epoch, has_sm, is_resumable, resume_ms,"
                     " counted_from, handled, is_inactive, trimmed, last, queue_bytes, expires_at,"
                     " node, priority, presence, wants_roster, wants_blocks, carbons, directed,"
                     " welcome, welcome_bytes"
                     " FROM sessions JOIN routes ON session = id WHERE user = ? ORDER BY id"),
      find_secret_(database, "SELECT 1 FROM sessions WHERE secret = ?"),
      add_session_(database,
                   "INSERT INTO sessions (user, secret, resource, owner) VALUES (?, ?, ?, ?)"
                   " RETURNING id"),
      update_session_(database,
                      "UPDATE sessions SET owner = ?, epoch = ?, has_sm = ?, is_resumable = ?,"
                      " resume_ms = ?, counted_from = ?, handled = ?, is_inactive = ?, trimmed = ?,"
                      " last = ?, queue_bytes = ?, welcome = ?, welcome_bytes = ?,"
                      " expires_at = ? WHERE id = ?"),
      delete_session_(database, "DELETE FROM sessions WHERE id = ?"),
      delete_route_(database, "DELETE FROM routes WHERE session = ?"),
      delete_queue_(database, "DELETE FROM queue WHERE session = ?"),
      put_route_(database,
                 "INSERT OR REPLACE INTO routes (session, node, priority, presence, wants_roster,"
                 " wants_blocks, carbons, directed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)") {}

SqliteUser* SqliteUsers::find(const std::string& jid) {
    if (const auto found = young_.find(jid); found != young_.end()) return found->second.get();
    std::unique_ptr<SqliteUser> user;
    if (const auto found = old_.find(jid); found != old_.end()) {
        user = std::move(found->second);
        old_.erase(found);
    } else {
        user = load(jid);
    }
    if (!user) return nullptr;
    return young_.emplace(jid, std::move(user)).first->second.get();
}

SqliteSession* SqliteUsers::find(const SessionRef& ref) {
    SqliteUser* user = find(ref.user);
    if (user == nullptr) return nullptr;
    const auto is_it = [&](const auto& session) { return session->route.session == ref.id; };
    const auto found = std::find_if(user->sessions.begin(), user->sessions.end(), is_it);
    return found == user->sessions.end() ? nullptr : found->get();
}

std::unique_ptr<SqliteUser> SqliteUsers::load(const std::string& jid) {
    if (!find_user_.with(jid).next()) return nullptr;
    auto user = std::make_unique<SqliteUser>();
    user->id = find_user_.integer(0);
    user->jid = jid;
    user->routes_version = static_cast<std::uint64_t>(find_user_.integer(1));
    user->roster_version = static_cast<std::uint64_t>(find_user_.integer(2));
    user->has_account = find_user_.integer(3) != 0;
    find_user_.close();
    if (find_blocks_.with(user->id).next()) user->blocks = split_texts(find_blocks_.bytes(0));
    find_blocks_.close();
    load_sessions(*user);
    return user;
}

void SqliteUsers::load_sessions(SqliteUser& user) {
    auto& row = find_sessions_.with(user.id);
    while (row.next()) {
        auto session = std::make_unique<SqliteSession>();
        session->id = row.integer(0);
        session->user = &user;
        session->route.session = SessionId(row.string(1));
        session->route.resource = row.string(2);
        session->owner = static_cast<NodeLife>(row.integer(3));
        session->epoch = static_cast<Epoch>(row.integer(4));
        session->has_sm = row.integer(5) != 0;
        session->is_resumable = row.integer(6) != 0;
        session->resume_ms = row.integer(7);
        session->counted_from = static_cast<std::uint64_t>(row.integer(8));
        session->handled = static_cast<std::uint32_t>(row.integer(9));
        session->is_inactive = row.integer(10) != 0;
        session->trimmed = static_cast<std::uint64_t>(row.integer(11));
        session->last = static_cast<std::uint64_t>(row.integer(12));
        session->queue_bytes = static_cast<std::uint64_t>(row.integer(13));
        if (!row.is_null(14)) session->expires_at = row.integer(14);
        session->route.node = NodeName(row.string(15));
        if (!row.is_null(16)) session->route.priority = static_cast<std::int8_t>(row.integer(16));
        session->route.presence = row.string(17);
        session->route.wants_roster = row.integer(18) != 0;
        session->route.wants_blocks = row.integer(19) != 0;
        session->route.carbons = row.integer(20) != 0;
        session->route.directed = split_texts(row.bytes(21));
        session->welcome = static_cast<std::uint64_t>(row.integer(22));
        session->welcome_bytes = static_cast<std::uint64_t>(row.integer(23));
        user.sessions.push_back(std::move(session));
    }
}

SqliteUser& SqliteUsers::find_or_add(const std::string& jid, std::uint64_t first_version) {
    if (SqliteUser* user = find(jid)) return *user;
    auto user = std::make_unique<SqliteUser>();
    user->jid = jid;
    user->routes_version = user->roster_version = first_version;
    if (add_user_.with(jid, first_version, first_version).next()) user->id = add_user_.integer(0);
    add_user_.close();
    return *young_.emplace(jid, std::move(user)).first->second;
}

SqliteOffline& SqliteUsers::count_offline(SqliteUser& user) {
    if (!user.offline) {
        user.offline.emplace();
        if (count_offline_.with(user.id).next()) {
            user.offline->stanzas = static_cast<std::uint64_t>(count_offline_.integer(0));
            user.offline->bytes = static_cast<std::uint64_t>(count_offline_.integer(1));
            user.offline->last = static_cast<std::uint64_t>(count_offline_.integer(2));
        }
        count_offline_.close();
    }
    return *user.offline;
}

SqliteSession* SqliteUsers::add_session(SqliteUser& user, Route route, NodeLife owner) {
    for (const auto& other : user.sessions)
        if (other->route.resource == route.resource) return nullptr;
    const bool is_secret_taken = find_secret_.with(route.session.reveal()).next();
    find_secret_.close();
    if (is_secret_taken) return nullptr;
    auto session = std::make_unique<SqliteSession>();
    session->user = &user;
    session->route = std::move(route);
    session->owner = owner;
    if (add_session_.with(user.id, session->route.session.reveal(), session->route.resource, owner)
            .next())
        session->id = add_session_.integer(0);
    add_session_.close();
    write_route(*session);
    ++user.routes_version;
    changed(user);
    changed(*session);
    return user.sessions.emplace_back(std::move(session)).get();
}

void SqliteUsers::remove_session(SqliteSession& session) {
    delete_session_.with(session.id).run();
    delete_route_.with(session.id).run();
    delete_queue_.with(session.id).run();
    changed_sessions_.erase(&session);
    SqliteUser& user = *session.user;
    ++user.routes_version;
    changed(user);
    std::erase_if(user.sessions, [&](const auto& each) { return each.get() == &session; });
    remove_if_unused(user);
}

void SqliteUsers::remove_if_unused(SqliteUser& user) {
    if (user.has_account || !user.sessions.empty()) return;
    delete_user_.with(user.id).run();
    changed_users_.erase(&user);
    young_.erase(std::string(user.jid));
}

void SqliteUsers::put_route(SqliteSession& session, Route route) {
    // Under which resource and id it is found is not the route's to change.
    route.resource = session.route.resource;
    route.session = session.route.session;
    session.route = std::move(route);
    write_route(session);
    ++session.user->routes_version;
    changed(*session.user);
}

void SqliteUsers::write_route(const SqliteSession& session) {
    const Route& route = session.route;
    const auto directed = join_texts(route.directed);
    put_route_
        .with(session.id, route.node.get(), route.priority, route.presence, route.wants_roster,
              route.wants_blocks, route.carbons, directed)
        .run();
}

void SqliteUsers::flush() {
    for (const SqliteSession* session : changed_sessions_)
        update_session_
            .with(session->owner, session->epoch, session->has_sm, session->is_resumable,
                  session->resume_ms, session->counted_from, session->handled, session->is_inactive,
                  session->trimmed, session->last, session->queue_bytes, session->welcome,
                  session->welcome_bytes, session->expires_at, session->id)
            .run();
    for (const SqliteUser* user : changed_users_)
        update_user_.with(user->routes_version, user->roster_version, user->id).run();
    changed_sessions_.clear();
    changed_users_.clear();
}

void SqliteUsers::clear() {
    changed_sessions_.clear();
    changed_users_.clear();
    young_.clear();
    old_.clear();
}

void SqliteUsers::age() {
    if (young_.size() < kGeneration) return;
    old_ = std::move(young_);
    young_.clear();
}

}  // namespace backend
