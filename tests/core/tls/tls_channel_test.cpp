// Aim: the channel goes from OpenSSL's handshake to records without it, whatever was agreed on and
// however the bytes come, and the client, which is OpenSSL, notices nothing.

#include "core/tls/tls_channel.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include "core/tls_facts.h"
#include "tests/support/certificates.h"

namespace core {
namespace {

using Step = TlsChannel::Step;
using Outcome = TlsChannel::Read::What;

/// A handshake, named for its test.
struct Agreement {
    const char* name;
    int version;
    const char* suites13 = "TLS_AES_128_GCM_SHA256";
    const char* ciphers12 = "ECDHE-ECDSA-AES128-GCM-SHA256";
    bool is_compact = true;
    int tickets = 1;
    const char* client_groups = "X25519:P-256";
    const char* server_groups = "X25519:P-256";
    std::uint8_t max_fragment = TLSEXT_max_fragment_length_DISABLED;
    bool asks_for_certificate = false;
};

constexpr std::array kAgreements{
    Agreement{"Tls13Aes128", TLS1_3_VERSION},
    Agreement{"Tls13Aes256", TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
    Agreement{"Tls13ChaCha20", TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"},
    Agreement{"Tls13Ccm", TLS1_3_VERSION, "TLS_AES_128_CCM_SHA256", "", false},
    Agreement{.name = "Tls13NoTicket", .version = TLS1_3_VERSION, .tickets = 0},
    Agreement{.name = "Tls13FiveTickets", .version = TLS1_3_VERSION, .tickets = 5},
    Agreement{.name = "Tls13HelloRetry", .version = TLS1_3_VERSION, .server_groups = "P-256"},
    Agreement{.name = "Tls13SmallFragments",
              .version = TLS1_3_VERSION,
              .max_fragment = TLSEXT_max_fragment_length_512},
    Agreement{.name = "Tls13ClientCertificate",
              .version = TLS1_3_VERSION,
              .is_compact = false,
              .asks_for_certificate = true},
    Agreement{"Tls12Aes128", TLS1_2_VERSION},
    Agreement{"Tls12Aes256", TLS1_2_VERSION, "", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    Agreement{"Tls12ChaCha20", TLS1_2_VERSION, "", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    Agreement{"Tls12Cbc", TLS1_2_VERSION, "", "ECDHE-ECDSA-AES128-SHA", false},
    Agreement{.name = "Tls12NoTicket", .version = TLS1_2_VERSION, .tickets = 0},
    Agreement{.name = "Tls12SmallFragments",
              .version = TLS1_2_VERSION,
              .max_fragment = TLSEXT_max_fragment_length_512},
};

SslContext context_of(const SSL_METHOD* method, const Agreement& agreement, const char* groups) {
    SslContext context(SSL_CTX_new(method));
    SSL_CTX_set_min_proto_version(context.get(), agreement.version);
    SSL_CTX_set_max_proto_version(context.get(), agreement.version);
    if (agreement.version == TLS1_3_VERSION) {
        SSL_CTX_set_ciphersuites(context.get(), agreement.suites13);
    } else {
        SSL_CTX_set_cipher_list(context.get(), agreement.ciphers12);
    }
    SSL_CTX_set1_groups_list(context.get(), groups);
    return context;
}

/// The channel, and its client over memory.
class Talk {
public:
    explicit Talk(const Agreement& agreement, RecordLayer layer = RecordLayer::compact)
        : server_(context_of(TLS_server_method(), agreement, agreement.server_groups)),
          client_context_(context_of(TLS_client_method(), agreement, agreement.client_groups)) {
        static const ::test::Issued issued = ::test::issue({.dns_names = {"a.example"}});
        SSL_CTX_use_certificate(server_.get(), issued.certificate.get());
        SSL_CTX_use_PrivateKey(server_.get(), issued.key.get());
        SSL_CTX_set_num_tickets(server_.get(), static_cast<std::size_t>(agreement.tickets));
        if (agreement.tickets == 0) SSL_CTX_set_options(server_.get(), SSL_OP_NO_TICKET);
        if (agreement.asks_for_certificate)
            SSL_CTX_set_verify(server_.get(), SSL_VERIFY_PEER, nullptr);
        connect(agreement, layer);
    }

    /// Another connection of the same two, which resumes what the client has got.
    void connect_again(const Agreement& agreement) {
        const Handle<SSL_SESSION, &SSL_SESSION_free> session(SSL_get1_session(client.get()));
        SSL_set_shutdown(client.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        connect(agreement, RecordLayer::compact);
        SSL_set_session(client.get(), session.get());
    }

    /// Until both are done; the server hears pieces of `cut` bytes. Then the SSL object goes.
    /// `behind` follows the client's Finished at once.
    bool shake_hands(std::size_t cut, std::string_view behind = {}) {
        for (int turn = 0; turn < 10 && step_ == Step::more; ++turn) {
            SSL_do_handshake(client.get());
            if (SSL_is_init_finished(client.get()) == 1 && !behind.empty()) {
                says(behind);
                behind = {};
            }
            hear(taken(), cut);
        }
        return step_ == Step::done;
    }

    void says(std::string_view text) {
        ASSERT_EQ(SSL_write(client.get(), text.data(), static_cast<int>(text.size())),
                  static_cast<int>(text.size()));
    }
    std::string taken() {
        std::string bytes(BIO_ctrl_pending(SSL_get_wbio(client.get())), '\0');
        if (!bytes.empty())
            BIO_read(SSL_get_wbio(client.get()), bytes.data(), static_cast<int>(bytes.size()));
        return bytes;
    }

    /// Lets the server hear `bytes` in pieces, and the client what it answers.
    void hear(std::string_view bytes, std::size_t cut) {
        for (; !bytes.empty() && last.what != Outcome::end && last.what != Outcome::failed;
             bytes.remove_prefix(std::min(cut, bytes.size()))) {
            scratch.tls.received = bytes.substr(0, cut);
            if (step_ == Step::more) {
                step_ = channel->shake_hands(scratch);
                answer();
                if (step_ != Step::done) continue;
                facts = std::string(tls_facts(channel->ssl()).cipher);
                channel->settle();
            }
            do {
                last = channel->read(scratch, plain_.data(), plain_.size());
                if (last.what == Outcome::data) heard.append(plain_.data(), last.bytes);
            } while (last.what == Outcome::data && !scratch.tls.received.empty());
            answer();
        }
    }

    void server_says(std::string_view text) {
        ASSERT_TRUE(channel->write(scratch, text));
        answer();
    }
    void server_ends() {
        channel->close_notify(scratch);
        answer();
    }

    /// What the client reads.
    std::string read_by_client() {
        std::string all;
        std::array<char, 16 * 1024> piece{};
        for (int got = 0;
             (got = SSL_read(client.get(), piece.data(), static_cast<int>(piece.size()))) > 0;)
            all.append(piece.data(), static_cast<std::size_t>(got));
        return all;
    }

    Scratch scratch;
    std::unique_ptr<TlsChannel> channel;
    Ssl client;
    std::string heard;
    std::string facts;
    TlsChannel::Read last{.what = Outcome::more};

private:
    void connect(const Agreement& agreement, RecordLayer layer) {
        step_ = Step::more;
        channel = std::make_unique<TlsChannel>(Ssl(SSL_new(server_.get())),
                                               TlsChannel::Role::accepting, layer, scratch);
        client.reset(SSL_new(client_context_.get()));
        SSL_set_bio(client.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_tlsext_max_fragment_length(client.get(), agreement.max_fragment);
        SSL_set_connect_state(client.get());
    }
    void answer() {
        auto& records = scratch.tls.records;
        if (records.empty()) return;
        BIO_write(SSL_get_rbio(client.get()), records.data(), static_cast<int>(records.size()));
        records.clear();
    }

    SslContext server_;
    SslContext client_context_;
    Step step_ = Step::more;
    std::array<char, TlsChannel::kReadRoom> plain_{};
};

std::string text_of(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
    text.resize(size);
    return text;
}

class TlsChannelTest : public testing::TestWithParam<Agreement> {};
INSTANTIATE_TEST_SUITE_P(Handshakes, TlsChannelTest, testing::ValuesIn(kAgreements),
                         [](const auto& agreed) { return std::string(agreed.param.name); });

constexpr std::array kCuts{std::size_t{1}, std::size_t{7}, std::size_t{1'000'000}};

TEST_P(TlsChannelTest, GoesOnWhereOpenSslStopped) {
    const std::string much = text_of(100'000);
    for (const std::size_t cut : kCuts) {
        Talk talk(GetParam());
        ASSERT_TRUE(talk.shake_hands(cut));
        EXPECT_EQ(talk.channel->layer() == RecordLayer::compact, GetParam().is_compact);
        EXPECT_EQ(talk.channel->ssl() == nullptr, GetParam().is_compact);
        EXPECT_FALSE(talk.facts.empty());
        talk.says("first");
        talk.hear(talk.taken(), cut);
        talk.server_says("welcome");
        EXPECT_EQ(talk.read_by_client(), "welcome");
        talk.says(much);
        talk.hear(talk.taken(), cut);
        EXPECT_EQ(talk.heard, "first" + much);
        talk.server_says(much);
        EXPECT_EQ(talk.read_by_client(), much);
        EXPECT_EQ(talk.channel->pending_input(), 0U);
    }
}

TEST_P(TlsChannelTest, TakesWhatComesRightBehindTheHandshake) {
    const std::string much = text_of(40'000);
    for (const std::size_t cut : kCuts) {
        Talk talk(GetParam());
        ASSERT_TRUE(talk.shake_hands(cut, much));
        if (talk.heard.empty()) {  // TLS 1.2: the server has the last word
            talk.says(much);
            talk.hear(talk.taken(), cut);
        }
        EXPECT_EQ(talk.heard, much);
    }
}

TEST_P(TlsChannelTest, ResumesSessions) {
    if (GetParam().tickets == 0 || GetParam().asks_for_certificate) GTEST_SKIP();
    Talk talk(GetParam());
    ASSERT_TRUE(talk.shake_hands(1'000'000));
    talk.server_says("so that tickets are read");
    talk.read_by_client();
    talk.connect_again(GetParam());
    ASSERT_TRUE(talk.shake_hands(3, GetParam().version == TLS1_3_VERSION ? "behind" : ""));
    EXPECT_EQ(SSL_session_reused(talk.client.get()), 1);
    talk.says("again");
    talk.hear(talk.taken(), 3);
    EXPECT_TRUE(talk.heard.ends_with("again"));
    talk.server_says("and back");
    EXPECT_EQ(talk.read_by_client(), "and back");
}

TEST_P(TlsChannelTest, EndsBothWays) {
    Talk talk(GetParam());
    ASSERT_TRUE(talk.shake_hands(5));
    talk.says("bye");
    SSL_shutdown(talk.client.get());
    talk.hear(talk.taken(), 5);
    EXPECT_EQ(talk.heard, "bye");
    EXPECT_EQ(talk.last.what, Outcome::end);
    talk.server_says("one more word");
    talk.server_ends();
    EXPECT_EQ(talk.read_by_client(), "one more word");
    EXPECT_EQ(SSL_get_shutdown(talk.client.get()), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

TEST_P(TlsChannelTest, RefusesADamagedRecordWithAnAlert) {
    Talk talk(GetParam());
    ASSERT_TRUE(talk.shake_hands(5));
    talk.says("good");
    talk.says("bad");
    std::string records = talk.taken();
    records.back() = static_cast<char>(records.back() ^ 1);
    talk.hear(records, 5);
    EXPECT_EQ(talk.heard, "good");
    EXPECT_EQ(talk.last.what, Outcome::failed);
    EXPECT_FALSE(talk.last.why.empty());
    EXPECT_EQ(talk.read_by_client(), "");
    EXPECT_EQ(SSL_get_shutdown(talk.client.get()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
}

TEST_P(TlsChannelTest, NamesTheAlertThatEndsIt) {
    if (!GetParam().is_compact) GTEST_SKIP();
    Talk talk(GetParam());
    ASSERT_TRUE(talk.shake_hands(5));
    talk.server_says("a record that is damaged under way");
    BIO* wire = SSL_get_rbio(talk.client.get());
    std::string record(BIO_ctrl_pending(wire), '\0');
    BIO_read(wire, record.data(), static_cast<int>(record.size()));
    record.back() = static_cast<char>(record.back() ^ 1);
    BIO_write(wire, record.data(), static_cast<int>(record.size()));
    talk.read_by_client();
    talk.hear(talk.taken(), 5);
    EXPECT_EQ(talk.last.what, Outcome::failed);
    EXPECT_EQ(talk.last.why, "the client sent the alert \"bad record mac\"");
}

TEST_P(TlsChannelTest, AnswersKeyUpdates) {
    if (GetParam().version != TLS1_3_VERSION) GTEST_SKIP();
    Talk talk(GetParam());
    ASSERT_TRUE(talk.shake_hands(5));
    for (const int request : {SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_NOT_REQUESTED}) {
        SSL_key_update(talk.client.get(), request);
        talk.says("new keys;");
        talk.hear(talk.taken(), 5);
        talk.server_says("with mine;");
        EXPECT_EQ(talk.read_by_client(), "with mine;");
    }
    EXPECT_EQ(talk.heard, "new keys;new keys;");
}

/// How many exchanges; the proof of a release asks for ten million.
int exchanges() {
    const char* wanted = std::getenv("STANZAGATE_TLS_EXCHANGES");
    return wanted != nullptr ? std::atoi(wanted) : 30'000;
}

/// Texts of random sizes both ways, in random pieces, with key updates between them.
class Exchange {
public:
    explicit Exchange(unsigned seed) : random_(seed), text_(text_of(kLongest)) {}

    /// `count` on one connection, which either side closes then. False: something differs.
    bool run(const Agreement& agreement, int count) {
        Talk talk(agreement);
        if (!talk.shake_hands(1 + random_() % 2'000)) return false;
        for (int i = 0; i < count; ++i) {
            if (!is_heard(talk)) return false;
        }
        if (random_() % 2 == 0) {
            SSL_shutdown(talk.client.get());
            talk.hear(talk.taken(), 1 + random_() % 50);
            if (talk.last.what != Outcome::end) return false;
        }
        talk.server_ends();
        return talk.read_by_client().empty() &&
               (SSL_get_shutdown(talk.client.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

private:
    static constexpr std::size_t kLongest = 40'000;

    std::string_view some_text() {
        const std::size_t most = random_() % 100 == 0 ? kLongest : 300;
        return std::string_view(text_).substr(random_() % 100, 1 + random_() % (most - 100));
    }
    bool is_heard(Talk& talk) {
        const bool is_tls13 = SSL_version(talk.client.get()) == TLS1_3_VERSION;
        if (is_tls13 && random_() % 64 == 0) {
            SSL_key_update(talk.client.get(), random_() % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED
                                                                 : SSL_KEY_UPDATE_NOT_REQUESTED);
        }
        const std::string_view text = some_text();
        if (random_() % 2 == 0) {
            talk.server_says(text);
            return talk.read_by_client() == text;
        }
        talk.heard.clear();
        talk.says(text);
        talk.hear(talk.taken(), 1 + random_() % (random_() % 4 == 0 ? 20 : 20'000));
        return talk.heard == text;
    }

    std::mt19937 random_;
    std::string text_;
};

TEST(TlsChannel, HearsAndSaysWhatOpenSslDoes) {
    constexpr int kOfAConnection = 500;
    for (int done = 0; done < exchanges(); done += kOfAConnection) {
        const auto number = static_cast<unsigned>(done / kOfAConnection);
        const Agreement& agreement = kAgreements[number % kAgreements.size()];
        if (!agreement.is_compact) continue;
        ASSERT_TRUE(Exchange(number).run(agreement, kOfAConnection))
            << agreement.name << ", seed " << number;
    }
}

TEST(TlsChannel, KeepsNoMoreThanTheRecordThatIsUnderWay) {
    const std::string much = text_of(16'384);
    Talk talk(kAgreements.front());
    ASSERT_TRUE(talk.shake_hands(1'000'000));
    talk.says(much);
    talk.says(much);
    const std::string records = talk.taken();
    talk.hear(records.substr(0, records.size() - 1), 1'000'000);
    EXPECT_EQ(talk.heard, much);
    EXPECT_EQ(talk.channel->pending_input(), records.size() / 2 - 1);
    talk.hear(records.substr(records.size() - 1), 1);
    EXPECT_EQ(talk.heard, much + much);
    EXPECT_EQ(talk.channel->pending_input(), 0U);
}

TEST(TlsChannel, OpenSslServesWhereItIsAskedTo) {
    Talk talk(kAgreements.front(), RecordLayer::openssl);
    ASSERT_TRUE(talk.shake_hands(3));
    EXPECT_EQ(talk.channel->layer(), RecordLayer::openssl);
    talk.says("hello");
    talk.hear(talk.taken(), 3);
    EXPECT_EQ(talk.heard, "hello");
}

}  // namespace
}  // namespace core
