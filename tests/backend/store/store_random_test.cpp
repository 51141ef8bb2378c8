// A thousand random requests to the store and to a simple picture of it in memory: every outcome
// and all that is there at the end must agree (see store_suite.h), whatever happens to the engine
// meanwhile. STORE_SEED in the environment is for other thousands.

#include <cstdlib>
#include <map>
#include <random>

#include "tests/backend/store/store_suite.h"

using namespace backend;
using test::commit_of;
using test::is;

namespace {

struct ModelSession {
    int owner = 0;
    Epoch epoch = 1;
    std::uint32_t handled = 0;
    std::uint64_t last = 0;
    std::map<std::uint64_t, std::string> queue;
};

struct ModelUser {
    std::uint64_t routes_changes = 0;
    std::vector<std::string> offline;
    std::map<std::string, std::string> roster;  // names by JID
    std::map<std::string, ModelSession> sessions;
};

unsigned seed() {
    const char* given = std::getenv("STORE_SEED");
    return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : 20261122;
}

/// What a test remembers of a reading, to plan with it later.
struct Reading {
    std::uint64_t routes_version = 0;
    std::uint64_t changes = 0;  // the model's, at the same time
};

class Model {
public:
    std::map<std::string, ModelUser> users;

    ModelSession* find(const std::string& user, const std::string& id) {
        auto& sessions = users[user].sessions;
        const auto found = sessions.find(id);
        return found == sessions.end() ? nullptr : &found->second;
    }
    void enqueue(ModelSession& session, const std::string& stanza) {
        session.queue[++session.last] = stanza;
    }
};

/// Draws requests, asks both, compares.
class RandomPlay {
public:
    RandomPlay(test::TestNode& a, test::TestNode& b, std::vector<std::string> users)
        : a_(a), b_(b), users_(std::move(users)) {
        for (const auto& user : users_) read(user);
    }

    void step() {
        const unsigned what = draw(20);
        if (what < 2)
            do_open();
        else if (what < 5)
            do_take();
        else if (what < 9)
            read(draw_user());
        else
            do_commit();
    }

    void compare_all() {
        for (auto& [name, user] : model_.users) {
            const auto read = b_.read_one(name);
            EXPECT_EQ(read.routes.size(), user.sessions.size());
            std::map<std::string, std::string> roster;
            for (const auto& item : read.roster.items) roster[item.jid] = item.name;
            EXPECT_EQ(roster, user.roster);
            for (auto& [id, session] : user.sessions) {
                const auto outcome = a_.take(test::ref(name, id), TakeReason::resume);
                ASSERT_TRUE(is<TakenSession>(outcome));
                ++session.epoch;
                compare(std::get<TakenSession>(outcome), session);
            }
            const auto last = test::ref(name, "last-of-" + name);
            ASSERT_TRUE(is<Done>(a_.open(last, "last")));
            ASSERT_TRUE(is<Done>(a_.commit(commit_of(last, {MoveOffline{}}))));
            std::vector<std::string> offline;
            for (const auto& stanza : a_.queued(last)) offline.push_back(stanza.bytes);
            EXPECT_EQ(offline, user.offline);
        }
    }

private:
    unsigned draw(unsigned below) { return static_cast<unsigned>(random_() % below); }
    std::string draw_user() { return users_[draw(static_cast<unsigned>(users_.size()))]; }
    std::string draw_id(const std::string& user) { return user + std::to_string(draw(3)); }
    test::TestNode& node(int which) { return which == 0 ? a_ : b_; }

    void do_open() {
        const auto user = draw_user();
        const auto id = draw_id(user);
        const int who = static_cast<int>(draw(2));
        const bool is_free = model_.find(user, id) == nullptr;
        const auto outcome = node(who).open(test::ref(user, id), "resource-of-" + id);
        ASSERT_EQ(is<Done>(outcome), is_free);
        if (!is_free) return;
        model_.users[user].sessions[id].owner = who;
        ++model_.users[user].routes_changes;
    }

    void do_take() {
        const auto user = draw_user();
        const auto id = draw_id(user);
        const int who = static_cast<int>(draw(2));
        const auto outcome = node(who).take(test::ref(user, id), TakeReason::resume);
        ModelSession* session = model_.find(user, id);
        ASSERT_EQ(is<TakenSession>(outcome), session != nullptr);
        if (session == nullptr) return;
        session->owner = who;
        ++session->epoch;
        compare(std::get<TakenSession>(outcome), *session);
    }

    void read(const std::string& user) {
        readings_[user] = {a_.read_one(user).routes_version, model_.users[user].routes_changes};
    }

    /// One to four writes of a session, now and then by somebody who does not own it, or with what
    /// cannot be.
    void do_commit() {
        const auto user = draw_user();
        const auto id = draw_id(user);
        ModelSession* session = model_.find(user, id);
        const int who =
            draw(8) == 0 ? static_cast<int>(draw(2)) : (session == nullptr ? 0 : session->owner);
        const Epoch epoch = session == nullptr ? 1 : session->epoch - (draw(10) == 0 ? 1 : 0);
        Model after = model_;
        Commit commit = commit_of(test::ref(user, id), {}, epoch);
        bool is_stale = false;
        if (session != nullptr) {
            commit.handled = draw(1000);
            after.find(user, id)->handled = *commit.handled;
            for (unsigned i = draw(4) + 1; i > 0; --i)
                is_stale |= !add_write(commit, after, user, id);
            if (draw(20) == 0) {
                commit.writes.push_back(CloseSession{});
                after.users[user].sessions.erase(id);
                ++after.users[user].routes_changes;
            }
        }
        const bool is_owner =
            session != nullptr && session->owner == who && session->epoch == epoch;
        const auto outcome = node(who).commit(std::move(commit));
        ASSERT_EQ(is<Fenced>(outcome), !is_owner);
        if (!is_owner) return;
        ASSERT_EQ(is<Stale>(outcome), is_stale);
        ASSERT_EQ(is<Done>(outcome), !is_stale);
        if (!is_stale) model_ = std::move(after);
    }

    /// False: the commit cannot be done with this write.
    bool add_write(Commit& commit, Model& after, const std::string& user, const std::string& id) {
        ModelSession& own = *after.find(user, id);
        const auto text = std::to_string(++texts_);
        switch (draw(6)) {
            case 0:
            case 1: {
                const auto to_user = draw_user();
                const auto to_id = draw_id(to_user);
                commit.writes.push_back(Enqueue{test::ref(to_user, to_id), text});
                ModelSession* to = after.find(to_user, to_id);
                if (to == nullptr) return false;
                after.enqueue(*to, text);
                return true;
            }
            case 2: {
                const auto up_to = own.last < 2 ? 0 : own.last - draw(2);
                commit.writes.push_back(Trim{up_to});
                own.queue.erase(own.queue.begin(), own.queue.upper_bound(up_to));
                return true;
            }
            case 3: {
                const auto to_user = draw_user();
                const auto reading = readings_[to_user];
                commit.writes.push_back(StoreOffline{to_user, reading.routes_version, text});
                after.users[to_user].offline.push_back(text);
                return reading.changes == model_.users[to_user].routes_changes;
            }
            case 4:
                commit.writes.push_back(MoveOffline{});
                for (const auto& stanza : after.users[user].offline) after.enqueue(own, stanza);
                after.users[user].offline.clear();
                return true;
            default: {
                const auto contact = "contact" + std::to_string(draw(4)) + "@example.org";
                if (draw(3) == 0) {
                    commit.writes.push_back(RemoveRosterItem{user, contact});
                    after.users[user].roster.erase(contact);
                } else {
                    RosterItem item;
                    item.jid = contact;
                    item.name = text;
                    commit.writes.push_back(PutRosterItem{user, item});
                    after.users[user].roster[contact] = text;
                }
                return true;
            }
        }
    }

    void compare(const TakenSession& taken, const ModelSession& session) {
        EXPECT_EQ(taken.record.epoch, session.epoch);
        EXPECT_EQ(taken.record.handled, session.handled);
        std::map<std::uint64_t, std::string> queue;
        for (const auto& stanza : taken.queue) queue[stanza.number] = stanza.bytes;
        EXPECT_EQ(queue, session.queue);
    }

    test::TestNode& a_;
    test::TestNode& b_;
    const std::vector<std::string> users_;
    std::mt19937 random_{seed()};
    Model model_;
    std::map<std::string, Reading> readings_;
    unsigned texts_ = 0;
};

}  // namespace

TEST_P(StoreSuite, AgreesWithAModelOverAThousandRandomRequests) {
    RandomPlay play(*a_, *b_, {kAnna, kBert});
    for (int i = 0; i < 1'000 && !HasFailure(); ++i) {
        if (i % 125 == 124) engine_->disturb();
        play.step();
    }
    play.compare_all();
}
