// A check and a session judge alike: every answer of a backend goes through both.

#include "proxy/offers/first_answer.h"

#include <gtest/gtest.h>

#include <vector>

#include "proxy/checks/probe_dialog.h"
#include "proxy/session/relay.h"
#include "tests/proxy/resumption/some_tags.h"

namespace proxy {
namespace {

constexpr std::string_view kDomain = "example.org";
const std::string kHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='1' from='example.org' version='1.0'>";
const std::string kMechanisms =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
    "</mechanisms>";
const std::string kSasl2 =
    "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism></authentication>";
const std::string kStarttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const std::string kRequired =
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";

std::string features(const std::string& content) {
    return "<stream:features>" + content + "</stream:features>";
}
std::string header_with(const std::string& attributes) {
    return "<stream:stream " + attributes + ">";
}
std::string repeated(const std::string& piece, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += piece;
    return text;
}
std::string nested(int depth) {
    return repeated("<a xmlns='urn:x'>", depth) + repeated("</a>", depth);
}

/// An answer, and what is wrong with it: the word of both; empty: nothing.
struct Case {
    std::string name;
    std::string answer;
    std::string word = {};
};

void PrintTo(const Case& each, std::ostream* out) {
    *out << each.name;
}

const std::vector<Case>& cases() {
    static const std::string kStreams = "xmlns:stream='http://etherx.jabber.org/streams' ";
    static const std::vector<Case> all{
        {"sasl", kHeader + features(kMechanisms)},
        {"sasl2", kHeader + features(kSasl2)},
        {"white_space", "\n" + kHeader + "\n  \n" + features(kMechanisms) + "\n"},
        {"starttls_on_offer", kHeader + features(kStarttls + kMechanisms)},
        {"starttls_required", kHeader + features(kRequired + kMechanisms), "starttls_required"},
        {"starttls_alone", kHeader + features(kStarttls), "starttls_required"},
        {"no_login", kHeader + features(""), "no_login"},
        {"bind_alone", kHeader + features("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"),
         "no_login"},
        {"empty_list", kHeader + features("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"),
         "no_login"},
        {"old_version", header_with("xmlns='jabber:client' " + kStreams) + features(kMechanisms),
         "old_version"},
        {"newer_minor_version", header_with("xmlns='jabber:client' " + kStreams + "version='1.7'") +
                                    features(kMechanisms)},
        {"version_2", header_with("xmlns='jabber:client' " + kStreams + "version='2.0'"),
         "unsupported-version"},
        {"servers_port", header_with("xmlns='jabber:server' " + kStreams + "version='1.0'"),
         "invalid-namespace"},
        {"no_header", "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>",
         "not-a-stream"},
        {"http", "HTTP/1.1 400 Bad Request\r\n\r\n", "not-a-stream"},
        {"comment", kHeader + "<!-- -->", "comment"},
        {"broken", kHeader + "<stream:features></a>", "end-tag"},
        {"iq_instead", kHeader + "<iq type='get' id='1'/>" + features(kMechanisms), "no_features"},
        {"message_instead", kHeader + "<message/>" + features(kMechanisms), "no_features"},
        {"other_element_instead", kHeader + "<x xmlns='urn:x'/>" + features(kMechanisms),
         "no_features"},
        {"features_of_nobody", kHeader + "<features xmlns='urn:x'>" + kMechanisms + "</features>",
         "no_features"},
        {"end_instead", kHeader + "</stream:stream>", "closed_without_features"},
        {"error_instead",
         kHeader + "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                   "</stream:error></stream:stream>",
         "host-unknown"},
        {"12_kB", kHeader + features(kMechanisms + repeated(" ", 12'000))},
        {"60_kB", kHeader + features(kMechanisms + repeated(" ", 60'000))},
        {"70_kB", kHeader + features(kMechanisms + repeated(" ", 70'000)), "too-many-bytes"},
        {"large_header",
         header_with("xmlns='jabber:client' " + kStreams + "version='1.0' x='" +
                     repeated("x", 70'000) + "'"),
         "too-many-bytes"},
        {"600_elements", kHeader + features(kMechanisms + repeated("<a xmlns='urn:x'/>", 600))},
        {"2100_elements", kHeader + features(kMechanisms + repeated("<a xmlns='urn:x'/>", 2100)),
         "too-many-elements"},
        {"depth_20", kHeader + features(kMechanisms + nested(20))},
        {"depth_40", kHeader + features(kMechanisms + nested(40)), "too-deep"},
    };
    return all;
}

struct Outcome {
    bool is_of_use = false;
    std::string words;
};

Outcome check(const std::string& answer) {
    xmpp::ScanWorkPool pool;
    ProbeDialog dialog(pool, {.domain = std::string(kDomain)});
    const auto verdict = dialog.on_bytes(answer).verdict;
    if (!verdict) return {false, "no verdict"};
    return {!verdict->failure, verdict->detail};
}

struct Nowhere final : ByteSink {
    bool send(std::string_view) override { return true; }
};

Outcome session(const std::string& answer, bool has_login) {
    xmpp::ScanWorkPool pool;
    const RelayLimits limits = relay_limits({});
    Relay relay(pool, limits, test::some_resumption());
    if (has_login) {
        relay.begin(std::string(kDomain), {.element = {}}, "");
    } else {
        relay.begin(std::string(kDomain));
    }
    Nowhere client;
    const RelayStep step = relay.on_backend_bytes(answer, client);
    return {relay.has_answered(), step.end ? std::string(step.end->detail) : "none"};
}

class FirstAnswer : public testing::TestWithParam<Case> {};

TEST_P(FirstAnswer, IsJudgedAlikeByChecksAndSessions) {
    const auto& [name, answer, word] = GetParam();
    const Outcome checked = check(answer);
    EXPECT_EQ(checked.is_of_use, word.empty()) << checked.words;
    EXPECT_NE(checked.words.find(word), std::string::npos) << checked.words;
    for (const bool has_login : {false, true}) {
        const Outcome served = session(answer, has_login);
        EXPECT_EQ(served.is_of_use, word.empty()) << served.words;
        EXPECT_EQ(served.words, word.empty() ? "none" : word);
    }
}

INSTANTIATE_TEST_SUITE_P(Table, FirstAnswer, testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace proxy
