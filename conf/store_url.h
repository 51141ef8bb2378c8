#pragma once
// Where a cluster keeps its state, as far as the file can tell: "sqlite:PATH" is embedded, for the
// processes of one machine; what begins with "redis" is for the room that connects
// (backend/store/redis/address). Pure; any thread.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace conf {

enum class StoreKind : std::uint8_t { sqlite, redis };

struct StoreUrl {
    StoreKind kind = StoreKind::sqlite;
    std::filesystem::path file;    // of sqlite
    std::string text;              // as written
    std::filesystem::path folder;  // where relative paths in the text start
    friend bool operator==(const StoreUrl&, const StoreUrl&) = default;
};

/// What is wrong with a URL and what to write instead.
struct StoreUrlProblem {
    std::string what;
    std::string hint;
};

/// Relative paths start at `folder`.
core::Result<StoreUrl, StoreUrlProblem> parse_store_url(std::string_view text,
                                                        const std::filesystem::path& folder);

}  // namespace conf
