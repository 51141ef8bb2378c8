#pragma once
// A store whose answers the test gives: what was asked about sessions and stanzas stands in lists,
// and nothing of it is answered before the test says what. Accounts are answered at once.

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "backend/store/store.h"
#include "core/event_loop.h"

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
    struct Taking {
        backend::SessionRef session;
        backend::TakeReason reason;
        On<std::variant<backend::TakenSession, backend::TakeFailure>> answer;
    };
    struct Opening {
        backend::SessionRef session;
        std::string resource;
        On<backend::CommitOutcome> answer;
    };
    std::deque<Reading> readings;
    std::deque<On<Answer<std::string>>> vcard_readings;
    std::deque<Committing> commits;
    std::deque<Taking> takings;
    std::deque<Opening> openings;
    std::map<std::string, backend::Account> accounts;
    std::vector<backend::SessionRef> expired;  // told once
    std::optional<core::TimePoint> is_silent_since;

    static constexpr std::uint64_t kRoutesVersion = 7;

    /// Answers the oldest reading: users that exist, with one route each.
    void answer_reading() {
        Reading reading = std::move(readings.front());
        readings.pop_front();
        std::vector<backend::UserSnapshot> users;
        for (const Wanted& wanted : reading.users) {
            backend::UserSnapshot& user = users.emplace_back();
            user.exists = true;
            user.routes_version = kRoutesVersion;
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
    void answer_vcard_reading(Answer<std::string> answer) {
        const auto on_read = std::move(vcard_readings.front());
        vcard_readings.pop_front();
        on_read(std::move(answer));
    }
    /// Answers the oldest commit; gives it back.
    backend::Commit answer_commit(backend::CommitOutcome outcome) {
        Committing committing = std::move(commits.front());
        commits.pop_front();
        committing.answer(std::move(outcome));
        return std::move(committing.commit);
    }

    /// Answers the oldest taking.
    void answer_taking(std::variant<backend::TakenSession, backend::TakeFailure> answer) {
        Taking taking = std::move(takings.front());
        takings.pop_front();
        taking.answer(std::move(answer));
    }
    /// Answers the oldest opening; gives it back.
    backend::SessionRef answer_opening(backend::CommitOutcome outcome) {
        Opening opening = std::move(openings.front());
        openings.pop_front();
        opening.answer(std::move(outcome));
        return std::move(opening.session);
    }

    void find_account(std::string user,
                      On<Answer<std::optional<backend::Account>>> on_found) override {
        const auto found = accounts.find(user);
        on_found(found == accounts.end() ? std::nullopt : std::optional(found->second));
    }
    void put_account(backend::Account, On<Answer<backend::Done>>) override {}
    void remove_account(std::string, On<Answer<bool>>) override {}
    void list_accounts(On<Answer<std::vector<std::string>>>) override {}
    void read_users(std::vector<Wanted> users,
                    On<Answer<std::vector<backend::UserSnapshot>>> on_read) override {
        readings.push_back({std::move(users), std::move(on_read)});
    }
    void read_vcard(std::string, On<Answer<std::string>> on_read) override {
        vcard_readings.push_back(std::move(on_read));
    }
    void open_session(backend::SessionRef session, std::string resource,
                      On<backend::CommitOutcome> on_opened) override {
        openings.push_back({std::move(session), std::move(resource), std::move(on_opened)});
    }
    void take_session(
        backend::SessionRef session, backend::TakeReason reason,
        On<std::variant<backend::TakenSession, backend::TakeFailure>> on_taken) override {
        takings.push_back({std::move(session), reason, std::move(on_taken)});
    }
    void commit(backend::Commit commit, On<backend::CommitOutcome> on_done) override {
        commits.push_back({std::move(commit), std::move(on_done)});
    }
    void share_secret(std::string, backend::SharedSecret,
                      On<Answer<backend::SharedSecret>>) override {}
    void renew_lease(On<Answer<backend::Done>>) override {}
    void find_expired(std::size_t, On<Answer<std::vector<backend::SessionRef>>> on_found) override {
        on_found(std::exchange(expired, {}));
    }
    std::optional<core::TimePoint> silent_since() const override { return is_silent_since; }
    std::string about_silence() const override { return "it was told to be"; }
};

}  // namespace test
