#include "backend/sqlite_engine.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

#include "backend/sqlite_store.h"

namespace backend {

SqliteDoor::SqliteDoor(core::EventLoop& loop, NodeName node_name, NodeLife node_life,
                       Receive receive)
    : name(std::move(node_name)), life(node_life), loop_(&loop), receive_(std::move(receive)) {}

void SqliteDoor::close() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
}

void SqliteDoor::post(std::vector<SqliteNews> news) {
    // A task of the loop must be copyable; what it carries is not.
    auto carried = std::make_shared<std::vector<SqliteNews>>(std::move(news));
    const std::lock_guard lock(mutex_);
    if (loop_ == nullptr) return;
    loop_->post([door = shared_from_this(), carried = std::move(carried)] {
        if (door->is_open()) door->receive_(std::move(*carried));
    });
}

core::Result<std::shared_ptr<SqliteEngine>, std::string> SqliteEngine::open(const std::string& path,
                                                                            WallClock clock) {
    auto database = SqliteDatabase::open(path);
    if (!database) return core::fail(database.error());
    std::shared_ptr<SqliteEngine> engine(
        new SqliteEngine(std::move(database).value(), std::move(clock)));
    SqliteDatabase& opened = *engine->database_;
    opened.begin();
    engine->ledger_.orphan_all(engine->now_ms());
    if (!opened.commit()) return core::fail(path + ": " + std::string(to_string(*opened.error())));
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // signals belong to main's thread
    engine->thread_ = std::thread([raw = engine.get()] { raw->run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_setname_np(engine->thread_.native_handle(), "store");
    return engine;
}

SqliteEngine::SqliteEngine(std::unique_ptr<SqliteDatabase> database, WallClock clock)
    : database_(std::move(database)), clock_(std::move(clock)), ledger_(*database_, *this) {}

SqliteEngine::~SqliteEngine() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    asked_something_.notify_one();
    thread_.join();
}

std::unique_ptr<Store> SqliteEngine::attach(core::EventLoop& loop, NodeName name,
                                            StoreEvents& events) {
    NodeLife life = 0;
    {
        const std::lock_guard lock(mutex_);
        life = ++last_life_;
    }
    return std::make_unique<SqliteStore>(shared_from_this(), loop, std::move(name), life, events);
}

void SqliteEngine::ask(std::vector<Asked> asked) {
    {
        const std::lock_guard lock(mutex_);
        if (asked_.empty()) {
            asked_ = std::move(asked);
        } else {
            for (auto& each : asked) asked_.push_back(std::move(each));
        }
    }
    asked_something_.notify_one();
}

void SqliteEngine::run() {
    for (;;) {
        std::vector<Asked> round;
        {
            std::unique_lock lock(mutex_);
            asked_something_.wait(lock, [this] { return !asked_.empty() || is_ending_; });
            if (asked_.empty()) return;
            round.swap(asked_);
        }
        do_round(round);
    }
}

void SqliteEngine::do_round(std::vector<Asked>& round) {
    const auto now = now_ms();
    for (const Asked& each : round) {
        doors_.emplace(each.from->life, each.from);
        // A node that has waited for a slow disk has not died of it.
        if (each.says_alive) ledger_.renew_lease(each.from->life, now);
    }
    if (const auto error = save(round, now)) {
        database_->rollback();
        ledger_.undone();
        fail(round, *error);
    }
    for (auto& [life, news] : news_)
        if (const auto door = doors_[life].lock()) door->post(std::move(news));
    news_.clear();
    std::erase_if(doors_, [](const auto& door) { return door.second.expired(); });
}

std::optional<StoreError> SqliteEngine::save(std::vector<Asked>& round, std::int64_t now) {
    database_->begin();
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
    auto& news = news_[owner];
    if (!news.empty()) {
        auto* last = std::get_if<SqliteQueued>(&news.back());
        if (last != nullptr && last->epoch == session.epoch &&
            last->session.id == session.route.session) {
            last->stanzas.push_back(std::move(stanza));
            return;
        }
    }
    SqliteQueued first{session.ref(), session.epoch, {}};
    first.stanzas.push_back(std::move(stanza));
    news.emplace_back(std::move(first));
}

void SqliteEngine::taken(NodeLife owner, const SqliteSession& session, Epoch old_epoch) {
    news_[owner].emplace_back(SqliteTaken{session.ref(), old_epoch});
}

void SqliteEngine::must_end(NodeLife owner, const SqliteSession& session,
                            std::string_view condition) {
    news_[owner].emplace_back(SqliteMustEnd{session.ref(), condition});
}

}  // namespace backend
