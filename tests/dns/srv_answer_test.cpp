#include "dns/srv_answer.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/dns_message.h"

namespace {

using dns::Problem;
using test::dns_name;
using test::dns_pointer;
using test::dns_record;
using test::DnsMessage;

constexpr std::string_view kService = "_xmpp-client._tcp.example";
constexpr unsigned kQuestionAt = 12;  // where the name stands that was asked for

DnsMessage message() {
    return DnsMessage(kService);
}

const std::string kOwner = dns_pointer(kQuestionAt);

dns::SrvAnswer good(const DnsMessage& what) {
    const auto answer = dns::read_srv_answer(what.bytes(), kService);
    EXPECT_TRUE(answer.has_value()) << to_string(answer.error());
    return answer.has_value() ? *answer : dns::SrvAnswer{};
}

Problem bad(const std::string& bytes) {
    const auto answer = dns::read_srv_answer(bytes, kService);
    EXPECT_FALSE(answer.has_value()) << "was taken";
    return answer.has_value() ? Problem{} : answer.error();
}

Problem bad(const DnsMessage& what) {
    return bad(what.bytes());
}

DnsMessage usual() {
    return message()
        .service(kOwner, 300, 10, 5, 5222, "B.Example")
        .service(kOwner, 200, 5, 0, 5223, "a.example")
        .authority(dns_record(dns_name("example"), test::kDnsNs, 900, dns_name("ns.example")))
        .additional(dns_record(dns_name("a.example"), 1, 60, "\x7F\x01\x01\x01"));
}

TEST(SrvAnswer, ReadsRecordsAndTheirLeastTtl) {
    const auto answer = good(usual());
    EXPECT_EQ(answer.ttl, std::chrono::seconds(200));
    ASSERT_EQ(answer.set.service, dns::Service::offered);
    ASSERT_EQ(answer.set.records.size(), 2u);
    EXPECT_EQ(answer.set.records[0], (dns::SrvRecord{5, 0, 5223, "a.example", false}));
    EXPECT_EQ(answer.set.records[1], (dns::SrvRecord{10, 5, 5222, "b.example", false}));
}

TEST(SrvAnswer, CaseOfTheNameDoesNotMatter) {
    const auto answer = dns::read_srv_answer(usual().bytes(), "_XMPP-Client._TCP.example");
    EXPECT_TRUE(answer.has_value());
}

TEST(SrvAnswer, EveryTruncationIsRefused) {
    const std::string whole = usual().bytes();
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        EXPECT_EQ(bad(whole.substr(0, cut)), Problem::truncated) << cut;
    }
    EXPECT_EQ(bad(whole + "x"), Problem::trailing_bytes);
}

TEST(SrvAnswer, NoChangeOfOneByteIsMoreThanAnotherAnswer) {
    const std::string whole = usual().bytes();
    std::mt19937 random(1);
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string changed = whole;
        changed[random() % changed.size()] = static_cast<char>(random());
        const auto answer = dns::read_srv_answer(changed, kService);
        if (!answer.has_value()) {
            ++refused;
        } else {
            EXPECT_LE(answer->set.records.size(), 2u);
        }
    }
    EXPECT_GT(refused, 5'000);
}

TEST(SrvAnswer, ATruncationBitIsRefused) {
    auto cut = usual();
    cut.flags |= 0x0200;
    EXPECT_EQ(bad(cut), Problem::truncated);
}

TEST(SrvAnswer, TheRootAsTargetMeansNotOffered) {
    const auto answer = good(message().service(kOwner, 60, 0, 0, 0, ""));
    EXPECT_EQ(answer.set.service, dns::Service::not_offered);
    EXPECT_EQ(answer.ttl, std::chrono::seconds(60));
}

TEST(SrvAnswer, FollowsAliases) {
    const auto answer =
        good(message()
                 .answer(dns_record(kOwner, test::kDnsCname, 30, dns_name("one.example")))
                 .answer(dns_record(dns_name("one.example"), test::kDnsCname, 90, dns_name("two")))
                 .service(dns_name("two"), 60, 1, 1, 5222, "a"));
    ASSERT_EQ(answer.set.records.size(), 1u);
    EXPECT_EQ(answer.ttl, std::chrono::seconds(30));
}

TEST(SrvAnswer, ALoopOfAliasesIsRefused) {
    EXPECT_EQ(bad(message().answer(dns_record(kOwner, test::kDnsCname, 1, kOwner))),
              Problem::too_many_aliases);
    EXPECT_EQ(bad(message()
                      .answer(dns_record(kOwner, test::kDnsCname, 1, dns_name("b")))
                      .answer(dns_record(dns_name("b"), test::kDnsCname, 1, kOwner))),
              Problem::too_many_aliases);
}

DnsMessage chain(std::size_t aliases) {
    auto out = message();
    std::string owner = kOwner;
    for (std::size_t i = 0; i < aliases; ++i) {
        const std::string next = dns_name("n" + std::to_string(i));
        out.answer(dns_record(owner, test::kDnsCname, 60, next));
        owner = next;
    }
    return out.service(owner, 60, 1, 1, 5222, "a");
}

TEST(SrvAnswer, AliasesAreBounded) {
    EXPECT_EQ(good(chain(dns::kAliasesMax)).set.records.size(), 1u);
    EXPECT_EQ(bad(chain(dns::kAliasesMax + 1)), Problem::too_many_aliases);
}

TEST(SrvAnswer, RecordsOfOtherNamesAreIgnored) {
    const auto answer = good(message().service(dns_name("evil.example"), 60, 0, 0, 5222, "evil"));
    EXPECT_EQ(answer.set.service, dns::Service::unknown);
}

TEST(SrvAnswer, ANegativeAnswerLivesAsLongAsTheZoneSays) {
    auto nothing = message().authority(
        dns_record(dns_name("example"), test::kDnsSoa, 900, test::soa_data(120)));
    EXPECT_EQ(good(nothing).ttl, std::chrono::seconds(120));
    nothing.flags |= 3;
    EXPECT_EQ(good(nothing).set.service, dns::Service::unknown);
    const auto short_lived = message().authority(
        dns_record(dns_name("example"), test::kDnsSoa, 30, test::soa_data(120)));
    EXPECT_EQ(good(short_lived).ttl, std::chrono::seconds(30));
    EXPECT_EQ(good(message()).ttl, std::chrono::seconds(0));
}

TEST(SrvAnswer, AReferralIsNoNegativeAnswer) {
    EXPECT_EQ(bad(message().authority(
                  dns_record(dns_name("example"), test::kDnsNs, 900, dns_name("ns.example")))),
              Problem::not_an_answer);
}

TEST(SrvAnswer, ErrorsOfTheServerAreNoAnswer) {
    for (const unsigned code : {1u, 2u, 4u, 5u, 15u}) {
        auto failed = usual();
        failed.flags |= code;
        EXPECT_EQ(bad(failed), Problem::refused);
    }
    auto contradiction = usual();
    contradiction.flags |= 3;  // "no such name", and its records
    EXPECT_EQ(bad(contradiction), Problem::not_an_answer);
}

TEST(SrvAnswer, AnswersToOtherQuestionsAreRefused) {
    auto question = usual();
    question.flags &= 0x7FFF;
    EXPECT_EQ(bad(question), Problem::not_an_answer);
    EXPECT_EQ(bad(DnsMessage("_xmpps-client._tcp.example")), Problem::not_an_answer);
    std::string other_type = message().bytes();
    other_type[other_type.size() - 3] = 1;  // A
    EXPECT_EQ(bad(other_type), Problem::not_an_answer);
}

TEST(SrvAnswer, ATtlWithTheHighestBitIsZero) {
    EXPECT_EQ(good(message().service(kOwner, 0x80000001, 1, 1, 5222, "a")).ttl,
              std::chrono::seconds(0));
    EXPECT_EQ(good(message().service(kOwner, 0x7FFFFFFF, 1, 1, 5222, "a")).ttl,
              std::chrono::seconds(0x7FFFFFFF));
}

TEST(SrvAnswer, PointersThatDoNotPointBackwardsAreRefused) {
    const auto here = static_cast<unsigned>(message().bytes().size());
    for (const unsigned target : {0u, 11u, here, here + 1, here + 2, 0x3FFFu}) {
        EXPECT_EQ(bad(message().service(dns_pointer(target), 60, 1, 1, 5222, "a")),
                  Problem::bad_name)
            << target;
    }
    // A label, then a pointer to that label: an endless name.
    EXPECT_EQ(bad(message().service("\1a" + dns_pointer(here), 60, 1, 1, 5222, "a")),
              Problem::bad_name);
}

TEST(SrvAnswer, AChainOfPointersIsBounded) {
    // A record of a type that is not read holds the chain, each pointer aiming at the one before.
    constexpr unsigned kTxt = 16;
    for (const unsigned jumps : {100u, 200u}) {
        const std::string head = dns_record(kOwner, kTxt, 60, "");
        unsigned at = static_cast<unsigned>(message().bytes().size() + head.size());
        std::string chain = dns_pointer(kQuestionAt);
        for (unsigned i = 0; i < jumps; ++i, at += 2) chain += dns_pointer(at);
        const auto answer = message()
                                .answer(dns_record(kOwner, kTxt, 60, chain))
                                .service(dns_pointer(at), 60, 1, 1, 5222, "a");
        if (jumps == 100) {
            EXPECT_EQ(good(answer).set.records.size(), 1u);
        } else {
            EXPECT_EQ(bad(answer), Problem::bad_name);
        }
    }
}

TEST(SrvAnswer, ACompressedTargetIsRead) {
    const auto answer = good(message().answer(dns_record(
        kOwner, test::kDnsSrv, 60, test::srv_data(1, 1, 5222, "\1a" + dns_pointer(30)))));
    ASSERT_EQ(answer.set.records.size(), 1u);
    EXPECT_EQ(answer.set.records[0].target, "a.example");
}

TEST(SrvAnswer, NamesAreBounded) {
    const std::string label(63, 'a');
    const std::string most = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
    EXPECT_EQ(good(message().service(kOwner, 60, 1, 1, 5222, most)).set.records[0].target, most);
    EXPECT_EQ(bad(message().service(kOwner, 60, 1, 1, 5222, most + "b")), Problem::bad_name);
    EXPECT_EQ(bad(message().service("\x40" + std::string(64, 'a') + '\0', 60, 1, 1, 5222, "a")),
              Problem::bad_name);
}

TEST(SrvAnswer, ATargetThatIsNoHostNameIsRefused) {
    for (const std::string target : {"a b", "a\nb", "a/b", "\xC3\xA4", "a%b"}) {
        EXPECT_EQ(bad(message().service(kOwner, 60, 1, 1, 5222, target)), Problem::bad_record);
    }
    EXPECT_EQ(
        bad(message().answer(dns_record(kOwner, test::kDnsSrv, 60,
                                        test::srv_data(1, 1, 5222, std::string("\3a\0b\0", 5))))),
        Problem::bad_record);
    EXPECT_EQ(
        bad(message().answer(dns_record(kOwner, test::kDnsSrv, 60,
                                        test::srv_data(1, 1, 5222, std::string("\3a.b\0", 5))))),
        Problem::bad_record);
}

TEST(SrvAnswer, DataThatDoesNotFitItsLengthIsRefused) {
    const std::string data = test::srv_data(1, 1, 5222, dns_name("a"));
    EXPECT_EQ(bad(message().answer(dns_record(kOwner, test::kDnsSrv, 60, data + '\0'))),
              Problem::bad_record);
    EXPECT_EQ(bad(message()
                      .answer(dns_record(kOwner, test::kDnsSrv, 60, data.substr(0, 5)))
                      .service(kOwner, 60, 1, 1, 5222, "a")),
              Problem::bad_record);
    EXPECT_EQ(bad(message().answer(dns_record(kOwner, test::kDnsSrv, 60, ""))), Problem::truncated);
}

DnsMessage many(unsigned count) {
    auto out = message();
    for (unsigned i = 0; i < count; ++i) out.service(kOwner, 60, i, 1, 5222, "h");
    return out;
}

TEST(SrvAnswer, ReadsManyRecordsUpToItsBound) {
    EXPECT_EQ(good(many(300)).set.records.size(), 300u);
    EXPECT_EQ(good(many(dns::kSrvRecordsMax)).set.records.size(), dns::kSrvRecordsMax);
    EXPECT_EQ(bad(many(dns::kSrvRecordsMax + 1)), Problem::too_many_records);
}

TEST(SrvAnswer, CountsThatPromiseMoreThanTheBytesAreRefused) {
    auto endless = usual();
    endless.additionals = 0xFFFF;
    EXPECT_EQ(bad(endless), Problem::truncated);
}

TEST(SrvAnswer, ZeroBytesAreNoAnswer) {
    EXPECT_EQ(bad(std::string(600, '\0')), Problem::not_an_answer);
    EXPECT_EQ(bad(""), Problem::truncated);
}

}  // namespace
