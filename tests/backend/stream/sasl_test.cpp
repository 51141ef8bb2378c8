#include "backend/stream/sasl.h"

#include <gsasl.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/scram_client.h"

namespace backend {
namespace {

using test::ScramClient;

const std::string kExporter(32, '\x5A');
const std::string kUnique(12, '\x77');
const std::string kEndPoint(32, '\x33');

core::ChannelBindings bindings(const std::string& exporter, const std::string& end_point) {
    return {core::ChannelBinding(exporter), core::ChannelBinding(end_point)};
}

std::string bytes(std::string_view base64) {
    return std::string(xmpp::decode_base64(base64)->reveal());
}

ScramKeys keys(ScramHash hash, const std::string& password, const std::string& salt) {
    return *make_scram_keys(hash, Password(password), salt, 4096);
}

Account account(const std::string& user, const std::string& password) {
    return {.user = user,
            .sha1 = keys(ScramHash::sha1, password, bytes("QSXCR+Q6sek8bf92")),
            .sha256 = keys(ScramHash::sha256, password, bytes("W22ZaJ0SNY7soEsUEjb6gQ=="))};
}

SaslExchange begin(std::string_view mechanism, const SaslOffer& offer = {.plain = true},
                   std::string nonce = "servernonce") {
    auto exchange = SaslExchange::begin(mechanism, {.domain = "a.example",
                                                    .offer = offer,
                                                    .nonce = std::move(nonce),
                                                    .salt_secret = SaltSecret("secret")});
    EXPECT_TRUE(exchange.has_value());
    return *std::move(exchange);
}

SaslOutcome say(SaslExchange& exchange, std::string message) {
    return exchange.on_message(xmpp::SaslData(std::move(message)));
}

/// "ok", or why not.
std::string verdict(const SaslOutcome& outcome) {
    if (const auto* failure = std::get_if<SaslFailure>(&outcome))
        return std::string(to_string(*failure));
    return std::holds_alternative<SaslSuccess>(outcome) ? "ok" : "not at its end";
}

std::string scram(std::string_view mechanism, const SaslOffer& offer, const ScramClient& client,
                  const std::optional<Account>& known) {
    auto exchange = begin(mechanism, offer);
    auto outcome = say(exchange, client.first());
    if (!std::holds_alternative<SaslNeedsAccount>(outcome)) return verdict(outcome);
    outcome = exchange.on_account(known);
    if (!std::holds_alternative<SaslChallenge>(outcome)) return verdict(outcome);
    return verdict(say(exchange, client.final_message(std::get<SaslChallenge>(outcome).bytes)));
}

TEST(Sasl, SpeaksTheExampleOfRfc5802) {
    auto exchange = begin("SCRAM-SHA-1", {}, "3rfcNHYJY1ZVvWVs7j");
    auto outcome = say(exchange, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
    EXPECT_EQ(std::get<SaslNeedsAccount>(outcome).user, "user@a.example");
    outcome = exchange.on_account(account("user@a.example", "pencil"));
    EXPECT_EQ(std::get<SaslChallenge>(outcome).bytes,
              "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
    outcome = say(exchange,
                  "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
                  "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    EXPECT_EQ(std::get<SaslSuccess>(outcome).bytes, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
    EXPECT_EQ(exchange.user(), "user@a.example");
}

TEST(Sasl, SpeaksTheExampleOfRfc7677) {
    auto exchange = begin("SCRAM-SHA-256", {}, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
    say(exchange, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    auto outcome = exchange.on_account(account("user@a.example", "pencil"));
    EXPECT_EQ(std::get<SaslChallenge>(outcome).bytes,
              "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
              "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    outcome = say(exchange,
                  "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                  "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    EXPECT_EQ(std::get<SaslSuccess>(outcome).bytes,
              "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST(Sasl, OffersWhatItCanDo) {
    using Names = std::vector<std::string_view>;
    EXPECT_EQ(mechanisms({}), (Names{"SCRAM-SHA-256", "SCRAM-SHA-1"}));
    EXPECT_EQ(mechanisms({.plain = true}), (Names{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"}));
    EXPECT_EQ(
        mechanisms({.plain = true, .bindings = bindings(kExporter, "")}),
        (Names{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"}));
    for (const auto* mechanism : {"", "scram-sha-1", "SCRAM-SHA-1-PLUS", "PLAIN", "EXTERNAL"})
        EXPECT_FALSE(SaslExchange::begin(mechanism, {}).has_value()) << mechanism;
}

TEST(Sasl, BindsToTheChannel) {
    const SaslOffer offer{.plain = true, .bindings = bindings(kExporter, kEndPoint)};
    const auto juliet = account("juliet@a.example", "romeo");
    ScramClient client{.user = "juliet", .password = "romeo", .gs2 = "p=tls-exporter,,"};
    client.binding = kExporter;
    EXPECT_EQ(scram("SCRAM-SHA-256-PLUS", offer, client, juliet), "ok");
    client.hash = ScramHash::sha1;
    EXPECT_EQ(scram("SCRAM-SHA-1-PLUS", offer, client, juliet), "ok");
    // Another connection, and nobody else's fault.
    client.binding[0] ^= 1;
    EXPECT_EQ(scram("SCRAM-SHA-1-PLUS", offer, client, juliet), "not-authorized");

    client.gs2 = "p=tls-server-end-point,,";
    client.binding = kEndPoint;
    EXPECT_EQ(scram("SCRAM-SHA-1-PLUS", offer, client, juliet), "ok");
    // Nothing was guessed: "not-authorized" would be held back as a wrong password is.
    client.gs2 = "p=tls-unique,,";
    client.binding = kUnique;
    EXPECT_EQ(scram("SCRAM-SHA-1-PLUS", offer, client, juliet), "malformed-request");
    const SaslOffer older{.plain = true, .bindings = {.unique = core::ChannelBinding(kUnique)}};
    EXPECT_EQ(scram("SCRAM-SHA-1-PLUS", older, client, juliet), "ok");
    client.gs2 = "p=tls-exporter,,";
    EXPECT_EQ(scram("SCRAM-SHA-1-PLUS", {.plain = true, .bindings = bindings("", kEndPoint)},
                    client, juliet),
              "malformed-request");
}

TEST(Sasl, NoticesACutList) {
    const auto juliet = account("juliet@a.example", "romeo");
    ScramClient client{.user = "juliet", .password = "romeo", .gs2 = "y,,"};
    EXPECT_EQ(scram("SCRAM-SHA-256", {}, client, juliet), "ok");
    EXPECT_EQ(scram("SCRAM-SHA-256", {.bindings = bindings(kExporter, "")}, client, juliet),
              "malformed-request");
    client.gs2 = "n,,";
    EXPECT_EQ(scram("SCRAM-SHA-256", {.bindings = bindings(kExporter, "")}, client, juliet), "ok");
    EXPECT_EQ(scram("SCRAM-SHA-256-PLUS", {.bindings = bindings(kExporter, "")}, client, juliet),
              "malformed-request");
    client.gs2 = "p=tls-exporter,,";
    EXPECT_EQ(scram("SCRAM-SHA-256", {.bindings = bindings(kExporter, "")}, client, juliet),
              "malformed-request");
}

TEST(Sasl, GoesToTheEndForNobody) {
    const ScramClient client{.user = "nobody", .password = "romeo"};
    EXPECT_EQ(scram("SCRAM-SHA-256", {}, client, std::nullopt), "not-authorized");

    auto plain = begin("PLAIN");
    say(plain, std::string("\0nobody\0romeo", 13));
    const auto outcome = plain.on_account(std::nullopt);
    ASSERT_TRUE(std::holds_alternative<SaslNeedsCheck>(outcome));
    EXPECT_FALSE(is_password(std::get<SaslNeedsCheck>(outcome).password,
                             std::get<SaslNeedsCheck>(outcome).keys));
    EXPECT_EQ(verdict(plain.on_password(true)), "not-authorized");
}

TEST(Sasl, ShowsTheSameSaltForNobodyEachTime) {
    const auto challenge = [] {
        auto exchange = begin("SCRAM-SHA-256");
        say(exchange, "n,,n=nobody,r=abc");
        return std::get<SaslChallenge>(exchange.on_account(std::nullopt)).bytes;
    };
    EXPECT_EQ(challenge(), challenge());
}

TEST(Sasl, TakesPlainPasswords) {
    for (const auto& [message, expected] : std::vector<std::pair<std::string, std::string>>{
             {std::string("\0juliet\0romeo", 13), "ok"},
             {std::string("\0juliet@a.example\0romeo", 23), "ok"},
             {std::string("juliet@a.example\0juliet\0romeo", 29), "ok"},
             {std::string("\0JULIET\0romeo", 13), "ok"},
             {std::string("\0juliet\0Romeo", 13), "not-authorized"},
             {std::string("\0juliet\0", 8), "not-authorized"},
             {std::string("nurse\0juliet\0romeo", 18), "invalid-authzid"},
             {std::string("\0juliet@b.example\0romeo", 23), "not-authorized"},
             {std::string("\0\0romeo", 7), "not-authorized"},
             {std::string("\0jul iet\0romeo", 14), "not-authorized"},
             {std::string("\0juliet", 7), "malformed-request"},
             {std::string("\0juliet\0romeo\0", 14), "malformed-request"},
             {"", "malformed-request"}}) {
        auto exchange = begin("PLAIN");
        auto outcome = say(exchange, message);
        if (std::holds_alternative<SaslNeedsAccount>(outcome)) {
            outcome = exchange.on_account(account("juliet@a.example", "romeo"));
            const auto& check = std::get<SaslNeedsCheck>(outcome);
            outcome = exchange.on_password(is_password(check.password, check.keys));
        }
        EXPECT_EQ(verdict(outcome), expected) << message;
    }
}

TEST(Sasl, RefusesMalformedScram) {
    for (const auto* first : {"", "n", "n,", "n,,", "n,,n=a", "x,,n=a,r=b", "n,,r=b,n=a",
                              "n,,m=x,n=a,r=b", "n,,n=a,r=", "n,,n=a=,r=b", "n,,n=a=2c,r=b",
                              "n,b,n=a,r=b", "n,,n=a,r=b\x01", "p,,n=a,r=b"}) {
        auto exchange = begin("SCRAM-SHA-256");
        EXPECT_EQ(verdict(say(exchange, first)), "malformed-request") << first;
    }
    for (const auto* last : {"", "c=biws", "c=biws,r=bservernonce", "r=bservernonce,c=biws,p=AAAA",
                             "c=biws,r=bservernonce,p=", "c=biws,r=bservernonce,p=AAAA",
                             "c=biws,r=bservernonce,p=!"}) {
        auto exchange = begin("SCRAM-SHA-256");
        say(exchange, "n,,n=a,r=b");
        exchange.on_account(std::nullopt);
        EXPECT_EQ(verdict(say(exchange, last)), "malformed-request") << last;
        EXPECT_EQ(verdict(say(exchange, last)), "malformed-request") << "after the end";
    }
}

TEST(Sasl, RefusesAnotherNonce) {
    auto exchange = begin("SCRAM-SHA-256");
    const ScramClient client{.user = "juliet", .password = "romeo"};
    say(exchange, client.first());
    auto challenge =
        std::get<SaslChallenge>(exchange.on_account(account("juliet@a.example", "romeo"))).bytes;
    challenge.replace(challenge.find("servernonce"), 6, "SERVER");
    EXPECT_EQ(verdict(say(exchange, client.final_message(challenge))), "not-authorized");
}

// --- another implementation as the client -------------------------------------------------------

struct EndGsasl {
    void operator()(Gsasl* context) const { gsasl_done(context); }
    void operator()(Gsasl_session* session) const { gsasl_finish(session); }
};

std::string gsasl_login(const char* mechanism, const SaslOffer& offer, const char* password) {
    Gsasl* raw = nullptr;
    EXPECT_EQ(gsasl_init(&raw), GSASL_OK);
    const std::unique_ptr<Gsasl, EndGsasl> context(raw);
    Gsasl_session* raw_session = nullptr;
    EXPECT_EQ(gsasl_client_start(raw, mechanism, &raw_session), GSASL_OK);
    const std::unique_ptr<Gsasl_session, EndGsasl> session(raw_session);
    gsasl_property_set(raw_session, GSASL_AUTHID, "juliet");
    gsasl_property_set(raw_session, GSASL_PASSWORD, password);
    if (!offer.bindings.empty()) {
        gsasl_property_set(raw_session, GSASL_CB_TLS_EXPORTER,
                           xmpp::encode_base64(offer.bindings.exporter.reveal()).c_str());
    }

    auto exchange = begin(mechanism, offer);
    std::string from_server;
    for (int turn = 0; turn < 4; ++turn) {
        char* out = nullptr;
        std::size_t size = 0;
        const int code =
            gsasl_step(raw_session, from_server.data(), from_server.size(), &out, &size);
        const std::string message(out == nullptr ? "" : std::string(out, size));
        gsasl_free(out);
        if (code != GSASL_OK && code != GSASL_NEEDS_MORE) return gsasl_strerror_name(code);
        auto outcome = say(exchange, message);
        if (std::holds_alternative<SaslNeedsAccount>(outcome))
            outcome = exchange.on_account(account("juliet@a.example", "pässword"));
        if (auto* check = std::get_if<SaslNeedsCheck>(&outcome))
            outcome = exchange.on_password(is_password(check->password, check->keys));
        if (auto* success = std::get_if<SaslSuccess>(&outcome)) {
            if (success->bytes.empty()) return "ok";
            const int last =
                gsasl_step(raw_session, success->bytes.data(), success->bytes.size(), &out, &size);
            gsasl_free(out);
            return last == GSASL_OK ? "ok" : gsasl_strerror_name(last);
        }
        if (std::holds_alternative<SaslFailure>(outcome)) return verdict(outcome);
        from_server = std::get<SaslChallenge>(outcome).bytes;
    }
    return "no end";
}

TEST(Sasl, UnderstandsAnotherImplementation) {
    const SaslOffer offer{.plain = true};
    for (const auto* mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"}) {
        EXPECT_EQ(gsasl_login(mechanism, offer, "pässword"), "ok") << mechanism;
        EXPECT_EQ(gsasl_login(mechanism, offer, "password"), "not-authorized") << mechanism;
    }
    const SaslOffer bound{.plain = true, .bindings = bindings(kExporter, "")};
    for (const auto* mechanism : {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"})
        EXPECT_EQ(gsasl_login(mechanism, bound, "pässword"), "ok") << mechanism;
}

}  // namespace
}  // namespace backend
