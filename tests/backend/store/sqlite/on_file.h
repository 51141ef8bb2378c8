#pragma once
// An engine of the embedded store on a file that outlives it, with the machine's clock, which can
// be put ahead.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "backend/store/sqlite/store.h"
#include "tests/backend/store/store_node.h"

namespace test {

class SqliteOnFile final : public EngineUnderTest {
public:
    explicit SqliteOnFile(const std::string& path,
                          std::chrono::milliseconds patience = backend::SqliteDatabase::kPatience) {
        auto opened = backend::SqliteEngine::open(
            path,
            [ahead_ms = ahead_ms_] {
                return std::chrono::system_clock::now() + std::chrono::milliseconds(*ahead_ms);
            },
            patience);
        EXPECT_TRUE(opened.has_value()) << opened.error();
        engine_ = std::move(opened).value();
    }
    std::unique_ptr<backend::Store> attach(core::EventLoop& loop, backend::NodeName name,
                                           backend::StoreEvents& events) override {
        return std::make_unique<backend::SqliteStore>(engine_, loop, std::move(name), events);
    }
    void advance(std::chrono::milliseconds time) override { *ahead_ms_ += time.count(); }

private:
    // Read on the engine's thread.
    std::shared_ptr<std::atomic<std::int64_t>> ahead_ms_ =
        std::make_shared<std::atomic<std::int64_t>>(0);
    std::shared_ptr<backend::SqliteEngine> engine_;
};

}  // namespace test
