#include "proxy/process/certificates_in_use.h"

#include <gtest/gtest.h>

#include "tests/support/certificates.h"

namespace proxy {
namespace {

class CertificatesInUse : public ::testing::Test {
protected:
    CertificatesInUse() {
        for (const char* name : {"example.org", "*.rooms.example.org", "b.example"})
            config_.domains.push_back({.name = name, .pool = "main"});
    }
    void have(const std::string& folder, const ::test::CertificateText& text) {
        ::test::write_pair(folder_.path() / folder, ::test::issue(text));
    }
    ShownCertificates shown() {
        const auto store = core::CertificateStore::load(folder_.path());
        EXPECT_TRUE(store.has_value());
        return certificates_in_use(config_, **store, std::chrono::system_clock::now());
    }
    std::string text() { return certificates_text(shown(), std::chrono::system_clock::now()); }

    ::test::TempDir folder_;
    conf::Config config_;
};

TEST_F(CertificatesInUse, SayWhereEachIsShown) {
    have("example.org", {.dns_names = {"example.org", "*.rooms.example.org"}});
    have("default", {.dns_names = {"example.org"}});
    const ShownCertificates all = shown();
    ASSERT_EQ(all.certificates.size(), 2U);
    const ShownCertificate& fallback = all.certificates[0];
    const ShownCertificate& own = all.certificates[1];
    EXPECT_EQ(own.domains, (std::vector<std::string>{"example.org", "*.rooms.example.org"}));
    EXPECT_EQ(own.problems, std::vector<std::string>{});
    EXPECT_FALSE(own.is_for_nameless);
    EXPECT_EQ(fallback.domains, std::vector<std::string>{"b.example"});
    EXPECT_TRUE(fallback.is_for_nameless);
    EXPECT_EQ(fallback.unnamed, std::vector<std::string>{"b.example"});
    EXPECT_EQ(fallback.problems,
              std::vector<std::string>{
                  "does not name b.example: clients refuse it there; order one that does"});
    EXPECT_EQ(all.without, std::vector<std::string>{});
}

TEST_F(CertificatesInUse, NameWhatIsMissingOrEnds) {
    have("example.org", {.dns_names = {"example.org"}, .not_after = 5L * 24 * 3600 + 60});
    have("b.example", {.dns_names = {"b.example"}, .not_after = -60});
    const std::string said = text();
    EXPECT_NE(said.find("example.org  ECDSA     5  "), std::string::npos) << said;
    EXPECT_NE(said.find("b.example    ECDSA    -1  "), std::string::npos) << said;
    const ShownCertificates all = shown();
    EXPECT_EQ(all.certificates[0].problems,
              std::vector<std::string>{"has ended: clients refuse it; renew it"});
    EXPECT_EQ(all.certificates[1].problems, std::vector<std::string>{"ends soon; renew it"});
    EXPECT_EQ(all.without, std::vector<std::string>{"*.rooms.example.org"});
}

}  // namespace
}  // namespace proxy
