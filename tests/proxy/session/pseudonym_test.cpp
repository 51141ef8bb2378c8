// Aim: with a key out of a file, a user has one pseudonym in all processes that share it; a key
// that can be guessed is none.

#include "proxy/session/pseudonym.h"

#include <gtest/gtest.h>

#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

namespace proxy {
namespace {

constexpr const char* kLine = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

class Pseudonym : public testing::Test {
protected:
    ~Pseudonym() override { use_pseudonym_key({}); }
    std::filesystem::path file_with(const std::string& content) const {
        test::write_file(folder_.path() / "key", content);
        return folder_.path() / "key";
    }
    /// What is wrong with a file of this content.
    std::string problem_of(const std::string& content) const {
        const auto loaded = load_pseudonym_key(file_with(content));
        return loaded ? "" : loaded.error().what;
    }

    const test::TempDir folder_;
};

TEST_F(Pseudonym, OfOneKeyIsTheSameInEveryProcess) {
    use_pseudonym_key(load_pseudonym_key(file_with(std::string(kLine) + "\n")).value());
    EXPECT_EQ(pseudonym("juliet@example.org"), "h:e501dec7");
    EXPECT_EQ(pseudonym("romeo@example.org"), "h:abd1f444");
}

TEST_F(Pseudonym, WithoutAKeyIsThatOfThisProcess) {
    const std::string own = pseudonym("juliet@example.org");
    EXPECT_EQ(pseudonym("juliet@example.org"), own);
    EXPECT_TRUE(use_pseudonym_key(load_pseudonym_key(file_with(kLine)).value()));
    EXPECT_NE(pseudonym("juliet@example.org"), own);
    EXPECT_FALSE(use_pseudonym_key(load_pseudonym_key(file_with(kLine)).value()));
    EXPECT_TRUE(use_pseudonym_key({}));
    EXPECT_EQ(pseudonym("juliet@example.org"), own);
}

TEST_F(Pseudonym, BlanksAroundTheKeyAreNotPartOfIt) {
    const auto key = load_pseudonym_key(file_with(kLine)).value();
    EXPECT_EQ(load_pseudonym_key(file_with("  " + std::string(kLine) + "\r\n\n")).value(), key);
}

TEST_F(Pseudonym, SaysWhatIsWrongWithAFile) {
    EXPECT_EQ(problem_of(std::string(32, 'k')), "");
    EXPECT_NE(problem_of(std::string(31, 'k') + "\n").find("has 31 characters, and 32 are"),
              std::string::npos);
    EXPECT_NE(problem_of("\n").find("openssl rand -hex 32"), std::string::npos);
    EXPECT_NE(problem_of(std::string(5000, 'k')).find("is it the right file?"), std::string::npos);
    const auto missing = load_pseudonym_key(folder_.path() / "none");
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().what.find("cannot be read"), std::string::npos);
}

}  // namespace
}  // namespace proxy
