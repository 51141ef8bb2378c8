#include "backend/store/sqlite/store.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>

namespace backend {

namespace {

std::size_t bytes_of(const Commit& commit) {
    std::size_t bytes = 0;
    for (const Write& write : commit.writes) {
        std::visit(
            [&](const auto& what) {
                if constexpr (requires { what.stanza; }) bytes += what.stanza.size();
                if constexpr (requires { what.bytes; }) bytes += what.bytes.size();
                if constexpr (requires { what.route; }) bytes += what.route.presence.size();
            },
            write);
    }
    return bytes;
}

}  // namespace

SqliteStore::SqliteStore(std::shared_ptr<SqliteEngine> engine, core::EventLoop& loop, NodeName name,
                         StoreEvents& events)
    : engine_(std::move(engine)),
      events_(events),
      door_(std::make_shared<SqliteDoor>(
          loop, std::move(name), engine_->begin_life(),
          [this](std::vector<SqliteNews> news) { receive(std::move(news)); })) {
    const auto on_turn = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<SqliteStore*>(self)->send();
    };
    send_event_.reset(event_new(loop.base(), -1, 0, on_turn, this));
    if (!send_event_) throw std::bad_alloc();
    renew_lease([](const Answer<Done>&) {});
}

SqliteStore::~SqliteStore() {
    door_->close();
    // What was asked is done; nobody hears of it.
    auto last = std::make_unique<SqliteQuestion<Answer<Done>>>(
        [](SqliteLedger& ledger, const Asking& asking) {
            ledger.end_life(asking.node, asking.now_ms);
            return Done{};
        });
    asked_.push_back({door_, std::move(last)});
    send();
}

template <class Value>
void SqliteStore::ask(typename SqliteQuestion<Value>::Work work, On<Value> on_answer,
                      std::size_t bytes, bool says_alive) {
    auto question = std::make_unique<SqliteQuestion<Value>>(std::move(work));
    Waiting waiting{[on = std::move(on_answer)](SqliteRequest& request) {
                        on(std::move(static_cast<SqliteQuestion<Value>&>(request).value));
                    },
                    bytes,
                    {}};
    // A request that waits alone is asked, however large it is: a refusal needs an answer in front
    // of it.
    const bool is_too_much =
        waiting_.size() >= kWaitingRequests || waiting_bytes_ + bytes > kWaitingBytes;
    if (is_too_much && !waiting_.empty()) {
        question->fail(StoreError::not_asked);
        waiting.bytes = 0;
        waiting.refused = std::move(question);
    } else {
        if (asked_.empty()) {
            event_active(send_event_.get(), EV_TIMEOUT, 0);
            silence_.on_asked(core::Clock::now());
        }
        asked_.push_back({door_, std::move(question), says_alive});
        // One that is larger than all may be leaves room for what is asked beside it.
        waiting.bytes = std::min(bytes, kWaitingBytes / 2);
        waiting_bytes_ += waiting.bytes;
    }
    waiting_.push_back(std::move(waiting));
}

void SqliteStore::send() {
    if (!asked_.empty()) engine_->ask(std::exchange(asked_, {}));
}

void SqliteStore::receive(std::vector<SqliteNews> news) {
    // A callback may destroy this store.
    const auto door = door_;
    note_answers(news);
    for (SqliteNews& each : news) {
        if (auto* request = std::get_if<std::unique_ptr<SqliteRequest>>(&each))
            answer(**request);
        else
            hear(std::get<SqliteEvent>(each));
        if (!door->is_open()) return;
    }
}

void SqliteStore::note_answers(const std::vector<SqliteNews>& news) {
    std::size_t answers = 0;
    bool is_silent = true;
    for (const SqliteNews& each : news) {
        const auto* request = std::get_if<std::unique_ptr<SqliteRequest>>(&each);
        if (request == nullptr) continue;
        ++answers;
        is_silent = is_silent && (*request)->was_not_asked;
    }
    if (!is_silent) silence_.on_answer(core::Clock::now(), answers >= waiting_.size());
}

void SqliteStore::answer(SqliteRequest& request) {
    const auto door = door_;
    const auto pop = [this] {
        assert(!waiting_.empty());
        Waiting waiting = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= waiting.bytes;
        return waiting;
    };
    pop().answer(request);
    while (door->is_open() && !waiting_.empty() && waiting_.front().refused) {
        const Waiting refused = pop();
        refused.answer(*refused.refused);
    }
}

void SqliteStore::hear(SqliteEvent& event) {
    if (auto* queued = std::get_if<SqliteQueued>(&event))
        events_.on_queued(queued->session, queued->epoch, std::move(queued->stanzas));
    else if (const auto* taken = std::get_if<SqliteTaken>(&event))
        events_.on_taken(taken->session, taken->old_epoch);
    else if (const auto* ending = std::get_if<SqliteMustEnd>(&event))
        events_.on_must_end(ending->session, ending->condition);
}

void SqliteStore::find_account(std::string user, On<Answer<std::optional<Account>>> on_found) {
    ask<Answer<std::optional<Account>>>(
        [user = std::move(user)](SqliteLedger& ledger, const Asking&) {
            return ledger.find_account(user);
        },
        std::move(on_found));
}

void SqliteStore::put_account(Account account, On<Answer<Done>> on_done) {
    ask<Answer<Done>>(
        [account = std::move(account)](SqliteLedger& ledger, const Asking& asking) {
            return ledger.put_account(asking, account);
        },
        std::move(on_done));
}

void SqliteStore::remove_account(std::string user, On<Answer<bool>> on_removed) {
    ask<Answer<bool>>(
        [user = std::move(user)](SqliteLedger& ledger, const Asking& asking) {
            return ledger.remove_account(asking, user);
        },
        std::move(on_removed));
}

void SqliteStore::list_accounts(On<Answer<std::vector<std::string>>> on_listed) {
    ask<Answer<std::vector<std::string>>>(
        [](SqliteLedger& ledger, const Asking&) { return ledger.list_accounts(); },
        std::move(on_listed));
}

void SqliteStore::read_users(std::vector<Wanted> users,
                             On<Answer<std::vector<UserSnapshot>>> on_read) {
    ask<Answer<std::vector<UserSnapshot>>>(
        [users = std::move(users)](SqliteLedger& ledger, const Asking&) {
            return ledger.read_users(users);
        },
        std::move(on_read));
}

void SqliteStore::read_vcard(std::string user, On<Answer<std::string>> on_read) {
    ask<Answer<std::string>>(
        [user = std::move(user)](SqliteLedger& ledger, const Asking&) {
            return ledger.read_vcard(user);
        },
        std::move(on_read));
}

void SqliteStore::open_session(SessionRef session, std::string resource,
                               On<CommitOutcome> on_opened) {
    ask<CommitOutcome>(
        [session = std::move(session), resource = std::move(resource)](SqliteLedger& ledger,
                                                                       const Asking& asking) {
            return ledger.open_session(asking, session, resource);
        },
        std::move(on_opened));
}

void SqliteStore::take_session(SessionRef session, TakeReason reason,
                               On<std::variant<TakenSession, TakeFailure>> on_taken) {
    ask<std::variant<TakenSession, TakeFailure>>(
        [session = std::move(session), reason](SqliteLedger& ledger, const Asking& asking) {
            return ledger.take_session(asking, session, reason);
        },
        std::move(on_taken));
}

void SqliteStore::commit(Commit commit, On<CommitOutcome> on_done) {
    const auto bytes = bytes_of(commit);
    ask<CommitOutcome>(
        [commit = std::move(commit)](SqliteLedger& ledger, const Asking& asking) mutable {
            return ledger.commit(asking, std::move(commit));
        },
        std::move(on_done), bytes);
}

void SqliteStore::share_secret(std::string name, SharedSecret fresh,
                               On<Answer<SharedSecret>> on_shared) {
    ask<Answer<SharedSecret>>(
        [name = std::move(name), fresh = std::move(fresh)](SqliteLedger& ledger, const Asking&) {
            return ledger.share_secret(name, fresh);
        },
        std::move(on_shared));
}

void SqliteStore::renew_lease(On<Answer<Done>> on_done) {
    ask<Answer<Done>>([](SqliteLedger&, const Asking&) { return Done{}; }, std::move(on_done), 0,
                      true);
}

void SqliteStore::find_expired(std::size_t most, On<Answer<std::vector<SessionRef>>> on_found) {
    ask<Answer<std::vector<SessionRef>>>(
        [most](SqliteLedger& ledger, const Asking& asking) {
            return ledger.find_expired(asking, most);
        },
        std::move(on_found));
}

}  // namespace backend
