#include "backend/store/sqlite/engine.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "backend/store/sqlite/holder.h"
#include "core/random_bytes.h"
#include "core/signals_blocked.h"

namespace backend {

namespace {

/// For what is asked last, while the process waits for its end.
constexpr std::chrono::milliseconds kLastPatience{1'000};
/// Requests whose time is over in this moment are refused with those before them.
constexpr std::chrono::milliseconds kTogether{100};

/// A number that no other process has.
std::uint64_t draw_process() {
    // SQLite's integers are signed.
    return core::random_value<std::uint64_t>() >> (kCountBits + 1);
}

}  // namespace

core::Result<std::shared_ptr<SqliteEngine>, std::string> SqliteEngine::open(
    const std::string& path, WallClock clock, std::chrono::milliseconds patience) {
    auto database = SqliteDatabase::open(path);
    if (!database) return core::fail(database.error());
    const auto process = draw_process();
    auto bell = SqliteBell::hang(process);
    if (!bell) return core::fail(bell.error());
    std::shared_ptr<SqliteEngine> engine(new SqliteEngine(std::move(database).value(), path,
                                                          std::move(bell).value(), process,
                                                          std::move(clock), patience));
    if (const auto error = engine->database_->error())
        return core::fail(path + ": " + std::string(to_string(*error)));
    {
        const core::SignalsBlocked for_the_thread;
        engine->thread_ = std::thread([raw = engine.get()] { raw->run(); });
    }
    pthread_setname_np(engine->thread_.native_handle(), "store");
    return engine;
}

SqliteEngine::SqliteEngine(std::unique_ptr<SqliteDatabase> database, std::string path,
                           SqliteBell bell, std::uint64_t process, WallClock clock,
                           std::chrono::milliseconds patience)
    : database_(std::move(database)),
      path_(std::move(path)),
      bell_(std::move(bell)),
      clock_(std::move(clock)),
      patience_(patience),
      ledger_(*database_, *this),
      mail_(*database_),
      last_life_(process << kCountBits) {}

SqliteEngine::~SqliteEngine() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    bell_.ring();
    thread_.join();
}

NodeLife SqliteEngine::begin_life() {
    const std::lock_guard lock(mutex_);
    return ++last_life_;
}

std::string SqliteEngine::holder() const {
    return sqlite_holder(path_);
}

void SqliteEngine::ask(std::vector<Asked> asked) {
    const auto until = core::Clock::now() + patience_;
    for (Asked& each : asked) each.until = until;
    {
        const std::lock_guard lock(mutex_);
        const bool is_rung = !asked_.empty();
        std::move(asked.begin(), asked.end(), std::back_inserter(asked_));
        if (is_rung) return;
    }
    bell_.ring();
}

void SqliteEngine::run() {
    std::vector<Asked> round;
    for (bool is_ending = false; !is_ending || !round.empty();) {
        if (round.empty()) bell_.wait();
        {
            const std::lock_guard lock(mutex_);
            std::move(asked_.begin(), asked_.end(), std::back_inserter(round));
            asked_.clear();
            is_ending = is_ending_;
        }
        if (is_ending) {
            const auto soon = core::Clock::now() + std::min(patience_, kLastPatience);
            for (Asked& each : round) each.until = std::min(each.until, soon);
        }
        if (!round.empty() || ledger_.has_missed_something()) do_round(round);
    }
}

void SqliteEngine::do_round(std::vector<Asked>& round) {
    for (const Asked& each : round) doors_.emplace(each.from->life, each.from);
    // Those behind the first may wait longer than it, so they are left where they are.
    const auto until = round.empty() ? core::Clock::now() + patience_ : round.front().until;
    const bool says_alive =
        std::any_of(round.begin(), round.end(), [](const Asked& each) { return each.says_alive; });
    const bool has_begun =
        (!says_alive || keep_house(round, until)) && begin(SqliteDatabase::Sync::full, until);
    if (!has_begun) {
        refuse_late(round);
    } else if (const auto error = save(round)) {
        database_->rollback();
        ledger_.undone();
        mail_.undo();
        fail(round, *error);
        round.clear();
    } else {
        round.clear();
    }
    tell();
}

void SqliteEngine::refuse_late(std::vector<Asked>& round) {
    const auto is_late = [now = core::Clock::now()](const Asked& each) {
        return each.until <= now + kTogether;
    };
    const auto first_to_stay = std::find_if_not(round.begin(), round.end(), is_late);
    std::vector<Asked> late(std::make_move_iterator(round.begin()),
                            std::make_move_iterator(first_to_stay));
    round.erase(round.begin(), first_to_stay);
    fail(late, StoreError::not_asked);
}

void SqliteEngine::tell() {
    for (auto& [life, news] : news_)
        if (const auto door = doors_[life].lock()) door->post(std::move(news));
    news_.clear();
    std::erase_if(doors_, [](const auto& door) { return door.second.expired(); });
}

bool SqliteEngine::begin(SqliteDatabase::Sync sync, core::TimePoint until) {
    database_->begin(sync, until);
    if (database_->error() != StoreError::not_asked) return true;
    database_->rollback();
    return false;
}

bool SqliteEngine::keep_house(const std::vector<Asked>& round, core::TimePoint until) {
    if (!begin(SqliteDatabase::Sync::none, until)) return false;
    const auto now = now_ms();
    may_have_mail_ |= ledger_.catch_up(now);
    for (const Asked& each : round)
        if (each.says_alive) ledger_.renew_lease({each.from->life, each.from->name, now});
    ledger_.lives().flush();
    mail_.delete_heard();
    if (database_->commit()) {
        ledger_.lives().saved();
        return true;
    }
    database_->rollback();
    ledger_.undone();
    return true;
}

std::optional<StoreError> SqliteEngine::save(std::vector<Asked>& round) {
    const auto now = now_ms();
    may_have_mail_ |= ledger_.catch_up(now);
    if (may_have_mail_)
        for (const auto& door : doors_)
            for (SqliteEvent& event : mail_.read(door.first))
                news_[door.first].emplace_back(std::move(event));
    for (Asked& each : round) {
        each.what->run(ledger_, {each.from->life, each.from->name, now});
        if (const auto error = database_->error()) return error;
        // In its place among the events: a node that takes a session hears of what is queued
        // later only after it has the session.
        news_[each.from->life].emplace_back(std::move(each.what));
    }
    ledger_.flush();
    if (!database_->commit()) return database_->error();
    ledger_.saved();
    for (const auto process : mail_.keep()) bell_.ring_at(process);
    may_have_mail_ = false;
    return std::nullopt;
}

void SqliteEngine::fail(std::vector<Asked>& round, StoreError error) {
    const auto is_event = [](const SqliteNews& news) { return news.index() != 0; };
    for (auto& [life, news] : news_) std::erase_if(news, is_event);  // none has happened
    for (Asked& each : round)
        if (each.what) news_[each.from->life].emplace_back(std::move(each.what));
    for (auto& [life, news] : news_)
        for (SqliteNews& each : news) std::get<0>(each)->fail(error);
}

std::int64_t SqliteEngine::now_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock_().time_since_epoch())
        .count();
}

void SqliteEngine::queued(NodeLife owner, const SqliteSession& session, QueuedStanza stanza) {
    if (!doors_.contains(owner))
        return mail_.queued(owner, session.ref(), session.epoch, session.id, stanza.number);
    auto& news = news_[owner];
    auto* last = news.empty() ? nullptr : std::get_if<SqliteEvent>(&news.back());
    SessionRef ref = session.ref();
    if (last == nullptr || !append(*last, ref, session.epoch, stanza))
        news.emplace_back(SqliteQueued{std::move(ref), session.epoch, {std::move(stanza)}});
}

void SqliteEngine::taken(NodeLife owner, const SqliteSession& session, Epoch old_epoch) {
    if (!doors_.contains(owner)) return mail_.taken(owner, session.ref(), old_epoch);
    news_[owner].emplace_back(SqliteTaken{session.ref(), old_epoch});
}

void SqliteEngine::must_end(NodeLife owner, const SqliteSession& session,
                            std::string_view condition) {
    if (!doors_.contains(owner)) return mail_.must_end(owner, session.ref(), condition);
    news_[owner].emplace_back(SqliteMustEnd{session.ref(), std::string(condition)});
}

}  // namespace backend
