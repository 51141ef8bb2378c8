#pragma once
// One suite for all engines of backend::Store: every promise of backend/store/store.h as a test. An
// engine joins it with one line in its own test file:
//   INSTANTIATE_TEST_SUITE_P(Name, StoreSuite, testing::Values(test::EngineMaker(&make_engine)));

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/backend/store/store_node.h"

/// Two nodes and two users before each test.
class StoreSuite : public testing::TestWithParam<test::EngineMaker> {
protected:
    static constexpr auto kAnna = test::kAnna;
    static constexpr auto kBert = test::kBert;

    void SetUp() override;
    /// `session` on `node`, with stream management.
    void open_sm(test::TestNode& node, const backend::SessionRef& session,
                 const std::string& resource,
                 std::chrono::seconds resume_time = std::chrono::seconds(300));
    /// Lets `time` pass while the nodes `alive` say that they live.
    void pass_time(std::chrono::milliseconds time, std::vector<test::TestNode*> alive);

    std::unique_ptr<test::EngineUnderTest> engine_;
    std::unique_ptr<test::TestNode> a_;
    std::unique_ptr<test::TestNode> b_;
    const backend::SessionRef anna_ = test::ref(kAnna, "anna-1");
    const backend::SessionRef bert_ = test::ref(kBert, "bert-1");
};

namespace test {

template <class Kind, class Outcome>
bool is(const Outcome& outcome) {
    return std::holds_alternative<Kind>(outcome);
}

inline backend::Commit commit_of(const backend::SessionRef& session,
                                 std::vector<backend::Write> writes, backend::Epoch epoch = 1) {
    return {.session = session, .epoch = epoch, .handled = {}, .writes = std::move(writes)};
}

}  // namespace test
