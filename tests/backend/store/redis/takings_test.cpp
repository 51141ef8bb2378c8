// Aim: takings that nobody has answered are settled little by little, so that a node that comes
// back from an outage with many of them leaves Redis to the others, too.

#include <cstdlib>
#include <string>
#include <variant>

#include "tests/backend/store/redis/under_test.h"

using namespace backend;

namespace {

/// Scripts that were run since the statistics were reset.
std::size_t scripts_run(const test::RedisServer& server) {
    const std::string all = server.ask({"INFO", "commandstats"});
    const std::string what = "cmdstat_evalsha:calls=";
    const auto at = all.find(what);
    return at == std::string::npos ? 0 : std::strtoul(all.c_str() + at + what.size(), nullptr, 10);
}

TEST(RedisStore, ARenewalOfTheLeaseSettlesAHundredTakingsAtMost) {
    test::RedisUnderTest engine;
    engine.limit({.requests = 200});
    test::TestNode node(engine, "a");
    node.list_accounts();  // nothing is under way
    std::size_t answered = 0;
    std::size_t unheard = 0;
    for (int i = 0; i < 350; ++i) {
        node.store().take_session(test::ref("anna@example.org", std::to_string(i)),
                                  TakeReason::resume, [&](const auto& answer) {
                                      const auto* failure = std::get_if<TakeFailure>(&answer);
                                      ++answered;
                                      if (failure != nullptr && *failure == TakeFailure::store)
                                          ++unheard;
                                  });
    }
    ASSERT_TRUE(test::run_until(node.loop(), [&] { return answered == 350; }));
    ASSERT_EQ(unheard, 150U) << "more than may wait; of the others Redis knows nothing";
    for (const std::size_t settled : {100, 50, 0}) {
        engine.server().ask({"CONFIG", "RESETSTAT"});
        node.renew_lease();
        node.list_accounts();  // answered behind what the renewal has brought about
        EXPECT_EQ(scripts_run(engine.server()), 1 + settled);
    }
}

}  // namespace
