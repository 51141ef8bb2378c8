#include "backend/sqlite_mail.h"

#include <utility>

namespace backend {

namespace {

/// In the database.
enum Kind : int { kQueued = 0, kTaken = 1, kMustEnd = 2 };

}  // namespace

bool append(SqliteEvent& event, const SessionRef& session, Epoch epoch, QueuedStanza& stanza) {
    auto* queued = std::get_if<SqliteQueued>(&event);
    if (queued == nullptr || queued->epoch != epoch || queued->session != session) return false;
    queued->stanzas.push_back(std::move(stanza));
    return true;
}

SqliteMail::SqliteMail(SqliteDatabase& database)
    : put_queued_(database,
                  "INSERT INTO mail (kind, life, user, secret, epoch, session, queued)"
                  " VALUES (0, ?, ?, ?, ?, ?, ?)"),
      put_taken_(database,
                 "INSERT INTO mail (kind, life, user, secret, epoch) VALUES (1, ?, ?, ?, ?)"),
      put_must_end_(
          database,
          "INSERT INTO mail (kind, life, user, secret, condition) VALUES (2, ?, ?, ?, ?)"),
      find_(database,
            "SELECT kind, user, secret, epoch, condition, queued, stanza, mail.number FROM mail"
            " LEFT JOIN queue ON queue.session = mail.session AND queue.number = queued"
            " WHERE life = ? AND mail.number > ? ORDER BY mail.number"),
      delete_(database, "DELETE FROM mail WHERE life = ? AND number <= ?") {}

void SqliteMail::queued(NodeLife to, const SessionRef& ref, Epoch epoch, std::int64_t session,
                        std::uint64_t number) {
    written_to_.insert(process_of(to));
    put_queued_.with(to, ref.user, ref.id.reveal(), epoch, session, number).run();
}

void SqliteMail::taken(NodeLife to, const SessionRef& ref, Epoch old_epoch) {
    written_to_.insert(process_of(to));
    put_taken_.with(to, ref.user, ref.id.reveal(), old_epoch).run();
}

void SqliteMail::must_end(NodeLife to, const SessionRef& ref, std::string_view condition) {
    written_to_.insert(process_of(to));
    put_must_end_.with(to, ref.user, ref.id.reveal(), condition).run();
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
