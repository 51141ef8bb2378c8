// Aim: what one side writes the other reads, whatever the cuts; anything else is refused early,
// within bounds, and in words.

#include "proxy/admin/protocol.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using State = AdminRequestReader::State;
using Words = std::vector<std::string>;

std::string request_of(const Words& words) {
    const auto request = encode_admin_request(words);
    EXPECT_TRUE(request) << request.error();
    return *request;
}

/// The problem after these bytes, which must be refused whole and byte by byte alike.
std::string refusal(std::string_view bytes) {
    AdminRequestReader whole;
    EXPECT_EQ(whole.feed(bytes), State::refused);
    AdminRequestReader dripped;
    for (const char byte : bytes) dripped.feed({&byte, 1});
    EXPECT_EQ(dripped.state(), State::refused);
    EXPECT_EQ(dripped.problem(), whole.problem());
    EXPECT_TRUE(whole.words().empty());
    return whole.problem();
}

TEST(AdminProtocol, RequestComesBackHoweverItIsCut) {
    const Words words{"maintenance", "main/[::1]:5222", "--over", "5m", "ü b"};
    const std::string request = request_of(words);
    for (std::size_t cut = 0; cut <= request.size(); ++cut) {
        AdminRequestReader reader;
        reader.feed(std::string_view(request).substr(0, cut));
        EXPECT_EQ(reader.state(), cut == request.size() ? State::complete : State::reading);
        EXPECT_EQ(reader.feed(std::string_view(request).substr(cut)), State::complete);
        EXPECT_EQ(reader.words(), words);
    }
}

TEST(AdminProtocol, StrangersAreToldAtTheirFirstBytes) {
    EXPECT_EQ(refusal("GET"), "a request begins with \"stanzagate-admin 1\"");
    EXPECT_EQ(refusal("stanzagate-admin " + std::string(64, '9')),
              "a request begins with \"stanzagate-admin 1\"");
    EXPECT_EQ(refusal("stanzagate-admin 2\n"), "a request of another version; this one speaks 1");
    EXPECT_EQ(refusal("stanzagate-admin 1 \n"), "a request of another version; this one speaks 1");
    EXPECT_EQ(refusal("\n"), "a request of another version; this one speaks 1");
}

TEST(AdminProtocol, BadRequestsAreRefused) {
    const std::string head = "stanzagate-admin 1\n";
    EXPECT_EQ(refusal(head + "\n"), "a request without a word");
    EXPECT_EQ(refusal(head + "sta" + std::string(1, '\0')), "control characters in a request");
    EXPECT_EQ(refusal(head + "status\r"), "control characters in a request");
    EXPECT_EQ(refusal(head + "status\n\nx"), "one request a connection");
    EXPECT_EQ(refusal(head + std::string(kAdminRequestBytes, 'a')),
              "a request has at most 65536 bytes");
    std::string many = head;
    for (std::size_t i = 0; i <= kAdminWords; ++i) many += "a\n";
    EXPECT_EQ(refusal(many), "a request has at most 64 words");
}

TEST(AdminProtocol, RefusalIsFinal) {
    AdminRequestReader reader;
    reader.feed("x");
    EXPECT_EQ(reader.feed(request_of({"status"})), State::refused);
}

TEST(AdminProtocol, WordsThatCannotBeSentAreNotSent) {
    const auto problem = [](const Words& words) {
        return std::string(encode_admin_request(words).error());
    };
    EXPECT_EQ(problem({}), "a command has 1 to 64 words");
    EXPECT_EQ(problem(Words(65, "a")), "a command has 1 to 64 words");
    EXPECT_EQ(problem({"kick", ""}), "a word is empty");
    EXPECT_EQ(problem({"kick", "a\nreload"}), "a word holds control characters");
    EXPECT_EQ(problem({std::string(kAdminRequestBytes, 'a')}), "a command has at most 65536 bytes");
    EXPECT_TRUE(encode_admin_request(Words(64, "a")));
}

TEST(AdminProtocol, ReplyComesBack) {
    for (const AdminReply& reply :
         {AdminReply{0, ""}, AdminReply{1, "no\n"}, AdminReply{255, std::string(100'000, 'x')}}) {
        const auto read = decode_admin_reply(encode_admin_reply(reply));
        ASSERT_TRUE(read) << read.error();
        EXPECT_EQ(*read, reply);
    }
}

TEST(AdminProtocol, CutReplyIsNoticed) {
    const std::string reply = encode_admin_reply({0, "all is well\n"});
    EXPECT_EQ(decode_admin_reply("").error(), "it closed without an answer");
    for (std::size_t cut = 1; cut < reply.size(); ++cut) {
        const auto read = decode_admin_reply(reply.substr(0, cut));
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error(),
                  cut > reply.find('\n') ? "the answer is cut short" : "no answer of ours");
    }
}

TEST(AdminProtocol, OtherRepliesAreNoReply) {
    for (const char* bytes :
         {"HTTP/1.1 400 Bad Request\r\n\r\n", "stanzagate-admin 1 0 2\nabc",
          "stanzagate-admin 1 256 0\n", "stanzagate-admin 1 -1 0\n", "stanzagate-admin 1 0  0\n",
          "stanzagate-admin 1 00 0\n", "stanzagate-admin 1 0\n", "stanzagate-admin 1 0 0 \n",
          "stanzagate-admin 1 0 99999999999999999999999\n", "stanzagate-admin 1 \n"}) {
        EXPECT_EQ(decode_admin_reply(bytes).error(), "no answer of ours") << bytes;
    }
    EXPECT_EQ(decode_admin_reply("stanzagate-admin 2 0 0\n").error(),
              "an answer of another version; use the same stanzagate");
}

}  // namespace
}  // namespace proxy
