// The promises of backend/store.h, for every engine that joins (see store_suite.h).

#include "tests/backend/store_suite.h"

#include <algorithm>
#include <random>

#include "tests/support/run_loop.h"

namespace test {

using namespace backend;

namespace {

/// Asks and turns the node's loop until the answer is there.
template <class Value, class Ask>
Value wait_for(core::EventLoop& loop, Ask ask) {
    std::optional<Value> answer;
    ask([&](Value value) { answer = std::move(value); });
    EXPECT_TRUE(run_until(loop, [&] { return answer.has_value(); })) << "no answer";
    return answer ? std::move(*answer) : Value{};
}

/// The same for answers that must not be errors here.
template <class Value, class Ask>
Value wait_for_good(core::EventLoop& loop, Ask ask) {
    auto answer = wait_for<Store::Answer<Value>>(loop, std::move(ask));
    EXPECT_TRUE(std::holds_alternative<Value>(answer));
    return std::holds_alternative<Value>(answer) ? std::get<Value>(std::move(answer)) : Value{};
}

}  // namespace

SessionRef ref(const std::string& user, const std::string& id) {
    return {user, SessionId(id)};
}

Account account(const std::string& user) {
    using Stored = decltype(ScramKeys::stored_key);
    using Server = decltype(ScramKeys::server_key);
    return {user,
            {std::string("sa\0lt", 5), 4096, Stored("s1"), Server("v1")},
            {"salt256", 10000, Stored("s256"), Server("v256")}};
}

TestNode::TestNode(EngineUnderTest& engine, std::string name)
    : store_(engine.attach(loop_, NodeName(std::move(name)), *this)) {}

bool TestNode::add_account(const std::string& user) {
    const auto answer = wait_for<Store::Answer<Done>>(
        loop_, [&](auto on) { store_->put_account(account(user), on); });
    return std::holds_alternative<Done>(answer);
}

std::optional<Account> TestNode::find_account(const std::string& user) {
    return wait_for_good<std::optional<Account>>(loop_,
                                                 [&](auto on) { store_->find_account(user, on); });
}

bool TestNode::remove_account(const std::string& user) {
    return wait_for_good<bool>(loop_, [&](auto on) { store_->remove_account(user, on); });
}

std::vector<std::string> TestNode::list_accounts() {
    return wait_for_good<std::vector<std::string>>(loop_,
                                                   [&](auto on) { store_->list_accounts(on); });
}

std::vector<UserSnapshot> TestNode::read(std::vector<Store::Wanted> users) {
    return wait_for_good<std::vector<UserSnapshot>>(
        loop_, [&](auto on) { store_->read_users(std::move(users), on); });
}

UserSnapshot TestNode::read_one(const std::string& user) {
    auto read_users = read({{.user = user, .roster = true, .blocks = true}});
    EXPECT_EQ(read_users.size(), 1U);
    return read_users.empty() ? UserSnapshot{} : read_users[0];
}

std::string TestNode::read_vcard(const std::string& user) {
    return wait_for_good<std::string>(loop_, [&](auto on) { store_->read_vcard(user, on); });
}

CommitOutcome TestNode::open(const SessionRef& session, std::string resource) {
    return wait_for<CommitOutcome>(
        loop_, [&](auto on) { store_->open_session(session, std::move(resource), on); });
}

std::variant<TakenSession, TakeFailure> TestNode::take(const SessionRef& session,
                                                       TakeReason reason) {
    return wait_for<std::variant<TakenSession, TakeFailure>>(
        loop_, [&](auto on) { store_->take_session(session, reason, on); });
}

CommitOutcome TestNode::commit(Commit commit) {
    return wait_for<CommitOutcome>(loop_, [&](auto on) { store_->commit(std::move(commit), on); });
}

void TestNode::renew_lease() {
    wait_for_good<Done>(loop_, [&](auto on) { store_->renew_lease(on); });
}

std::vector<SessionRef> TestNode::find_expired(std::size_t most) {
    return wait_for_good<std::vector<SessionRef>>(loop_,
                                                  [&](auto on) { store_->find_expired(most, on); });
}

std::vector<Heard> TestNode::heard() {
    // An engine may bring events by another way than answers: a few more turns of the loop.
    renew_lease();
    const auto until = core::Clock::now() + std::chrono::milliseconds(20);
    run_until(loop_, [&] { return core::Clock::now() > until; });
    return std::exchange(heard_, {});
}

std::vector<QueuedStanza> TestNode::queued(const SessionRef& session) {
    std::vector<QueuedStanza> all;
    for (Heard& each : heard())
        if (each.what == Heard::What::queued && each.session == session)
            std::move(each.stanzas.begin(), each.stanzas.end(), std::back_inserter(all));
    return all;
}

void TestNode::on_queued(const SessionRef& session, Epoch epoch,
                         std::vector<QueuedStanza> stanzas) {
    heard_.push_back({Heard::What::queued, session, epoch, std::move(stanzas), {}});
}

void TestNode::on_taken(const SessionRef& session, Epoch old_epoch) {
    heard_.push_back({Heard::What::taken, session, old_epoch, {}, {}});
}

void TestNode::on_must_end(const SessionRef& session, std::string_view condition) {
    heard_.push_back({Heard::What::must_end, session, 0, {}, std::string(condition)});
}

}  // namespace test

using namespace backend;
using namespace std::chrono_literals;
using test::Heard;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreSuite);

namespace {

template <class Kind, class Outcome>
bool is(const Outcome& outcome) {
    return std::holds_alternative<Kind>(outcome);
}

Commit commit_of(const SessionRef& session, std::vector<Write> writes, Epoch epoch = 1) {
    return {.session = session, .epoch = epoch, .handled = {}, .writes = std::move(writes)};
}

std::vector<std::string> texts(const std::vector<QueuedStanza>& stanzas) {
    std::vector<std::string> all;
    for (const auto& stanza : stanzas) all.push_back(stanza.bytes);
    return all;
}

std::vector<std::uint64_t> numbers(const std::vector<QueuedStanza>& stanzas) {
    std::vector<std::uint64_t> all;
    for (const auto& stanza : stanzas) all.push_back(stanza.number);
    return all;
}

using Texts = std::vector<std::string>;
using Numbers = std::vector<std::uint64_t>;

}  // namespace

void StoreSuite::SetUp() {
    engine_ = GetParam()();
    if (!engine_) GTEST_SKIP() << "no such engine here";
    a_ = std::make_unique<test::TestNode>(*engine_, "a");
    b_ = std::make_unique<test::TestNode>(*engine_, "b");
    ASSERT_TRUE(a_->add_account(kAnna));
    ASSERT_TRUE(a_->add_account(kBert));
}

void StoreSuite::open_sm(test::TestNode& node, const SessionRef& session,
                         const std::string& resource, std::chrono::seconds resume_time) {
    ASSERT_TRUE(is<Done>(node.open(session, resource)));
    ASSERT_TRUE(is<Done>(node.commit(commit_of(session, {EnableSm{true, resume_time}}))));
}

void StoreSuite::pass_time(std::chrono::milliseconds time, std::vector<test::TestNode*> alive) {
    while (time > 0ms) {
        const auto step = std::min(time, std::chrono::milliseconds(Store::kLeaseTime / 4));
        engine_->advance(step);
        for (auto* node : alive) node->renew_lease();
        time -= step;
    }
}

// --- accounts -----------------------------------------------------------------------------------

TEST_P(StoreSuite, KeepsAccountsAsTheyWerePut) {
    const auto found = b_->find_account(kAnna);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->user, kAnna);
    EXPECT_TRUE(found->sha1 == test::account(kAnna).sha1);
    EXPECT_TRUE(found->sha256 == test::account(kAnna).sha256);
    EXPECT_FALSE(b_->find_account("nobody@example.org").has_value());
    auto listed = b_->list_accounts();
    std::sort(listed.begin(), listed.end());
    EXPECT_EQ(listed, (Texts{kAnna, kBert}));
    EXPECT_TRUE(b_->read_one(kAnna).exists);
    EXPECT_FALSE(b_->read_one("nobody@example.org").exists);
}

TEST_P(StoreSuite, ARemovedAccountTakesItsDataAlongAndEndsItsSessions) {
    open_sm(*a_, anna_, "phone");
    const auto before = b_->read_one(kAnna);
    RosterItem item;
    item.jid = kBert;
    ASSERT_TRUE(is<Done>(a_->commit(
        commit_of(anna_, {PutRosterItem{kAnna, item}, PutBlocks{kAnna, {"x@example.org"}},
                          PutVcard{kAnna, "<vCard/>"}}))));
    a_->heard();
    EXPECT_TRUE(b_->remove_account(kAnna));
    EXPECT_FALSE(b_->remove_account(kAnna));
    EXPECT_FALSE(b_->find_account(kAnna).has_value());
    EXPECT_EQ(b_->list_accounts(), Texts{kBert});
    const auto heard = a_->heard();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].what, Heard::What::must_end);
    EXPECT_TRUE(heard[0].session == anna_);
    EXPECT_FALSE(heard[0].condition.empty());
    const auto after = b_->read_one(kAnna);
    EXPECT_FALSE(after.exists);
    EXPECT_TRUE(after.roster.items.empty());
    EXPECT_TRUE(after.blocks.empty());
    EXPECT_EQ(b_->read_vcard(kAnna), "");
    // Nothing goes to what is gone, and nobody begins a session there.
    ASSERT_TRUE(is<Done>(b_->open(bert_, "desk")));
    EXPECT_TRUE(is<Stale>(
        b_->commit(commit_of(bert_, {StoreOffline{kAnna, before.routes_version, "<m/>"}}))));
    EXPECT_TRUE(is<Stale>(b_->open(test::ref(kAnna, "anna-2"), "desk")));
    // The owner can close what is left.
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, {CloseSession{}}))));
    EXPECT_TRUE(b_->read_one(kAnna).routes.empty());
    ASSERT_TRUE(b_->add_account(kAnna));
    EXPECT_EQ(b_->read_vcard(kAnna), "");
    EXPECT_TRUE(b_->read_one(kAnna).roster.items.empty());
}

// --- sessions and routes ------------------------------------------------------------------------

TEST_P(StoreSuite, ANewSessionHasARouteAndItsResourceAlone) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    const auto read = b_->read_one(kAnna);
    ASSERT_EQ(read.routes.size(), 1U);
    EXPECT_EQ(read.routes[0].resource, "phone");
    EXPECT_TRUE(read.routes[0].session == anna_.id);
    EXPECT_EQ(read.routes[0].node, NodeName("a"));
    EXPECT_FALSE(read.routes[0].priority.has_value());
    EXPECT_TRUE(is<Stale>(b_->open(test::ref(kAnna, "anna-2"), "phone")));
    EXPECT_TRUE(is<Done>(b_->open(test::ref(kAnna, "anna-3"), "desk")));
    EXPECT_TRUE(is<Done>(b_->open(bert_, "phone")));
    EXPECT_TRUE(is<Stale>(b_->open(test::ref("nobody@example.org", "n"), "phone")));
}

TEST_P(StoreSuite, RoutesAreReadAsTheyWerePutAndChangeTheirVersion) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    const auto first = b_->read_one(kAnna);
    Route route;
    route.resource = "phone";
    route.session = anna_.id;
    route.node = NodeName("a");
    route.priority = -7;
    route.presence = "<presence from='anna@example.org/phone'>\xc3\xa9</presence>";
    route.wants_roster = route.wants_blocks = route.carbons = true;
    route.directed = {"x@example.org", "room@example.org/nick"};
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {PutRoute{route}}))));
    const auto second = b_->read_one(kAnna);
    ASSERT_EQ(second.routes.size(), 1U);
    EXPECT_TRUE(second.routes[0] == route);
    EXPECT_NE(second.routes_version, first.routes_version);
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {CloseSession{}}))));
    const auto third = b_->read_one(kAnna);
    EXPECT_TRUE(third.routes.empty());
    EXPECT_NE(third.routes_version, second.routes_version);
    EXPECT_NE(third.routes_version, first.routes_version);
}

TEST_P(StoreSuite, ReadsManyUsersInTheOrderOfAsking) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    const auto read = b_->read({{.user = "nobody@example.org"}, {.user = kAnna}, {.user = kBert}});
    ASSERT_EQ(read.size(), 3U);
    EXPECT_FALSE(read[0].exists);
    EXPECT_EQ(read[1].routes.size(), 1U);
    EXPECT_TRUE(read[2].exists);
    EXPECT_TRUE(read[2].routes.empty());
}

// --- queues -------------------------------------------------------------------------------------

TEST_P(StoreSuite, StanzasComeToTheOwnerInOrderAndNumberedWithoutGaps) {
    open_sm(*a_, anna_, "phone");
    open_sm(*b_, bert_, "desk");
    for (int i = 0; i < 50; ++i)
        ASSERT_TRUE(is<Done>(a_->commit(
            commit_of(anna_, {Enqueue{bert_, "x" + std::to_string(i)}, Enqueue{anna_, "echo"},
                              Enqueue{bert_, "y" + std::to_string(i)}}))));
    const auto got = b_->queued(bert_);
    ASSERT_EQ(got.size(), 100U);
    for (std::size_t i = 0; i < got.size(); ++i) {
        EXPECT_EQ(got[i].number, i + 1);
        EXPECT_EQ(got[i].bytes, (i % 2 == 0 ? "x" : "y") + std::to_string(i / 2));
    }
    EXPECT_EQ(a_->queued(anna_).size(), 50U);
}

TEST_P(StoreSuite, AnswersComeInTheOrderOfAskingAndNeverWithinTheCall) {
    open_sm(*a_, anna_, "phone");
    std::vector<int> order;
    for (int i = 0; i < 30; i += 3) {
        a_->store().commit(commit_of(anna_, {Enqueue{anna_, "m"}}),
                           [&order, i](CommitOutcome) { order.push_back(i); });
        a_->store().read_users({{.user = kBert}}, [&order, i](auto) { order.push_back(i + 1); });
        a_->store().commit(commit_of(anna_, {}, 99),
                           [&order, i](CommitOutcome) { order.push_back(i + 2); });
    }
    EXPECT_TRUE(order.empty());
    ASSERT_TRUE(test::run_until(a_->loop(), [&] { return order.size() == 30; }));
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_P(StoreSuite, TheQueueIsKeptUntilItIsTrimmed) {
    open_sm(*a_, anna_, "phone");
    for (int i = 1; i <= 10; ++i)
        ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Enqueue{anna_, std::to_string(i)}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{4}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{2}}))));  // of no effect
    auto taken = b_->take(anna_, TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(taken));
    const auto& queue = std::get<TakenSession>(taken).queue;
    EXPECT_EQ(numbers(queue), (Numbers{5, 6, 7, 8, 9, 10}));
    EXPECT_EQ(texts(queue), (Texts{"5", "6", "7", "8", "9", "10"}));
    // Numbers go on where they were, also behind an empty queue.
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(anna_, {Trim{10}, Enqueue{anna_, "11"}}, 2))));
    EXPECT_EQ(numbers(b_->queued(anna_)), Numbers{11});
}

TEST_P(StoreSuite, AFullQueueRefusesTheWholeCommitAndIsNamed) {
    open_sm(*a_, anna_, "phone");
    open_sm(*b_, bert_, "desk");
    std::vector<Write> many(Store::kQueueStanzas, Enqueue{bert_, "m"});
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, std::move(many)))));
    const auto refused =
        a_->commit(commit_of(anna_, {Enqueue{anna_, "n"}, Enqueue{bert_, "one too many"}}));
    ASSERT_TRUE(is<QueueFull>(refused));
    EXPECT_TRUE(std::get<QueueFull>(refused).session == bert_);
    EXPECT_EQ(b_->queued(bert_).size(), Store::kQueueStanzas);
    EXPECT_TRUE(a_->queued(anna_).empty());
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {Trim{1}}))));
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Enqueue{bert_, "fits"}}))));
    EXPECT_TRUE(is<QueueFull>(a_->commit(commit_of(anna_, {Enqueue{bert_, "again"}}))));
}

TEST_P(StoreSuite, AQueueIsAlsoFullByBytes) {
    open_sm(*a_, anna_, "phone");
    const std::string quarter(Store::kQueueBytes / 4, 'q');
    std::vector<Write> five(5, Enqueue{anna_, quarter});
    EXPECT_TRUE(is<QueueFull>(a_->commit(commit_of(anna_, five))));
    five.pop_back();
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, five))));
    EXPECT_TRUE(is<QueueFull>(a_->commit(commit_of(anna_, {Enqueue{anna_, "x"}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{2}}))));
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Enqueue{anna_, quarter}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{5}}))));
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, five))));
}

// --- commits ------------------------------------------------------------------------------------

TEST_P(StoreSuite, ACommitThatCannotBeDoneDoesNothing) {
    open_sm(*a_, anna_, "phone");
    open_sm(*b_, bert_, "desk");
    const auto before = a_->read_one(kAnna);
    RosterItem item;
    item.jid = kBert;
    Commit all = commit_of(
        anna_, {Enqueue{bert_, "never"}, PutRosterItem{kAnna, item}, PutVcard{kAnna, "<v/>"},
                PutBlocks{kAnna, {"b@example.org"}}, SetInactive{true}, Trim{1}, Detach{},
                Enqueue{test::ref(kBert, "gone"), "nowhere"}});
    all.handled = 77;
    EXPECT_TRUE(is<Stale>(a_->commit(all)));
    EXPECT_TRUE(b_->queued(bert_).empty());
    const auto after = a_->read_one(kAnna);
    EXPECT_EQ(after.roster.version, before.roster.version);
    EXPECT_TRUE(after.roster.items.empty());
    EXPECT_TRUE(after.blocks.empty());
    EXPECT_EQ(a_->read_vcard(kAnna), "");
    const auto taken = a_->take(anna_, TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(taken));
    EXPECT_EQ(std::get<TakenSession>(taken).record.handled, 0U);
    EXPECT_FALSE(std::get<TakenSession>(taken).record.is_inactive);
}

TEST_P(StoreSuite, ARefusedCommitLeavesTheOnesAroundItAlone) {
    open_sm(*a_, anna_, "phone");
    std::vector<CommitOutcome> outcomes;
    const auto note = [&](CommitOutcome outcome) { outcomes.push_back(std::move(outcome)); };
    a_->store().commit(commit_of(anna_, {Enqueue{anna_, "1"}}), note);
    a_->store().commit(
        commit_of(anna_, {Enqueue{anna_, "x"}, Enqueue{test::ref(kBert, "gone"), "y"}}), note);
    a_->store().commit(commit_of(anna_, {Enqueue{anna_, "z"}}, 7), note);
    a_->store().commit(commit_of(anna_, {Enqueue{anna_, "2"}}), note);
    ASSERT_TRUE(test::run_until(a_->loop(), [&] { return outcomes.size() == 4; }));
    EXPECT_TRUE(is<Done>(outcomes[0]));
    EXPECT_TRUE(is<Stale>(outcomes[1]));
    EXPECT_TRUE(is<Fenced>(outcomes[2]));
    EXPECT_TRUE(is<Done>(outcomes[3]));
    const auto got = a_->queued(anna_);
    EXPECT_EQ(texts(got), (Texts{"1", "2"}));
    EXPECT_EQ(numbers(got), (Numbers{1, 2}));
}

TEST_P(StoreSuite, WhatWasReadMustStillBeSo) {
    open_sm(*a_, anna_, "phone");
    const auto anna = a_->read_one(kAnna);
    const auto bert = a_->read_one(kBert);
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(
        anna_,
        {Unchanged{kAnna, anna.routes_version, anna.roster.version},
         Unchanged{kBert, bert.routes_version, {}},
         Unchanged{"nobody@example.org", a_->read_one("nobody@example.org").routes_version, {}},
         PutRoute{anna.routes.at(0)}}))));
    EXPECT_TRUE(is<Stale>(a_->commit(
        commit_of(anna_, {Unchanged{kAnna, anna.routes_version, {}}, Enqueue{anna_, "m"}}))));
    RosterItem item;
    item.jid = kBert;
    const auto now = a_->read_one(kAnna);
    EXPECT_TRUE(is<Done>(
        a_->commit(commit_of(anna_, {Unchanged{kAnna, now.routes_version, now.roster.version},
                                     PutRosterItem{kAnna, item}}))));
    EXPECT_TRUE(is<Stale>(a_->commit(
        commit_of(anna_, {Unchanged{kAnna, {}, now.roster.version}, Enqueue{anna_, "m"}}))));
    EXPECT_TRUE(a_->queued(anna_).empty());
}

TEST_P(StoreSuite, RosterVersionsRiseAndAreTold) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    RosterItem bert;
    bert.jid = kBert;
    bert.name = "Bert & Co";
    bert.groups = {"friends", "", "work"};
    bert.subscription = Subscription::to;
    bert.ask = bert.approved = true;
    bert.pending_in = "<presence type='subscribe'/>";
    bert.is_listed = false;
    auto outcome = a_->commit(commit_of(anna_, {PutRosterItem{kAnna, bert}}));
    ASSERT_TRUE(is<Done>(outcome));
    const auto first = std::get<Done>(outcome).roster_version;
    auto read = b_->read_one(kAnna).roster;
    EXPECT_EQ(read.version, first);
    bert.changed_at = first;
    ASSERT_EQ(read.items.size(), 1U);
    EXPECT_TRUE(read.items[0] == bert);
    RosterItem carl;
    carl.jid = "carl@example.org";
    outcome = a_->commit(commit_of(anna_, {PutRosterItem{kAnna, carl}}));
    const auto second = std::get<Done>(outcome).roster_version;
    EXPECT_GT(second, first);
    outcome = a_->commit(commit_of(anna_, {RemoveRosterItem{kAnna, kBert}}));
    EXPECT_GT(std::get<Done>(outcome).roster_version, second);
    read = b_->read_one(kAnna).roster;
    EXPECT_EQ(read.version, std::get<Done>(outcome).roster_version);
    ASSERT_EQ(read.items.size(), 1U);
    EXPECT_EQ(read.items[0].jid, carl.jid);
    EXPECT_EQ(read.items[0].changed_at, second);
    outcome = a_->commit(commit_of(anna_, {Enqueue{anna_, "m"}}));
    EXPECT_EQ(std::get<Done>(outcome).roster_version, 0U);
    EXPECT_EQ(b_->read({{.user = kAnna, .roster = false}})[0].roster.items.size(), 0U);
}

TEST_P(StoreSuite, BlocksAndVcardsAreReplaced) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    const Texts blocks{"x@example.org", "example.net", "y@example.org/z"};
    ASSERT_TRUE(is<Done>(a_->commit(
        commit_of(anna_, {PutBlocks{kAnna, blocks}, PutVcard{kAnna, "<vCard>1</vCard>"}}))));
    EXPECT_EQ(b_->read_one(kAnna).blocks, blocks);
    EXPECT_EQ(b_->read_vcard(kAnna), "<vCard>1</vCard>");
    ASSERT_TRUE(
        is<Done>(a_->commit(commit_of(anna_, {PutBlocks{kAnna, {}}, PutVcard{kAnna, ""}}))));
    EXPECT_TRUE(b_->read_one(kAnna).blocks.empty());
    EXPECT_EQ(b_->read_vcard(kAnna), "");
}

// --- offline messages ---------------------------------------------------------------------------

TEST_P(StoreSuite, OfflineMessagesMoveToTheQueueInOrder) {
    open_sm(*a_, anna_, "phone");
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(is<Done>(a_->commit(commit_of(
            anna_, {StoreOffline{kBert, a_->read_one(kBert).routes_version, std::to_string(i)}}))));
    ASSERT_TRUE(is<Done>(b_->open(bert_, "desk")));
    ASSERT_TRUE(is<Done>(b_->commit(
        commit_of(bert_, {Enqueue{bert_, "first"}, MoveOffline{}, Enqueue{bert_, "last"}}))));
    const auto got = b_->queued(bert_);
    ASSERT_EQ(got.size(), 22U);
    EXPECT_EQ(got.front().bytes, "first");
    EXPECT_EQ(got.back().bytes, "last");
    for (std::size_t i = 0; i < 22; ++i) EXPECT_EQ(got[i].number, i + 1);
    for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(got[i + 1].bytes, std::to_string(i));
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {MoveOffline{}}))));
    EXPECT_TRUE(b_->queued(bert_).empty());
}

TEST_P(StoreSuite, NoMessageGoesOfflineBehindASessionThatJustBegan) {
    open_sm(*a_, anna_, "phone");
    const auto read = a_->read_one(kBert);
    ASSERT_TRUE(is<Done>(b_->open(bert_, "desk")));
    EXPECT_TRUE(is<Stale>(
        a_->commit(commit_of(anna_, {StoreOffline{kBert, read.routes_version, "late"}}))));
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {MoveOffline{}}))));
    EXPECT_TRUE(b_->queued(bert_).empty());
}

TEST_P(StoreSuite, OfflineMessagesAreBounded) {
    open_sm(*a_, anna_, "phone");
    const auto version = a_->read_one(kBert).routes_version;
    std::vector<Write> many(Store::kQueueStanzas, StoreOffline{kBert, version, "m"});
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, std::move(many)))));
    const auto refused =
        a_->commit(commit_of(anna_, {StoreOffline{kBert, version, "one too many"}}));
    ASSERT_TRUE(is<QueueFull>(refused));
    EXPECT_EQ(std::get<QueueFull>(refused).session.user, kBert);
    EXPECT_TRUE(std::get<QueueFull>(refused).session.id.empty());
    ASSERT_TRUE(is<Done>(b_->open(bert_, "desk")));
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {Enqueue{bert_, "1"}, MoveOffline{}}))));
    EXPECT_EQ(b_->queued(bert_).size(), Store::kQueueStanzas + 1);
}
