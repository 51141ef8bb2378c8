#pragma once
// What travels between a node's loop and the engine's thread: questions with room for their
// answers, and events. Plain data only: callbacks never leave their loop.

#include <functional>
#include <memory>
#include <utility>
#include <variant>

#include "backend/store/sqlite/ledger.h"
#include "backend/store/sqlite/mail.h"

namespace backend {

/// Something to do in a round. Made by a loop, run by the engine, read by the loop again.
class SqliteRequest {
public:
    virtual ~SqliteRequest() = default;
    virtual void run(SqliteLedger& ledger, const Asking& asking) = 0;
    /// The round was undone: this is the answer.
    virtual void fail(StoreError error) = 0;
    /// The database was not reached in time.
    bool was_not_asked = false;
};

/// A request for a `Value`, which can also carry why there is none.
template <class Value>
class SqliteQuestion final : public SqliteRequest {
public:
    using Work = std::function<Value(SqliteLedger&, const Asking&)>;
    explicit SqliteQuestion(Work work) : work_(std::move(work)) {}

    void run(SqliteLedger& ledger, const Asking& asking) override { value = work_(ledger, asking); }
    void fail(StoreError error) override {
        was_not_asked = error == StoreError::not_asked;
        if constexpr (std::is_constructible_v<Value, StoreError>)
            value = error;
        else
            value = TakeFailure::store;
    }

    Value value{};

private:
    Work work_;
};

/// What a node hears in a round, in the order in which it happened.
using SqliteNews = std::variant<std::unique_ptr<SqliteRequest>, SqliteEvent>;

}  // namespace backend
