#pragma once
// A store whose answers the test gives: what was asked stands in lists, and nothing is answered
// before the test says what.

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "backend/store.h"

namespace test {

class ScriptedStore final : public backend::Store {
public:
    struct Reading {
        std::vector<Wanted> users;
        On<Answer<std::vector<backend::UserSnapshot>>> answer;
    };
    struct Committing {
        backend::Commit commit;
        On<backend::CommitOutcome> answer;
    };
    std::deque<Reading> readings;
    std::deque<Committing> commits;

    /// Answers the oldest reading: users that exist, with one route each.
    void answer_reading() {
        Reading reading = std::move(readings.front());
        readings.pop_front();
        std::vector<backend::UserSnapshot> users;
        for (const Wanted& wanted : reading.users) {
            backend::UserSnapshot& user = users.emplace_back();
            user.exists = true;
            user.routes.push_back({.resource = "phone",
                                   .session = backend::SessionId("s-" + wanted.user),
                                   .node = backend::NodeName("n1"),
                                   .priority = 0});
        }
        reading.answer(std::move(users));
    }
    void fail_reading(backend::StoreError error) {
        Reading reading = std::move(readings.front());
        readings.pop_front();
        reading.answer(error);
    }
    /// Answers the oldest commit; gives it back.
    backend::Commit answer_commit(backend::CommitOutcome outcome) {
        Committing committing = std::move(commits.front());
        commits.pop_front();
        committing.answer(std::move(outcome));
        return std::move(committing.commit);
    }

    void find_account(std::string, On<Answer<std::optional<backend::Account>>>) override {}
    void put_account(backend::Account, On<Answer<backend::Done>>) override {}
    void remove_account(std::string, On<Answer<bool>>) override {}
    void list_accounts(On<Answer<std::vector<std::string>>>) override {}
    void read_users(std::vector<Wanted> users,
                    On<Answer<std::vector<backend::UserSnapshot>>> on_read) override {
        readings.push_back({std::move(users), std::move(on_read)});
    }
    void read_vcard(std::string, On<Answer<std::string>>) override {}
    void open_session(backend::SessionRef, std::string, On<backend::CommitOutcome>) override {}
    void take_session(backend::SessionRef, backend::TakeReason,
                      On<std::variant<backend::TakenSession, backend::TakeFailure>>) override {}
    void commit(backend::Commit commit, On<backend::CommitOutcome> on_done) override {
        commits.push_back({std::move(commit), std::move(on_done)});
    }
    void renew_lease(On<Answer<backend::Done>>) override {}
    void find_expired(std::size_t, On<Answer<std::vector<backend::SessionRef>>>) override {}
};

}  // namespace test
