#include "proxy/checks/probe_dialog.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "xmpp/base64.h"
#include "xmpp/stream_features.h"

namespace proxy {
namespace {

using balancer::HealthReason;

const std::string kHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>";
const std::string kMechanisms =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
    "</mechanisms>";
const std::string kStarttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const std::string kFast =
    "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>SCRAM-SHA-1-PLUS</mechanism><inline>"
    "<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism>"
    "<mechanism>HT-SHA-256-ENDP</mechanism></fast></inline></authentication>";
const std::string kRequired =
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";

std::string features(const std::string& content) {
    return "<stream:features>" + content + "</stream:features>";
}
std::string stream_error(const std::string& condition) {
    return "<stream:error><" + condition +
           " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
}

/// What a dialog did with all that a backend sent.
struct Course {
    std::vector<ProbeVerdict> verdicts;
    std::string sent;
    bool is_over = false;
    friend bool operator==(const Course&, const Course&) = default;
};

template <class Cut>
Course run(const std::string& bytes, const ProbeDialog::Question& question, bool ends, Cut cut) {
    xmpp::ScanWorkPool pool;
    ProbeDialog dialog(pool, question);
    Course course;
    std::string window;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t size = std::max<std::size_t>(1, cut());
        window += bytes.substr(at, size);
        at += size;
        const auto step = dialog.on_bytes(window);
        window.erase(0, step.consumed);
        course.sent += step.send;
        if (step.verdict) course.verdicts.push_back(*step.verdict);
    }
    course.is_over = dialog.is_over();
    if (ends) {
        if (auto verdict = dialog.on_end()) course.verdicts.push_back(*verdict);
    }
    return course;
}

/// The one course that all cuts lead to.
Course course_of(const std::string& bytes, const ProbeDialog::Question& question = {"a.example"},
                 bool ends = false) {
    const Course whole = run(bytes, question, ends, [] { return SIZE_MAX / 2; });
    EXPECT_EQ(run(bytes, question, ends, [] { return std::size_t{1}; }), whole);
    for (unsigned seed = 1; seed <= 10; ++seed) {
        std::mt19937 random(seed);
        EXPECT_EQ(run(bytes, question, ends, [&] { return std::size_t{random() % 50}; }), whole);
    }
    return whole;
}

ProbeVerdict verdict_on(const std::string& bytes,
                        const ProbeDialog::Question& question = {"a.example"}) {
    const Course course = course_of(bytes, question);
    EXPECT_EQ(course.verdicts.size(), 1u);
    return course.verdicts.empty() ? ProbeVerdict{} : course.verdicts.front();
}

bool names(const ProbeVerdict& verdict, std::string_view words) {
    return verdict.detail.find(words) != std::string::npos;
}

TEST(ProbeDialog, AsksInTheDomainsName) {
    xmpp::ScanWorkPool pool;
    EXPECT_EQ(ProbeDialog(pool, {"a.example"}).greeting(),
              "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' to='a.example' version='1.0'>");
    EXPECT_EQ(ProbeDialog(pool, {.domain = "a.example", .form = HeaderForm::user}).greeting(),
              "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' from='nobody@a.example' "
              "to='a.example' version='1.0'>");
}

TEST(ProbeDialog, FeaturesWithALoginPassAndTheStreamEndsInOrder) {
    const Course course = course_of(kHeader + "\n" + features(kMechanisms));
    ASSERT_EQ(course.verdicts.size(), 1u);
    EXPECT_EQ(course.verdicts[0].failure, std::nullopt) << course.verdicts[0].detail;
    EXPECT_EQ(course.verdicts[0].offer,
              (Offer{features(kMechanisms), xmpp::sasl_offer(features(kMechanisms))}));
    EXPECT_EQ(course.sent, "</stream:stream>");
    EXPECT_FALSE(course.is_over);
    EXPECT_TRUE(course_of(kHeader + features(kMechanisms) + "\n</stream:stream>").is_over);
}

TEST(ProbeDialog, FeaturesAreEditedAsForClients) {
    const std::string limits =
        "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>5000</max-bytes></limits>";
    const auto verdict = verdict_on(kHeader + features(kStarttls + kMechanisms + limits),
                                    {.domain = "a.example", .max_bytes = 1000});
    EXPECT_EQ(verdict.failure, std::nullopt);
    ASSERT_TRUE(verdict.offer.has_value());
    EXPECT_EQ(verdict.offer->features,
              features(kMechanisms + "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes "
                                     "xmlns='urn:xmpp:stream-limits:0'>1000</max-bytes></limits>"));
}

TEST(ProbeDialog, TokensThatCannotHoldAreNotShownToClients) {
    const auto shown = [](xmpp::HeldBindings bindings) {
        return verdict_on(kHeader + features(kFast), {.domain = "a.example", .bindings = bindings})
            .offer->features;
    };
    EXPECT_EQ(shown(xmpp::HeldBindings::end_point), features(kFast));
    std::string left = kFast;
    const std::string lost = "<mechanism>HT-SHA-256-ENDP</mechanism>";
    left.erase(left.find(lost), lost.size());
    EXPECT_EQ(shown(xmpp::HeldBindings::none), features(left));
}

TEST(ProbeDialog, WarnsOfBindingsThatCannotHoldWithTheServersSwitch) {
    const auto warning = [](const std::string& id, conf::ChannelBinding binding) {
        conf::Backend backend;
        backend.channel_binding = binding;
        const std::string header =
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
            "id='" +
            id + "' version='1.0'>";
        return verdict_on(header + features(kFast), {.domain = "a.example", .backend = backend})
            .warning;
    };
    const auto found = warning("12387726280445318698", conf::ChannelBinding::none);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->detail, "offers SCRAM-SHA-1-PLUS");
    EXPECT_TRUE(found->remedy.starts_with("set ejabberd's ")) << found->remedy;
    EXPECT_EQ(warning("1", conf::ChannelBinding::told), std::nullopt);
    EXPECT_EQ(verdict_on(kHeader + features(kMechanisms)).warning, std::nullopt);
}

TEST(ProbeDialog, PrefixesOfTheHeaderAreTold) {
    const auto with_prefix = verdict_on(
        "<stream:stream xmlns='jabber:client' xmlns:x='urn:x' "
        "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>" +
        features(kMechanisms + "<x:y/>"));
    EXPECT_EQ(with_prefix.failure, std::nullopt);
    EXPECT_EQ(with_prefix.offer,
              (Offer{features(kMechanisms + "<x:y/>"), xmpp::sasl_offer(features(kMechanisms)),
                     xmpp::NamespaceBindings{{"x", "urn:x"}}}));

    const auto prefix_free =
        verdict_on("<stream xmlns='http://etherx.jabber.org/streams' version='1.0'><features>" +
                   kMechanisms + "</features>");
    EXPECT_EQ(prefix_free.failure, std::nullopt) << prefix_free.detail;
    ASSERT_TRUE(prefix_free.offer.has_value());
    EXPECT_EQ(prefix_free.offer->prefixes, std::nullopt);
    EXPECT_EQ(prefix_free.offer->sasl, xmpp::sasl_offer(features(kMechanisms)));
}

TEST(ProbeDialog, WhatDependsOnTheStreamsIdIsNotOffered) {
    const auto verdict = verdict_on(
        kHeader + features("<auth xmlns='http://jabber.org/features/iq-auth'/>" + kMechanisms));
    ASSERT_TRUE(verdict.offer.has_value()) << verdict.detail;
    EXPECT_EQ(verdict.offer->features, features(kMechanisms));
}

TEST(ProbeDialog, Sasl2AloneIsALogin) {
    EXPECT_EQ(verdict_on(kHeader + features("<authentication xmlns='urn:xmpp:sasl:2'><mechanism>"
                                            "PLAIN</mechanism></authentication>"))
                  .failure,
              std::nullopt);
}

TEST(ProbeDialog, AStreamErrorFailsWithItsCondition) {
    const Course course = course_of(kHeader + stream_error("host-unknown"));
    ASSERT_EQ(course.verdicts.size(), 1u);
    EXPECT_EQ(course.verdicts[0].failure, HealthReason::bad_answer);
    EXPECT_EQ(course.verdicts[0].detail,
              "stream error host-unknown: the backend does not serve a.example");
    EXPECT_TRUE(course.is_over);
    EXPECT_EQ(verdict_on(kHeader + stream_error("system-shutdown")).detail,
              "stream error system-shutdown");
}

TEST(ProbeDialog, ABackendThatInsistsOnTlsIsToldApart) {
    for (const auto& offer : {kStarttls, kRequired, kRequired + kMechanisms}) {
        const auto verdict = verdict_on(kHeader + features(offer));
        EXPECT_EQ(verdict.failure, HealthReason::bad_answer);
        EXPECT_TRUE(names(verdict, "tls = \"starttls\"")) << verdict.detail;
    }
}

TEST(ProbeDialog, FeaturesWithoutALoginFail) {
    const auto verdict = verdict_on(kHeader + features(""));
    EXPECT_EQ(verdict.failure, HealthReason::bad_answer);
    EXPECT_TRUE(names(verdict, "no SASL mechanism")) << verdict.detail;
}

TEST(ProbeDialog, WhatIsNotXmppFails) {
    for (const std::string& bytes :
         {std::string("HTTP/1.1 400 Bad Request\r\n"), std::string("SSH-2.0-OpenSSH_9.2\r\n"),
          kHeader + "<!-- -->", kHeader + "<a><b></a>"}) {
        const Course course = course_of(bytes);
        ASSERT_EQ(course.verdicts.size(), 1u) << bytes;
        EXPECT_EQ(course.verdicts[0].failure, HealthReason::bad_answer);
        EXPECT_TRUE(names(course.verdicts[0], "not XMPP"));
        EXPECT_TRUE(course.is_over);
    }
}

TEST(ProbeDialog, AnswersThatAreTooLargeFail) {
    EXPECT_TRUE(names(verdict_on(kHeader + features(kMechanisms + std::string(70'000, ' '))),
                      "too-many-bytes"));
    std::string many;
    for (int i = 0; i < 2100; ++i) many += "<a xmlns='urn:x'/>";
    EXPECT_TRUE(names(verdict_on(kHeader + features(kMechanisms + many)), "too-many-elements"));
}

TEST(ProbeDialog, OtherHeadersAndElementsFail) {
    EXPECT_TRUE(names(verdict_on("<stream:stream xmlns='jabber:server' "
                                 "xmlns:stream='http://etherx.jabber.org/streams' "
                                 "version='1.0'><x xmlns='urn:x'/>"),
                      "invalid-namespace"));
    EXPECT_TRUE(names(verdict_on("<stream:stream xmlns='jabber:client' "
                                 "xmlns:stream='http://etherx.jabber.org/streams'>"),
                      "older than XMPP 1.0"));
    EXPECT_EQ(verdict_on(kHeader + "<iq type='get' id='1'/>").failure, HealthReason::bad_answer);
}

TEST(ProbeDialog, AnEndBeforeFeaturesIsTooEarly) {
    for (const std::string& bytes : {kHeader + "</stream:stream>", kHeader, std::string("<str")}) {
        const Course course = course_of(bytes, {"a.example"}, true);
        ASSERT_EQ(course.verdicts.size(), 1u) << bytes;
        EXPECT_EQ(course.verdicts[0].failure, HealthReason::ended_early);
    }
}

TEST(ProbeDialog, AnEndAfterTheVerdictIsNoNews) {
    EXPECT_EQ(course_of(kHeader + features(kMechanisms), {"a.example"}, true).verdicts.size(), 1u);
    const Course nonsense =
        course_of(kHeader + features(kMechanisms) + "<x/><!-- -->", {"a.example"}, true);
    EXPECT_EQ(nonsense.verdicts.size(), 1u);
    EXPECT_EQ(nonsense.verdicts[0].failure, std::nullopt);
    EXPECT_TRUE(nonsense.is_over);
}

TEST(ProbeDialog, WhereNoNameIsKnownARefusalOfTheNamePasses) {
    const ProbeDialog::Question any{.domain = "a.example", .wants_features = false};
    for (const std::string& answer : {stream_error("host-unknown"), features(kMechanisms)}) {
        const auto verdict = verdict_on(kHeader + answer, any);
        EXPECT_EQ(verdict, ProbeVerdict{}) << answer;
    }
    EXPECT_TRUE(names(verdict_on(kHeader + features(kRequired), any), "starttls_required"));
    EXPECT_EQ(verdict_on("HTTP/1.1 400 Bad Request\r\n", any).failure, HealthReason::bad_answer);
    EXPECT_EQ(verdict_on(kHeader + "<iq/>", any).failure, HealthReason::bad_answer);
    EXPECT_EQ(verdict_on(kHeader + "</stream:stream>", any).failure, HealthReason::ended_early);
    // What is no refusal of the name.
    for (const auto* own : {"internal-server-error", "resource-constraint", "system-shutdown"})
        EXPECT_TRUE(names(verdict_on(kHeader + stream_error(own), any), own)) << own;
    // To whom our PROXY header is no XML, no client's will be either.
    const auto misunderstood = verdict_on(kHeader + stream_error("not-well-formed"), any);
    EXPECT_EQ(misunderstood.failure, HealthReason::bad_answer);
    EXPECT_EQ(misunderstood.symptom, Symptom::not_xmpp);
}

TEST(ProbeDialog, SaysWhetherSettingsCanBeTheCause) {
    const auto symptom = [](const std::string& bytes) { return verdict_on(bytes).symptom; };
    EXPECT_EQ(symptom("HTTP/1.1 400 Bad Request\r\n"), Symptom::not_xmpp);
    EXPECT_EQ(symptom("\x15\x03\x01\x00\x02\x02\x46"), Symptom::not_xmpp) << "an alert of TLS";
    EXPECT_EQ(symptom(kHeader + stream_error("bad-format")), Symptom::not_xmpp);
    EXPECT_EQ(symptom(kHeader + "</stream:stream>"), Symptom::ended_early);
    EXPECT_EQ(symptom(kHeader + stream_error("host-unknown")), std::nullopt);
    EXPECT_EQ(symptom(kHeader + features(kRequired)), std::nullopt);
}

// With an account to ask for.

const std::string kScram =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism>"
    "</mechanisms>";
const std::string kChallenge = "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" +
                               xmpp::encode_base64("r=stanzagateAsksNoMoreX,s=c2FsdA==,i=4096") +
                               "</challenge>";

ProbeDialog::Question asking() {
    return {.domain = "a.example", .account = "romeo"};
}

TEST(ProbeDialog, AsksForAnAccountWithoutLoggingIn) {
    const Course course = course_of(kHeader + features(kScram) + kChallenge, asking());
    ASSERT_EQ(course.verdicts.size(), 1u);
    EXPECT_EQ(course.verdicts[0].failure, std::nullopt);
    EXPECT_EQ(course.verdicts[0].mark, "s=c2FsdA==,i=4096");
    EXPECT_TRUE(course.verdicts[0].offer);
    EXPECT_TRUE(course.sent.starts_with("<auth "));
    EXPECT_TRUE(
        course.sent.ends_with("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:stream>"));
}

TEST(ProbeDialog, PassesWhateverBecomesOfTheQuestion) {
    for (const std::string& answer :
         {std::string(
              "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>"),
          std::string("<message/>"), std::string("</stream:stream>"), std::string("<!-- -->"),
          std::string()}) {
        const Course course = course_of(kHeader + features(kScram) + answer, asking(), true);
        ASSERT_EQ(course.verdicts.size(), 1u) << answer;
        EXPECT_EQ(course.verdicts[0].failure, std::nullopt) << answer;
    }
}

TEST(ProbeDialog, AsksNothingWithoutAMechanismThatCanAsk) {
    EXPECT_EQ(course_of(kHeader + features(kMechanisms), asking()).sent, "</stream:stream>");
    EXPECT_EQ(course_of(kHeader + stream_error("host-unknown"), asking()).sent, "</stream:stream>");
}

}  // namespace
}  // namespace proxy
