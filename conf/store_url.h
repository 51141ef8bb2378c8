#pragma once
// Where a cluster keeps its state, as its URL says it. Pure; any thread.
//
//   sqlite:PATH                                       embedded, one process
//   redis://HOST[:PORT][/DATABASE]                    one server
//   redis+sentinel://HOST[:PORT],...[/MASTER[/DATABASE]]   the master that the sentinels name

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "conf/findings.h"
#include "core/result.h"

namespace conf {

enum class StoreKind : std::uint8_t { sqlite, redis, sentinel };

struct StoreServer {
    std::string host;  // address without brackets, or name
    std::uint16_t port = 0;
    friend bool operator==(const StoreServer&, const StoreServer&) = default;
};

struct StoreUrl {
    StoreKind kind = StoreKind::sqlite;
    std::filesystem::path file;        // sqlite
    std::vector<StoreServer> servers;  // redis: one; sentinel: all that were named
    std::string master = "mymaster";   // sentinel
    std::uint32_t database = 0;        // of Redis
    friend bool operator==(const StoreUrl&, const StoreUrl&) = default;
};

/// What is wrong with a URL and what to write instead.
struct StoreUrlProblem {
    std::string what;
    std::string hint;
};

/// Relative paths start at `folder`. A user or password in the URL is refused: a configuration is
/// read by too many for that.
core::Result<StoreUrl, StoreUrlProblem> parse_store_url(std::string_view text,
                                                        const std::filesystem::path& folder);

}  // namespace conf
