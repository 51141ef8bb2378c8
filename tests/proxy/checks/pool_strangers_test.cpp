#include "proxy/checks/pool_strangers.h"

#include <gtest/gtest.h>

#include "proxy/checks/account_question.h"
#include "xmpp/base64.h"

namespace proxy {
namespace {

using balancer::BackendId;

constexpr std::string_view kAccount = "probe@example.org";
const BackendId kA{1}, kB{2}, kC{3};

class PoolStrangersTest : public testing::Test {
protected:
    /// Two checks, since a mark counts once it has come twice.
    void marked(BackendId id, std::string_view name, std::string_view mark) {
        for (int i = 0; i < 2; ++i) pool.note(id, name, {}, mark);
    }
    PoolStrangers pool;
};

TEST_F(PoolStrangersTest, MembersWithOneMarkAreOneCluster) {
    marked(kA, "a", "s=x,i=4096");
    marked(kB, "b", "s=x,i=4096");
    EXPECT_EQ(pool.finding(kAccount), "");
}

TEST_F(PoolStrangersTest, OneAccountWithTwoSaltsIsTwoAccounts) {
    marked(kA, "a", "s=x,i=4096");
    marked(kB, "b", "s=y,i=4096");
    marked(kC, "c", "s=x,i=4096");
    EXPECT_EQ(pool.finding(kAccount),
              "a, c know probe@example.org as one of its own; "
              "b knows probe@example.org as one of its own");
}

TEST_F(PoolStrangersTest, WhoDoesNotKnowTheAccountIsAStranger) {
    marked(kA, "a", "s=x,i=4096");
    marked(kB, "b", kUnknownAccount);
    EXPECT_EQ(pool.finding(kAccount),
              "a knows probe@example.org as one of its own; b does not know probe@example.org");
}

TEST_F(PoolStrangersTest, OtherSoftwareIsAStranger) {
    pool.note(kA, "a", "http://prosody.im", {});
    pool.note(kB, "b", "http://www.process-one.net/en/ejabberd/", {});
    EXPECT_EQ(pool.finding(kAccount),
              "a runs http://prosody.im; b runs http://www.process-one.net/en/ejabberd/");
    pool.forget(kB);
    EXPECT_EQ(pool.finding(kAccount), "");
}

TEST_F(PoolStrangersTest, OneAnswerIsNotBelieved) {
    pool.note(kA, "a", {}, "s=x,i=1");
    pool.note(kB, "b", {}, "s=y,i=1");
    EXPECT_EQ(pool.finding(kAccount), "");
    EXPECT_TRUE(pool.wants_mark(kA));
}

TEST_F(PoolStrangersTest, SaltsThatChangeAreNotCompared) {
    pool.note(kA, "a", {}, "s=x,i=1");
    pool.note(kA, "a", {}, "s=z,i=1");
    marked(kB, "b", "s=y,i=1");
    EXPECT_EQ(pool.finding(kAccount), "");
    EXPECT_EQ(pool.incomparable(), "a");
    EXPECT_FALSE(pool.wants_mark(kA));
}

TEST_F(PoolStrangersTest, AsksTwiceAndAgainAfterAFailure) {
    EXPECT_TRUE(pool.wants_mark(kA));
    marked(kA, "a", "s=x,i=1");
    EXPECT_FALSE(pool.wants_mark(kA));
    pool.note_failure(kA);
    EXPECT_TRUE(pool.wants_mark(kA));
    marked(kA, "a", "s=x,i=1");
    pool.forget_marks();
    EXPECT_TRUE(pool.wants_mark(kA));
}

TEST_F(PoolStrangersTest, NamesAFewOfMany) {
    pool.note(BackendId{100}, "odd", "other", {});
    for (std::uint32_t i = 0; i < 50; ++i) pool.note(BackendId{i}, "m", "one", {});
    EXPECT_LT(pool.finding(kAccount).size(), 100u);
}

// The question itself.

xmpp::Token element_token(std::string_view bytes, xmpp::ScanWorkPool& work) {
    xmpp::StreamScanner scanner(work, xmpp::kLimitsBeforeLogin);
    const std::string header =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    EXPECT_EQ(scanner.next(header).kind, xmpp::TokenKind::stream_open);
    return scanner.next(bytes);
}

std::string mark_of(const std::string& bytes) {
    xmpp::ScanWorkPool work;
    return account_mark(element_token(bytes, work), bytes, xmpp::usual_bindings());
}

std::string challenge(std::string_view message) {
    return "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + xmpp::encode_base64(message) +
           "</challenge>";
}

TEST(AccountQuestion, BeginsALoginThatIsNeverFinished) {
    EXPECT_EQ(account_question("a,b=c", {"PLAIN", "SCRAM-SHA-1"}),
              "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>" +
                  xmpp::encode_base64("n,,n=a=2Cb=3Dc,r=stanzagateAsksNoMore") + "</auth>");
    EXPECT_EQ(account_question("a", {"PLAIN", "SCRAM-SHA-1-PLUS"}), "");
}

TEST(AccountQuestion, ReadsSaltAndCount) {
    EXPECT_EQ(mark_of(challenge("r=stanzagateAsksNoMoreXYZ,s=c2FsdA==,i=4096")),
              "s=c2FsdA==,i=4096");
    for (const auto* wrong : {"", "r=x", "s=c2FsdA==,i=4096", "r=x,i=4096"})
        EXPECT_EQ(mark_of(challenge(wrong)), "") << wrong;
    EXPECT_EQ(mark_of("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%</challenge>"), "");
    EXPECT_EQ(
        mark_of("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>"),
        kUnknownAccount);
    EXPECT_EQ(mark_of("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                      "<temporary-auth-failure/></failure>"),
              "");
    EXPECT_EQ(mark_of("<message/>"), "");
}

}  // namespace
}  // namespace proxy
