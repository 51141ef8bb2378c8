#include "proxy/process/hand_over.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace proxy {
namespace {

core::Fd any_socket() {
    return core::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

TEST(HandOver, ArrivesWhole) {
    HandOver given;
    const auto address = *core::Endpoint::parse("[::]:5222");
    for (std::size_t i = 0; i < core::kMostDescriptors + 3; ++i)
        given.sockets.push_back({address, any_socket()});
    given.sockets.push_back({*core::Endpoint::parse("127.0.0.1:443"), any_socket()});
    given.monitor = HandedSocket{*core::Endpoint::parse("127.0.0.1:9280"), any_socket()};
    given.ticket_keys = core::TicketKeys::generate()->rotated();
    given.pseudonym_key = PseudonymKey("0123456789abcdef");
    given.users = any_socket();
    auto pair = core::message_pair();
    ASSERT_TRUE(pair);
    ASSERT_TRUE(send_hand_over(pair->first.get(), given));

    HandOverReader reader;
    auto state = HandOverReader::State::reading;
    while (state == HandOverReader::State::reading) {
        auto message = core::receive_message(pair->second.get());
        ASSERT_TRUE(message);
        state = reader.feed(std::move(*message));
    }
    ASSERT_EQ(state, HandOverReader::State::complete);
    const HandOver got = reader.take();
    EXPECT_EQ(got.sockets.size(), core::kMostDescriptors + 4);
    EXPECT_EQ(std::count_if(got.sockets.begin(), got.sockets.end(),
                            [&](const auto& each) { return each.address == address; }),
              core::kMostDescriptors + 3);
    ASSERT_TRUE(got.monitor);
    EXPECT_EQ(got.monitor->address.to_string(), "127.0.0.1:9280");
    ASSERT_NE(got.ticket_keys, nullptr);
    EXPECT_EQ(got.ticket_keys->encrypting().name, given.ticket_keys->encrypting().name);
    EXPECT_EQ(got.ticket_keys->size(), 2U);
    EXPECT_EQ(got.resumption_keys, nullptr);
    EXPECT_EQ(got.pseudonym_key, given.pseudonym_key);
    EXPECT_TRUE(static_cast<bool>(got.users));
}

TEST(HandOver, WhatIsNoneIsRefused) {
    for (const char* words : {"", "socket", "socket nowhere", "monitor 127.0.0.1:1",
                              "tickets short", "tags ", "users", "that is"})
        EXPECT_EQ(HandOverReader().feed({words, {}}), HandOverReader::State::refused) << words;
}

TEST(HandOver, TellsWhatIsLeft) {
    const std::vector<OldProcess> left{{4242, "0.1.0", 12, 8}, {17, "0.0.9", 1, 0}};
    EXPECT_EQ(left_message(left), "left 4242 0.1.0 12 8\n17 0.0.9 1 0");
    EXPECT_EQ(read_left(left_message(left)), left);
    EXPECT_EQ(read_left("left "), std::vector<OldProcess>{});
    for (const char* words : {"", "left x", "left 1 v 1", "left 1 v 1 2 3", "left 1  1 2"})
        EXPECT_EQ(read_left(words), std::nullopt) << words;
}

}  // namespace
}  // namespace proxy
