#include "backend/stream/scram_keys.h"

#include <gtest/gtest.h>

#include "xmpp/base64.h"

namespace backend {
namespace {

std::string salt_of(std::string_view base64) {
    return std::string(xmpp::decode_base64(base64)->reveal());
}

TEST(ScramKeys, OfAPasswordProveIt) {
    const auto keys = make_scram_keys(ScramHash::sha256, Password("pencil"),
                                      salt_of("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
    ASSERT_TRUE(keys.has_value());
    EXPECT_EQ(keys->iterations, 4096u);
    EXPECT_TRUE(is_password(Password("pencil"), *keys));
    EXPECT_FALSE(is_password(Password("pencils"), *keys));
    EXPECT_FALSE(is_password(Password(""), *keys));
}

// Made with another implementation, `gsasl --mkpasswd --mechanism SCRAM-SHA-1 --iteration-count
// 4096 --salt QSXCR+Q6sek8bf92 --password pencil`.
TEST(ScramKeys, AreThoseOfOtherImplementations) {
    const auto sha1 =
        make_scram_keys(ScramHash::sha1, Password("pencil"), salt_of("QSXCR+Q6sek8bf92"), 4096);
    ASSERT_TRUE(sha1.has_value());
    EXPECT_EQ(xmpp::encode_base64(sha1->stored_key.reveal()), "6dlGYMOdZcOPutkcNY8U2g7vK9Y=");
    EXPECT_EQ(xmpp::encode_base64(sha1->server_key.reveal()), "D+CSWLOshSulAsxiupA+qs2/fTE=");
}

TEST(ScramKeys, ArePreparedByRfc4013) {
    // Soft hyphen goes, other spaces become spaces, compatibility forms their letters.
    const auto prepared = [](std::string_view text) {
        const auto result = prepared_password(Password(std::string(text)));
        return result ? std::string(result->reveal()) : "refused";
    };
    EXPECT_EQ(prepared("I\u00ADX"), "IX");
    EXPECT_EQ(prepared("a\u00A0b"), "a b");
    EXPECT_EQ(prepared("\u2168"), "IX");
    EXPECT_EQ(prepared("user"), "user");
    EXPECT_EQ(prepared("USER"), "USER");
    EXPECT_EQ(prepared("\U0001F511"), "\U0001F511");
    EXPECT_EQ(prepared("a\u0007"), "refused");
    EXPECT_EQ(prepared(std::string_view("a\0b", 3)), "refused");
    EXPECT_EQ(prepared("\u0627\u0031"), "refused");
    EXPECT_EQ(prepared("\xFF"), "refused");
    EXPECT_EQ(prepared(""), "refused");
    EXPECT_EQ(prepared(std::string(kPasswordBytes + 1, 'a')), "refused");
}

TEST(ScramKeys, MadeUpOnesLookReal) {
    const auto keys = made_up_keys(ScramHash::sha256, "nobody@a.example", "secret");
    EXPECT_EQ(keys, made_up_keys(ScramHash::sha256, "nobody@a.example", "secret"));
    EXPECT_NE(keys.salt, made_up_keys(ScramHash::sha256, "no-one@a.example", "secret").salt);
    EXPECT_NE(keys.salt, made_up_keys(ScramHash::sha256, "nobody@a.example", "other").salt);
    EXPECT_NE(keys.salt, made_up_keys(ScramHash::sha1, "nobody@a.example", "secret").salt);
    EXPECT_EQ(keys.salt.size(), kScramSaltBytes);
    EXPECT_EQ(keys.iterations, kScramIterations);
    EXPECT_EQ(keys.stored_key.reveal().size(), 32u);
    EXPECT_EQ(made_up_keys(ScramHash::sha1, "a@b", "s").stored_key.reveal().size(), 20u);
}

}  // namespace
}  // namespace backend
