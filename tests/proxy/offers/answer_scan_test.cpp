#include "proxy/offers/answer_scan.h"

#include <gtest/gtest.h>

#include <string>

namespace proxy {
namespace {

const std::string kAnswerHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>";
const std::string kFeatures = "<stream:features><bind xmlns='urn:b'/></stream:features>";

class AnswerScanTest : public testing::Test {
protected:
    xmpp::ScanWorkPool pool;

    /// After how many bytes it is complete, shown byte by byte; 0: never.
    std::size_t completes_after(const std::string& bytes) {
        AnswerScan scan(pool);
        for (std::size_t size = 1; size <= bytes.size(); ++size)
            if (scan.is_complete(std::string_view(bytes).substr(0, size))) return size;
        return 0;
    }
    bool is_complete(const std::string& bytes) { return AnswerScan(pool).is_complete(bytes); }
};

TEST_F(AnswerScanTest, HeaderAndFeaturesAreAWholeAnswer) {
    const std::string answer = kAnswerHeader + "\n" + kFeatures;
    EXPECT_EQ(completes_after(answer), answer.size());
    EXPECT_TRUE(is_complete(answer));
    EXPECT_TRUE(is_complete(answer + "<more/>"));
}

TEST_F(AnswerScanTest, LessIsNone) {
    for (const std::string& part : {std::string(), std::string(" "), kAnswerHeader,
                                    kAnswerHeader + "  ", kAnswerHeader + "<stream:features><bind"})
        EXPECT_EQ(completes_after(part), 0u) << part;
}

TEST_F(AnswerScanTest, WhatNoMoreBytesWouldMendIsOneToo) {
    EXPECT_TRUE(is_complete(kAnswerHeader + "</stream:stream>"));
    EXPECT_TRUE(is_complete(kAnswerHeader + "<stream:error><conflict/></stream:error>"));
    EXPECT_TRUE(is_complete("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_TRUE(is_complete(kAnswerHeader + "text"));
}

TEST_F(AnswerScanTest, StaysComplete) {
    AnswerScan scan(pool);
    EXPECT_TRUE(scan.is_complete(kAnswerHeader + kFeatures));
    EXPECT_TRUE(scan.is_complete(kAnswerHeader + kFeatures + "junk"));
    EXPECT_EQ(pool.lent(), 0u);
}

}  // namespace
}  // namespace proxy
