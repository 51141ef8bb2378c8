#include "core/message_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace core {
namespace {

TEST(MessageSocket, KeepsMessagesApartAndBringsDescriptors) {
    auto pair = message_pair();
    ASSERT_TRUE(pair);
    auto& [here, there] = *pair;
    EXPECT_EQ(receive_message(there.get()).error(), NoMessage::yet);
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const Fd out(pipe[0]);
    const Fd in(pipe[1]);
    ASSERT_TRUE(send_message(here.get(), "one"));
    ASSERT_TRUE(send_message(here.get(), "two", std::array{in.get()}));
    EXPECT_EQ(receive_message(there.get())->bytes, "one");
    const auto two = receive_message(there.get());
    ASSERT_TRUE(two);
    EXPECT_EQ(two->bytes, "two");
    ASSERT_EQ(two->descriptors.size(), 1U);
    EXPECT_EQ(::write(two->descriptors[0].get(), "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(::read(out.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'x');
    here.reset();
    EXPECT_EQ(receive_message(there.get(), std::chrono::seconds(10)).error(), NoMessage::any_more);
}

TEST(MessageSocket, SendsNoMoreThanIsReceived) {
    auto pair = message_pair();
    ASSERT_TRUE(pair);
    EXPECT_EQ(send_message(pair->first.get(), "").error(), EMSGSIZE);
    EXPECT_EQ(send_message(pair->first.get(), std::string(kMostMessageBytes + 1, 'x')).error(),
              EMSGSIZE);
    const std::vector<int> many(kMostDescriptors + 1, 0);
    EXPECT_EQ(send_message(pair->first.get(), "x", many).error(), EMSGSIZE);
    ASSERT_TRUE(send_message(pair->first.get(), std::string(kMostMessageBytes, 'x'),
                             std::vector<int>(kMostDescriptors, 0)));
    const auto got = receive_message(pair->second.get());
    ASSERT_TRUE(got);
    EXPECT_EQ(got->bytes.size(), kMostMessageBytes);
    EXPECT_EQ(got->descriptors.size(), kMostDescriptors);
}

TEST(MessageSocket, WhatIsTooLongIsNoMessage) {
    auto pair = message_pair();
    ASSERT_TRUE(pair);
    const std::string bytes(kMostMessageBytes + 1, 'x');
    ASSERT_EQ(::send(pair->first.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
    EXPECT_EQ(receive_message(pair->second.get()).error(), NoMessage::any_more);
}

TEST(MessageSocket, WaitsNoLongerThanItIsTold) {
    auto pair = message_pair();
    ASSERT_TRUE(pair);
    EXPECT_EQ(receive_message(pair->second.get(), std::chrono::milliseconds(5)).error(),
              NoMessage::yet);
}

}  // namespace
}  // namespace core
