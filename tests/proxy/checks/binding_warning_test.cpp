// Aim: an operator hears of every offer to bind a login that cannot hold, on whom it falls, and
// which switch of the server ends it.

#include "proxy/checks/binding_warning.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using conf::ChannelBinding;

const std::vector<std::string> kPlain{"PLAIN", "SCRAM-SHA-1"};
const std::vector<std::string> kPlus{"SCRAM-SHA-1-PLUS", "PLAIN", "SCRAM-SHA-1"};

xmpp::FeaturesSummary offer(std::vector<std::string> mechanisms,
                            std::vector<std::string> bindings = {}) {
    xmpp::FeaturesSummary offered;
    offered.mechanisms = std::move(mechanisms);
    offered.bindings = std::move(bindings);
    return offered;
}

std::optional<BindingWarning> warning(const xmpp::FeaturesSummary& offered,
                                      ChannelBinding binding = ChannelBinding::none,
                                      ServerKind server = ServerKind::unknown,
                                      conf::BackendTls tls = conf::BackendTls::starttls) {
    conf::Backend backend;
    backend.channel_binding = binding;
    backend.tls = tls;
    return binding_warning(offered, backend, server);
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(BindingWarning, ThereIsNoneWhereNothingIsBound) {
    EXPECT_EQ(warning(offer(kPlain)), std::nullopt);
    EXPECT_EQ(warning(offer({})), std::nullopt);
}

TEST(BindingWarning, ThereIsNoneWhereTheBackendIsToldOfTheClientsTls) {
    EXPECT_EQ(warning(offer(kPlus, {"tls-exporter"}), ChannelBinding::told), std::nullopt);
}

TEST(BindingWarning, SaysWhatIsOfferedAndOnWhomItFalls) {
    const auto found = warning(offer(kPlus, {"tls-unique", "tls-exporter"}));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->detail, "offers SCRAM-SHA-1-PLUS, bound to tls-exporter, tls-unique");
    EXPECT_EQ(found->effect,
              "clients that bind their login to TLS are refused, and so are those that say they "
              "could (y)");
    EXPECT_EQ(warning(offer(kPlus))->detail, "offers SCRAM-SHA-1-PLUS");
}

TEST(BindingWarning, IsTheSameInAnyOrderAndProfile) {
    const auto first = warning(offer({"B-PLUS", "A-PLUS"}, {"x", "y"}));
    EXPECT_EQ(warning(offer({"A-PLUS", "B-PLUS"}, {"y", "x"})), first);
    xmpp::FeaturesSummary sasl2 = offer({}, {"x", "y"});
    sasl2.sasl2_mechanisms = {"A-PLUS", "B-PLUS"};
    EXPECT_EQ(warning(sasl2), first);
}

TEST(BindingWarning, NamesTheSwitchOfTheServerThatIsKnown) {
    const auto remedy = [](ServerKind server, conf::BackendTls tls = conf::BackendTls::off) {
        return warning(offer(kPlus), ChannelBinding::none, server, tls)->remedy;
    };
    EXPECT_EQ(remedy(ServerKind::openfire),
              "take SCRAM-SHA-1-PLUS out of Openfire's sasl.mechs (sasl.mechs=PLAIN,SCRAM-SHA-1)");
    EXPECT_EQ(remedy(ServerKind::ejabberd),
              "set ejabberd's disable_sasl_mechanisms: [SCRAM-SHA-1-PLUS, SCRAM-SHA-256-PLUS, "
              "SCRAM-SHA-512-PLUS]");
    EXPECT_EQ(remedy(ServerKind::prosody),
              "set Prosody's disable_sasl_mechanisms = { \"SCRAM-SHA-1-PLUS\" }");
    for (const ServerKind each : {ServerKind::ejabberd, ServerKind::prosody})
        EXPECT_TRUE(has(remedy(each, conf::BackendTls::direct), "or tls = \"off\""));
    EXPECT_TRUE(has(remedy(ServerKind::ejabberd, conf::BackendTls::starttls),
                    "(not enough for ejabberd 24.02 to 26.02)"));
    for (const char* each : {"Openfire's sasl.mechs", "ejabberd's disable_sasl_mechanisms: [",
                             "Prosody's disable_sasl_mechanisms = { \"SCRAM-SHA-1-PLUS\" }"})
        EXPECT_TRUE(has(remedy(ServerKind::unknown), each)) << each;
}

TEST(BindingWarning, TellsOfTheSameCertificateWhereTheServerCouldBindToIt) {
    const auto remedy = [](conf::BackendTls tls, const char* binding) {
        return warning(offer(kPlus, {binding}), ChannelBinding::none, ServerKind::openfire, tls)
            ->remedy;
    };
    EXPECT_TRUE(
        has(remedy(conf::BackendTls::direct, "tls-server-end-point"), "\"same-certificate\""));
    EXPECT_FALSE(
        has(remedy(conf::BackendTls::direct, "tls-server-end-point"), "tls = \"starttls\""));
    EXPECT_TRUE(has(remedy(conf::BackendTls::off, "tls-server-end-point"), "tls = \"starttls\""));
    EXPECT_FALSE(has(remedy(conf::BackendTls::direct, "tls-exporter"), "same-certificate"));
}

TEST(BindingWarning, TellsOfBindingsThatNoMechanismUses) {
    const auto found = warning(offer(kPlain, {"tls-exporter"}));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->detail, "lists tls-exporter to bind to, though no mechanism binds");
    EXPECT_TRUE(has(found->remedy, "tls = \"off\""));
    EXPECT_FALSE(has(warning(offer(kPlain, {"tls-exporter"}), ChannelBinding::none,
                             ServerKind::unknown, conf::BackendTls::off)
                         ->remedy,
                     "tls = \"off\""));
}

TEST(BindingWarning, WithTheSameCertificateTheEndPointAloneHolds) {
    const auto same = [](std::vector<std::string> mechanisms, std::vector<std::string> bindings,
                         ServerKind server = ServerKind::ejabberd) {
        return warning(offer(std::move(mechanisms), std::move(bindings)),
                       ChannelBinding::same_certificate, server);
    };
    EXPECT_EQ(same(kPlus, {"tls-server-end-point"}), std::nullopt);

    const auto beside = same(kPlus, {"tls-exporter", "tls-server-end-point", "tls-unique"});
    ASSERT_TRUE(beside);
    EXPECT_EQ(beside->detail,
              "offers to bind to tls-exporter, tls-unique beside tls-server-end-point");
    EXPECT_EQ(beside->effect, "clients that bind to tls-exporter, tls-unique are refused");
    EXPECT_TRUE(has(beside->remedy, "disable_sasl_mechanisms")) << beside->remedy;

    const auto without = same(kPlus, {"tls-exporter"});
    ASSERT_TRUE(without);
    EXPECT_EQ(without->detail, "offers to bind to tls-exporter, not to tls-server-end-point");
    EXPECT_TRUE(has(same(kPlus, {"tls-exporter"}, ServerKind::prosody)->remedy,
                    "tls_server_end_point_hash"));
    EXPECT_TRUE(has(same(kPlus, {})->detail, "without a word on what it binds to"));
    EXPECT_EQ(same(kPlain, {})->detail, "offers no mechanism that binds");
}

TEST(BindingWarning, TellsOfAFewOfManyAndOfLongNames) {
    std::vector<std::string> many;
    for (int i = 10; i < 200; ++i) many.push_back(std::to_string(i) + "-PLUS");
    many.push_back("1" + std::string(5000, 'x') + "-PLUS");
    for (const ServerKind server : {ServerKind::unknown, ServerKind::ejabberd}) {
        const auto found = warning(offer(many), ChannelBinding::none, server);
        EXPECT_LT(found->detail.size(), 300U);
        EXPECT_LT(found->remedy.size(), 2000U);
        EXPECT_TRUE(has(found->detail, ", ...")) << found->detail;
    }
}

TEST(ServerKind, IsGuessedFromWhatAServerCannotHide) {
    EXPECT_EQ(guess_server("39bd4375-a1f3-44ee-992a-a7874c5ac7d2", ""), ServerKind::prosody);
    EXPECT_EQ(guess_server("12387726280445318698", ""), ServerKind::ejabberd);
    EXPECT_EQ(guess_server("1512821748940758051", ""), ServerKind::ejabberd);
    EXPECT_EQ(guess_server("1m8easnw7p", "https://www.igniterealtime.org/projects/openfire/"),
              ServerKind::openfire);
    EXPECT_EQ(guess_server("", "http://www.process-one.net/en/ejabberd/"), ServerKind::ejabberd);
    EXPECT_EQ(guess_server("", "http://prosody.im"), ServerKind::prosody);
}

TEST(ServerKind, IsUnknownRatherThanWrong) {
    for (const char* id :
         {"", "1m8easnw7p", "1234567890123456", "123456789012345678901",
          "39BD4375-A1F3-44EE-992A-A7874C5AC7D2", "39bd4375a1f344ee992aa7874c5ac7d2"})
        EXPECT_EQ(guess_server(id, ""), ServerKind::unknown) << id;
    EXPECT_EQ(guess_server("12387726280445318698", "https://other.example/"), ServerKind::unknown);
}

}  // namespace
}  // namespace proxy
