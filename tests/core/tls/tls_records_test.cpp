#include "core/tls/tls_records.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/core/tls/client_sealer.h"
#include "tests/core/tls/hostile_script.h"
#include "tests/core/tls/tls_pair.h"

namespace core {
namespace {

using What = TlsRecords::Opened::What;
using test::as_bytes;
using test::ClientSealer;
using test::TlsKind;
using test::TlsPair;
using test::unhex;

constexpr std::array kKinds{TlsKind{TlsVersion::tls13, RecordSuite::aes_128_gcm},
                            TlsKind{TlsVersion::tls13, RecordSuite::aes_256_gcm},
                            TlsKind{TlsVersion::tls13, RecordSuite::chacha20_poly1305},
                            TlsKind{TlsVersion::tls12, RecordSuite::aes_128_gcm},
                            TlsKind{TlsVersion::tls12, RecordSuite::aes_256_gcm},
                            TlsKind{TlsVersion::tls12, RecordSuite::chacha20_poly1305}};

std::string name_of(const testing::TestParamInfo<TlsKind>& info) {
    static constexpr std::array kSuites{"Aes128", "Aes256", "ChaCha20"};
    return std::string(info.param.version == TlsVersion::tls13 ? "Tls13" : "Tls12") +
           kSuites[static_cast<std::size_t>(info.param.suite)];
}

/// Our side, with what it needs around it.
struct Ours {
    explicit Ours(const TlsRecords::Start& start) : records(start) {}

    /// Opens all that is whole at the front of `bytes`, until something ends it.
    TlsRecords::Opened open(std::string_view bytes) {
        waiting += bytes;
        for (;;) {
            const auto opened = records.open(waiting, plain.data(), ciphers);
            data.append(plain.data(), opened.plain);
            waiting.erase(0, opened.consumed);
            if (opened.what != What::data && opened.what != What::control) return opened;
        }
    }
    std::string seal(std::string_view bytes) {
        EXPECT_TRUE(records.seal(bytes, out, ciphers));
        return taken();
    }
    std::string alert(TlsAlert which) {
        EXPECT_TRUE(records.seal_alert(which, out, ciphers));
        return taken();
    }
    std::string taken() {
        std::string bytes(out.begin(), out.end());
        out.clear();
        return bytes;
    }

    TlsRecords records;
    RecordCiphers ciphers;
    std::vector<char> out;
    std::string waiting;
    std::string data;
    std::array<char, TlsRecords::kMostPlain + 256> plain{};
};

std::string read_all(SSL* ssl) {
    std::string all;
    std::array<char, 16 * 1024> piece{};
    for (int got = 0; (got = SSL_read(ssl, piece.data(), static_cast<int>(piece.size()))) > 0;)
        all.append(piece.data(), static_cast<std::size_t>(got));
    return all;
}

std::string some_text(std::mt19937& random, std::size_t size) {
    std::string text(size, '\0');
    for (char& byte : text) byte = static_cast<char>(random());
    return text;
}

// RFC 8448 section 3: a simple handshake, from its traffic secrets on.

RecordKeys rfc8448_client() {
    return keys_of_secret(
        RecordSuite::aes_128_gcm,
        as_bytes(unhex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5")));
}

RecordKeys rfc8448_server() {
    RecordKeys keys = keys_of_secret(
        RecordSuite::aes_128_gcm,
        as_bytes(unhex("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643")));
    keys.sequence = 1;  // behind a NewSessionTicket
    return keys;
}

std::string rfc8448_payload() {
    std::string payload;
    for (char byte = 0; byte < 50; ++byte) payload += byte;
    return payload;
}

constexpr std::string_view kOfClient =
    "17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66 bc ab "
    "3f 2b 98 19 a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14 bd 1e 3d "
    "ea e6 3a ee bb 21 69 49 15 e4";
constexpr std::string_view kOfServer =
    "17 03 03 00 43 2e 93 7e 11 ef 4a c7 40 e5 38 ad 36 00 5f c4 a4 69 32 fc 32 25 d0 5f 82 aa 1b "
    "36 e3 0e fa f9 7d 90 e6 df fc 60 2d cb 50 1a 59 a8 fc c4 9c 4b f2 e5 f0 a2 1c 00 47 c2 ab f3 "
    "32 54 0d d0 32 e1 67 c2 95 5d";
constexpr std::string_view kEndOfClient =
    "17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3";
constexpr std::string_view kEndOfServer =
    "17 03 03 00 13 b5 8f d6 71 66 eb f5 99 d2 47 20 cf be 7e fa 7a 88 64 a9";

TEST(TlsRecords, OpensAndSealsTheTraceOfRfc8448) {
    Ours ours({TlsVersion::tls13, RecordSuite::aes_128_gcm, rfc8448_client(), rfc8448_server()});
    EXPECT_EQ(ours.open(unhex(kOfClient)).what, What::incomplete);
    EXPECT_EQ(ours.data, rfc8448_payload());
    EXPECT_EQ(ours.seal(rfc8448_payload()), unhex(kOfServer));
    EXPECT_EQ(ours.open(unhex(kEndOfClient)).what, What::end);
    EXPECT_EQ(ours.alert(TlsAlert::close_notify), unhex(kEndOfServer));
}

class TlsRecordsOf : public testing::TestWithParam<TlsKind> {};
INSTANTIATE_TEST_SUITE_P(All, TlsRecordsOf, testing::ValuesIn(kKinds), name_of);

TEST_P(TlsRecordsOf, ExchangeWithOpenSslWhateverTheSizesAndCuts) {
    TlsPair pair(GetParam());
    Ours ours(pair.start());
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
        const std::string there = some_text(random, 1 + random() % 40'000);
        ASSERT_EQ(SSL_write(pair.client(), there.data(), static_cast<int>(there.size())),
                  static_cast<int>(there.size()));
        if (GetParam().version == TlsVersion::tls13 && random() % 4 == 0)
            SSL_key_update(pair.client(), random() % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED
                                                            : SSL_KEY_UPDATE_NOT_REQUESTED);
        std::string wire = TlsPair::taken(pair.client());
        while (!wire.empty()) {
            const std::size_t cut = std::min<std::size_t>(wire.size(), 1 + random() % 20'000);
            ASSERT_EQ(ours.open(wire.substr(0, cut)).what, What::incomplete);
            wire.erase(0, cut);
        }
        ASSERT_EQ(ours.data, there);
        ours.data.clear();
        const std::string back = some_text(random, random() % 40'000);
        TlsPair::give(pair.client(), ours.seal(back));
        ASSERT_EQ(read_all(pair.client()), back);
    }
    SSL_shutdown(pair.client());
    EXPECT_EQ(ours.open(TlsPair::taken(pair.client())).what, What::end);
    TlsPair::give(pair.client(), ours.alert(TlsAlert::close_notify));
    EXPECT_EQ(read_all(pair.client()), "");
    EXPECT_EQ(SSL_get_shutdown(pair.client()), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

TEST_P(TlsRecordsOf, TakeNothingOfARecordThatIsNotWhole) {
    TlsPair pair(GetParam());
    Ours ours(pair.start());
    SSL_write(pair.client(), "<message/>", 10);
    const std::string wire = TlsPair::taken(pair.client());
    for (std::size_t size = 0; size < wire.size(); ++size) {
        const auto opened = ours.records.open(std::string_view(wire).substr(0, size),
                                              ours.plain.data(), ours.ciphers);
        ASSERT_EQ(opened.what, What::incomplete) << size;
        ASSERT_EQ(opened.consumed, 0U);
    }
    ours.open(wire);
    EXPECT_EQ(ours.data, "<message/>");
}

// What no client would send. OpenSSL, with the same keys, hears the same bytes.

struct Verdict {
    std::string data;
    int alert = -1;  // that goes to the client; -1: none
    bool operator==(const Verdict&) const = default;
};

std::ostream& operator<<(std::ostream& to, const Verdict& verdict) {
    return to << verdict.data.size() << " bytes, alert " << verdict.alert;
}

Verdict of_openssl(TlsPair& pair, std::string_view wire) {
    static thread_local int heard;
    heard = -1;
    TlsPair::give(pair.server(), wire);
    Verdict verdict{read_all(pair.server())};
    SSL_set_info_callback(pair.client(), [](const SSL*, int where, int what) {
        if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT) heard = what & 0xff;
    });
    TlsPair::give(pair.client(), TlsPair::taken(pair.server()));
    read_all(pair.client());
    verdict.alert = heard;
    return verdict;
}

Verdict of_ours(const TlsPair& pair, std::string_view wire) {
    Ours ours(pair.start());
    const auto opened = ours.open(wire);
    return {ours.data, opened.what == What::refused ? static_cast<int>(opened.alert) : -1};
}

using Wire = std::string (*)(ClientSealer&);
struct Hostile {
    const char* name;
    Wire wire;
    bool only_tls13 = false;
};

std::string repeated(int times, const std::string& content, int type, ClientSealer& client) {
    std::string all;
    for (int i = 0; i < times; ++i) all += client.record(type, content);
    return all;
}

const std::array kHostile{
    Hostile{"AllPadding", [](ClientSealer& c) { return c.inner(std::string(20, '\0')); }, true},
    Hostile{"NothingInside", [](ClientSealer& c) { return c.inner(""); }, true},
    Hostile{"Padded", [](ClientSealer& c) { return c.record(23, "x", 1000); }, true},
    Hostile{"PaddedToTheBrim", [](ClientSealer& c) { return c.record(23, "x", 16383); }, true},
    Hostile{"TooMuchPadding", [](ClientSealer& c) { return c.record(23, "x", 16385); }, true},
    Hostile{"ChangeCipherSpecInside", [](ClientSealer& c) { return c.record(20, "\x01"); }},
    Hostile{"UnknownTypeInside", [](ClientSealer& c) { return c.record(99, "x"); }},
    Hostile{"FullRecord", [](ClientSealer& c) { return c.data(std::string(16384, 'x')); }},
    Hostile{"OneByteTooMuch", [](ClientSealer& c) { return c.data(std::string(16385, 'x')); }},
    Hostile{"ClearChangeCipherSpec", [](ClientSealer&) { return unhex("14 03 03 00 01 01"); },
            true},
    Hostile{"ClearAlert", [](ClientSealer&) { return unhex("15 03 03 00 02 01 00"); }, true},
    // OpenSSL says internal_error in TLS 1.2; RFC 5246 section 7.2.2 wants what we say.
    Hostile{"ClearData", [](ClientSealer&) { return unhex("17 03 03 00 02 01 00"); }, true},
    Hostile{"ClearHandshake", [](ClientSealer&) { return unhex("16 03 03 00 02 01 00"); }, true},
    Hostile{"OtherVersion", [](ClientSealer& c) { return c.data("x").replace(2, 1, "\x01"); },
            true},
    Hostile{"TooLong",
            [](ClientSealer&) { return unhex("17 03 03 50 00") + std::string(64, 'x'); }},
    Hostile{"Empty", [](ClientSealer& c) { return c.data("") + c.data("x"); }},
    Hostile{"ThirtyTwoEmpty",
            [](ClientSealer& c) { return repeated(32, "", 23, c) + c.data("x"); }},
    Hostile{"FortyEmpty", [](ClientSealer& c) { return repeated(40, "", 23, c) + c.data("x"); }},
    Hostile{"EmptyAlert", [](ClientSealer& c) { return c.record(21, ""); }, true},
    Hostile{"AlertOfOneByte", [](ClientSealer& c) { return c.record(21, "\x01"); }},
    Hostile{"AlertOfThreeBytes",
            [](ClientSealer& c) {
                return c.record(21, {"\x01\x00\x00", 3});
            }},
    Hostile{"FourWarnings",
            [](ClientSealer& c) { return repeated(4, "\x01\x5a", 21, c) + c.data("x"); }},
    Hostile{"FiveWarnings",
            [](ClientSealer& c) { return repeated(5, "\x01\x5a", 21, c) + c.data("x"); }},
    Hostile{"WarningsAndData",
            [](ClientSealer& c) {
                std::string all;
                for (int i = 0; i < 9; ++i) all += c.record(21, "\x01\x5a") + c.data("x");
                return all;
            }},
    Hostile{"EmptyHandshake", [](ClientSealer& c) { return c.record(22, ""); }, true},
    Hostile{"ClientHello",
            [](ClientSealer& c) {
                return c.record(22, {"\x01\x00\x00\x02\x03\x03", 6});
            },
            true},
    Hostile{"Finished",
            [](ClientSealer& c) {
                return c.record(22, {"\x14\x00\x00\x01x", 5});
            },
            true},
    Hostile{"KeyUpdate", [](ClientSealer& c) { return c.key_update(0) + c.data("x"); }, true},
    Hostile{"KeyUpdateAsked", [](ClientSealer& c) { return c.key_update(1) + c.data("x"); }, true},
    Hostile{"KeyUpdateOfNoKind", [](ClientSealer& c) { return c.key_update(2); }, true},
    Hostile{"KeyUpdateTooShort",
            [](ClientSealer& c) {
                return c.record(22, {"\x18\x00\x00\x00", 4});
            },
            true},
    Hostile{"KeyUpdateTooLong",
            [](ClientSealer& c) {
                return c.record(22, {"\x18\x00\x00\x02\x00\x00", 6});
            },
            true},
    Hostile{"KeyUpdateWithMoreBehind",
            [](ClientSealer& c) {
                return c.record(22, {"\x18\x00\x00\x01\x00\x18\x00\x00\x01\x00", 10});
            },
            true},
    Hostile{"KeyUpdateInPieces",
            [](ClientSealer& c) {
                std::string all;
                for (const char byte : {'\x18', '\0', '\0', '\x01', '\0'})
                    all += c.record(22, std::string(1, byte));
                c.update_keys();
                return all + c.data("x");
            },
            true},
    Hostile{"DataInsideAMessage",
            [](ClientSealer& c) {
                return c.record(22, {"\x18\x00", 2}) + c.data("x");
            },
            true},
    Hostile{"TwentyKeyUpdates",
            [](ClientSealer& c) {
                std::string all;
                for (int i = 0; i < 20; ++i) all += c.key_update(1);
                return all + c.data("x");
            },
            true},
    Hostile{"NewSessionTicket",
            [](ClientSealer& c) {
                return c.record(22, {"\x04\x00\x00\x01x", 5});
            },
            true},
};

TEST_P(TlsRecordsOf, RefuseWhatOpenSslRefuses) {
    for (const Hostile& hostile : kHostile) {
        if (hostile.only_tls13 && GetParam().version != TlsVersion::tls13) continue;
        TlsPair pair(GetParam());
        ClientSealer client(pair.start());
        const std::string wire = hostile.wire(client);
        const Verdict ours = of_ours(pair, wire);
        EXPECT_EQ(ours, of_openssl(pair, wire)) << hostile.name;
    }
}

TEST_P(TlsRecordsOf, HearTheSameAsOpenSslWhateverComes) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        const std::string script = some_text(random, 1 + random() % 60);
        TlsPair pair(GetParam());
        ClientSealer client(pair.start());
        const std::string wire = test::HostileScript(script, GetParam().version).wire(client);
        const Verdict ours = of_ours(pair, wire);
        ASSERT_EQ(ours, of_openssl(pair, wire)) << testing::PrintToString(script);
    }
}

TEST_P(TlsRecordsOf, RefuseEachFlippedBit) {
    TlsPair pair(GetParam());
    ClientSealer client(pair.start());
    const std::string wire = client.data("<presence/>");
    for (std::size_t bit = 8 * TlsRecords::kHeaderBytes; bit < 8 * wire.size(); ++bit) {
        std::string flipped = wire;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        EXPECT_EQ(of_ours(pair, flipped), (Verdict{"", 20})) << bit;
    }
}

}  // namespace
}  // namespace core
