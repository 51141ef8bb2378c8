#include "core/ticket_keys.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "tests/support/certificates.h"

namespace core {
namespace {

std::string key_bytes(char fill) {
    return std::string(TicketKey::kBytes, fill);
}

std::string base64(const std::string& bytes) {
    std::string text(bytes.size() * 2, '\0');
    text.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()))));
    return text;
}

class TicketKeysTest : public testing::Test {
protected:
    Result<std::shared_ptr<const TicketKeys>, TlsProblem> load(const std::string& content) {
        test::write_file(dir_.path() / "keys", content);
        return TicketKeys::load(dir_.path() / "keys");
    }
    char encrypting(const std::string& content) {
        const auto keys = load(content);
        return keys ? static_cast<char>((*keys)->encrypting().name[0]) : '!';
    }
    std::string wrong(const std::string& content) {
        const auto keys = load(content);
        return keys ? "" : keys.error().what;
    }

    test::TempDir dir_;
};

TEST_F(TicketKeysTest, ReadsBase64LinesAndEncryptsWithTheLastButOne) {
    const std::string a = base64(key_bytes('a'));
    const std::string b = base64(key_bytes('b'));
    const std::string c = base64(key_bytes('c'));
    EXPECT_EQ(encrypting(a), 'a');
    EXPECT_EQ(encrypting(a + "\n" + b + "\n"), 'a');
    EXPECT_EQ(encrypting(a + "\n" + b + "\n" + c + "\n"), 'b');
    EXPECT_EQ(encrypting("\n  " + a + " \r\n\n" + b + "\r\n" + c), 'b');
    EXPECT_EQ((*load(a + "\n" + b + "\n" + c))->size(), 3U);
}

TEST_F(TicketKeysTest, ReadsBinaryKeysAndEncryptsWithTheFirst) {
    EXPECT_EQ(encrypting(key_bytes('\1')), '\1');
    EXPECT_EQ(encrypting(key_bytes('\1') + key_bytes('\2')), '\1');
}

TEST_F(TicketKeysTest, SplitsTheEightyBytesIntoNameMacKeyAndCipherKey) {
    const std::string bytes = std::string(16, '\1') + std::string(32, '\2') + std::string(32, '\3');
    const auto keys = load(bytes);
    ASSERT_TRUE(keys.has_value());
    EXPECT_EQ((*keys)->encrypting().name.back(), 1);
    EXPECT_EQ((*keys)->encrypting().hmac_key.front(), 2);
    EXPECT_EQ((*keys)->encrypting().hmac_key.back(), 2);
    EXPECT_EQ((*keys)->encrypting().aes_key.front(), 3);
    EXPECT_EQ((*keys)->encrypting().aes_key.back(), 3);
    const auto from_text = load(base64(bytes));
    ASSERT_TRUE(from_text.has_value());
    EXPECT_EQ((*from_text)->encrypting().aes_key, (*keys)->encrypting().aes_key);
}

TEST_F(TicketKeysTest, PassToAnotherProcess) {
    const auto keys = TicketKeys::generate()->rotated()->rotated();
    const auto passed = TicketKeys::of_bytes(keys->bytes());
    ASSERT_NE(passed, nullptr);
    EXPECT_EQ(passed->size(), 3U);
    EXPECT_EQ(passed->encrypting().aes_key, keys->encrypting().aes_key);
    for (const TicketKey& key : keys->all()) EXPECT_NE(passed->find(key.name), nullptr);
    EXPECT_EQ(TicketKeys::of_bytes(TicketKeys::Bytes("")), nullptr);
    EXPECT_EQ(TicketKeys::of_bytes(TicketKeys::Bytes(std::string(79, 'x'))), nullptr);
    EXPECT_EQ(TicketKeys::of_bytes(TicketKeys::Bytes(std::string(160, 'x'))), nullptr);
}

TEST_F(TicketKeysTest, RefusesWhatIsNoKeyFileWithAHint) {
    const std::string a = base64(key_bytes('a'));
    EXPECT_NE(wrong("").find("holds no key; a key is made by"), std::string::npos);
    EXPECT_NE(wrong(a + "\nabc\n").find("line 2 is not 80 bytes"), std::string::npos);
    EXPECT_NE(wrong(base64(std::string(48, 'a'))).find("line 1"), std::string::npos);
    EXPECT_NE(wrong(base64(std::string(79, 'a'))).find("line 1"), std::string::npos);
    EXPECT_NE(wrong(base64(std::string(81, 'a'))).find("line 1"), std::string::npos);
    EXPECT_NE(wrong("=" + a.substr(1)).find("line 1"), std::string::npos);
    EXPECT_NE(wrong(std::string(48, '\1')).find("48-byte keys"), std::string::npos);
    EXPECT_NE(wrong(key_bytes('\1') + "\1").find("multiple of 80"), std::string::npos);
    EXPECT_NE(wrong(a + "\n" + a).find("twice"), std::string::npos);
    std::string many;
    for (char fill = 'a'; fill < 'a' + 17; ++fill) many += base64(key_bytes(fill)) + "\n";
    EXPECT_NE(wrong(many).find("holds more than 16 keys; drop the oldest"), std::string::npos);
    EXPECT_NE(wrong(std::string(9'000, 'a')).find("longer than"), std::string::npos);
    EXPECT_FALSE(TicketKeys::load(dir_.path() / "absent").has_value());
    EXPECT_FALSE(TicketKeys::load(dir_.path()).has_value());
}

TEST_F(TicketKeysTest, RotationPutsAFreshKeyFirstAndForgetsTheOldest) {
    const auto first = TicketKeys::generate();
    const auto second = first->rotated();
    const auto third = second->rotated();
    const auto fourth = third->rotated();
    EXPECT_NE(second->encrypting().name, first->encrypting().name);
    EXPECT_NE(second->find(first->encrypting().name), nullptr);
    EXPECT_NE(third->find(first->encrypting().name), nullptr);
    EXPECT_EQ(fourth->find(first->encrypting().name), nullptr);
    EXPECT_EQ(fourth->size(), TicketKeys::kRotatedKeys);
    EXPECT_EQ(first->size(), 1U);
}

TEST_F(TicketKeysTest, GeneratesADifferentKeyEachTime) {
    EXPECT_NE(TicketKeys::generate()->encrypting().aes_key,
              TicketKeys::generate()->encrypting().aes_key);
}

}  // namespace
}  // namespace core
