#include "backend/store/sqlite/mail.h"

#include <utility>

namespace backend {

namespace {

// In the database.
constexpr int kQueued = 0;
constexpr int kTaken = 1;
constexpr int kMustEnd = 2;

}  // namespace

bool append(SqliteEvent& event, const SessionRef& session, Epoch epoch, QueuedStanza& stanza) {
    auto* queued = std::get_if<SqliteQueued>(&event);
    if (queued == nullptr || queued->epoch != epoch || queued->session != session) return false;
    queued->stanzas.push_back(std::move(stanza));
    return true;
}

SqliteMail::SqliteMail(SqliteDatabase& database)
    : put_(database,
           "INSERT INTO mail (kind, life, user, secret, epoch, session, queued, condition)"
           " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      find_(database,
            "SELECT kind, user, secret, epoch, condition, queued, stanza, mail.number FROM mail"
            " LEFT JOIN queue ON queue.session = mail.session AND queue.number = queued"
            " WHERE life = ? AND mail.number > ? ORDER BY mail.number"),
      delete_(database, "DELETE FROM mail WHERE life = ? AND number <= ?") {}

void SqliteMail::put(int kind, NodeLife to, const SessionRef& ref, const Details& details) {
    written_to_.insert(process_of(to));
    put_.with(kind, to, ref.user, ref.id.reveal(), details.epoch, details.session, details.number,
              details.condition)
        .run();
}

void SqliteMail::queued(NodeLife to, const SessionRef& ref, Epoch epoch, std::int64_t session,
                        std::uint64_t number) {
    put(kQueued, to, ref, {.epoch = epoch, .session = session, .number = number});
}

void SqliteMail::taken(NodeLife to, const SessionRef& ref, Epoch old_epoch) {
    put(kTaken, to, ref, {.epoch = old_epoch});
}

void SqliteMail::must_end(NodeLife to, const SessionRef& ref, std::string_view condition) {
    put(kMustEnd, to, ref, {.condition = condition});
}

std::vector<SqliteEvent> SqliteMail::read(NodeLife life) {
    std::vector<SqliteEvent> events;
    Place& place = places_[life];
    place.read = place.heard;
    auto& row = find_.with(life, place.heard);
    while (row.next()) {
        place.read = row.integer(7);
        SessionRef session{row.string(1), SessionId(row.string(2))};
        const auto epoch = static_cast<Epoch>(row.integer(3));
        switch (row.integer(0)) {
            case kQueued: {
                // What is not in the queue any more has been dealt with by a later owner.
                if (row.is_null(6)) break;
                QueuedStanza stanza{static_cast<std::uint64_t>(row.integer(5)), row.string(6)};
                if (events.empty() || !append(events.back(), session, epoch, stanza))
                    events.emplace_back(SqliteQueued{session, epoch, {stanza}});
                break;
            }
            case kTaken: events.emplace_back(SqliteTaken{std::move(session), epoch}); break;
            case kMustEnd:
                events.emplace_back(SqliteMustEnd{std::move(session), row.string(4)});
                break;
            default: break;
        }
    }
    return events;
}

std::set<std::uint64_t> SqliteMail::keep() {
    for (auto& [life, place] : places_) place.heard = place.read;
    return std::exchange(written_to_, {});
}

void SqliteMail::undo() {
    written_to_.clear();
}

void SqliteMail::delete_heard() {
    for (const auto& [life, place] : places_) delete_.with(life, place.heard).run();
}

}  // namespace backend
