#include "core/byte_buffer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace core {
namespace {

TEST(ByteBuffer, CostsAWordWhenNothingWaits) {
    EXPECT_EQ(sizeof(ByteBuffer), sizeof(void*));
    ByteBuffer buffer;
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.view(), "");
    buffer.consume(0);
    buffer.append("");
    EXPECT_TRUE(buffer.empty());
}

TEST(ByteBuffer, IsAQueueOfBytes) {
    ByteBuffer buffer;
    buffer.append("first ");
    buffer.append("second");
    EXPECT_EQ(buffer.view(), "first second");
    buffer.consume(6);
    EXPECT_EQ(buffer.view(), "second");
    buffer.consume(6);
    EXPECT_TRUE(buffer.empty());
    buffer.append("third");
    buffer.release();
    EXPECT_TRUE(buffer.empty());
}

TEST(ByteBuffer, TakesWhatIsWrittenIntoItsRoom) {
    ByteBuffer buffer;
    buffer.append("a");
    std::memcpy(buffer.prepare(100), "bc", 2);
    buffer.commit(2);
    EXPECT_EQ(buffer.view(), "abc");
    buffer.consume(3);
    buffer.prepare(100);
    buffer.commit(0);
    EXPECT_TRUE(buffer.empty());
}

TEST(ByteBuffer, KeepsTheOrderWhateverIsAppendedAndConsumed) {
    std::mt19937 random(1);
    ByteBuffer buffer;
    std::string model;
    for (int i = 0; i < 20'000; ++i) {
        const std::string bytes(random() % 300, static_cast<char>('a' + i % 26));
        buffer.append(bytes);
        model += bytes;
        const std::size_t done = random() % (model.size() + 1);
        buffer.consume(done);
        model.erase(0, done);
        ASSERT_EQ(buffer.view(), model);
    }
}

}  // namespace
}  // namespace core
