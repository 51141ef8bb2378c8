#include "proxy/checks/settings_advice.h"

#include <gtest/gtest.h>

#include <utility>

namespace proxy {
namespace {

using balancer::BackendId;
using balancer::HealthReason;
using conf::ProxyProtocol;

/// Starts checks that the test ends.
class SettingsAdviceTest : public testing::Test {
protected:
    struct Ended final : Probe {
        explicit Ended(int& count) : alive(count) { ++alive; }
        ~Ended() override { --alive; }
        int& alive;
    };

    SettingsAdviceTest() {
        request.backend.host = "192.0.2.1";
        request.domain = "example.org";
    }

    std::unique_ptr<Probe> start(ProbeRequest asked,
                                 std::function<void(const ProbeResult&)> on_done) {
        tried.push_back(changed_setting(request.backend, asked.backend));
        EXPECT_FALSE(asked.backend.tls_verify) << "a certificate is none of its questions";
        answer = std::move(on_done);
        return std::make_unique<Ended>(alive);
    }
    void fail_with(std::optional<Symptom> symptom) { advice.note_failure(id, request, symptom); }
    void end_trial(std::optional<HealthReason> failure, std::optional<Symptom> symptom) {
        std::exchange(answer, nullptr)({.failure = failure, .detail = {}, .symptom = symptom});
    }
    void no_answer() { end_trial(HealthReason::timed_out, Symptom::silent); }

    const BackendId id{7};
    ProbeRequest request;
    int alive = 0;
    std::vector<std::string> tried;
    std::vector<std::string> found;
    std::function<void(const ProbeResult&)> answer;
    SettingsAdvice advice{
        [this](ProbeRequest asked, std::function<void(const ProbeResult&)> on_done) {
            return start(std::move(asked), std::move(on_done));
        },
        [this](BackendId, std::string_view setting) { found.emplace_back(setting); }};
};

TEST_F(SettingsAdviceTest, SaysWhatAnswers) {
    request.backend.proxy = ProxyProtocol::v2;
    fail_with(Symptom::not_xmpp);
    end_trial(std::nullopt, std::nullopt);
    EXPECT_EQ(found, std::vector<std::string>{"proxy = \"off\""});
    EXPECT_EQ(advice.finding(id), "proxy = \"off\"");
    EXPECT_EQ(alive, 0);
}

TEST_F(SettingsAdviceTest, TriesOneAfterTheOtherAndSaysThatNoneAnswers) {
    fail_with(Symptom::silent);
    while (answer) no_answer();
    EXPECT_EQ(tried,
              (std::vector<std::string>{"proxy = \"v2\"", "proxy = \"v1\"", "tls = \"direct\""}));
    EXPECT_EQ(found, std::vector<std::string>{""});
    EXPECT_EQ(advice.finding(id), "");
}

TEST_F(SettingsAdviceTest, AServerWithSomethingElseToRepairIsFoundToo) {
    fail_with(Symptom::ended_early);
    end_trial(HealthReason::bad_answer, std::nullopt);
    EXPECT_EQ(advice.finding(id), "tls = \"direct\"");
}

TEST_F(SettingsAdviceTest, TriesOnce) {
    fail_with(Symptom::silent);
    while (answer) no_answer();
    const std::size_t before = tried.size();
    for (int i = 0; i < 1000; ++i) fail_with(Symptom::silent);
    EXPECT_EQ(tried.size(), before);
}

TEST_F(SettingsAdviceTest, WhatHasPassedIsNeverTried) {
    advice.note_pass(id, request.backend);
    fail_with(Symptom::silent);
    request.backend.weight = 3;
    fail_with(Symptom::silent);
    EXPECT_TRUE(tried.empty());
}

TEST_F(SettingsAdviceTest, WhatSettingsDoNotExplainIsNotTried) {
    fail_with(std::nullopt);
    EXPECT_TRUE(tried.empty());
}

TEST_F(SettingsAdviceTest, APassEndsTheTrialAndTheFinding) {
    fail_with(Symptom::silent);
    advice.note_pass(id, request.backend);
    EXPECT_EQ(alive, 0);
    fail_with(Symptom::silent);
    EXPECT_EQ(tried.size(), 1u);
}

TEST_F(SettingsAdviceTest, OtherSettingsAreTriedAnew) {
    fail_with(Symptom::silent);
    end_trial(std::nullopt, std::nullopt);
    EXPECT_EQ(advice.finding(id), "proxy = \"v2\"");
    request.backend.proxy = ProxyProtocol::v2;
    fail_with(Symptom::silent);
    EXPECT_EQ(advice.finding(id), "");
    EXPECT_EQ(tried.size(), 2u);
}

TEST_F(SettingsAdviceTest, ATrialThatWasGivenUpBeginsAnewWithTheNextFailure) {
    fail_with(Symptom::silent);
    advice.give_up_trials();
    EXPECT_EQ(alive, 0);
    fail_with(Symptom::silent);
    EXPECT_EQ(tried.size(), 2u);
}

}  // namespace
}  // namespace proxy
