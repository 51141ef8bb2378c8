#pragma once
// What became of the logins at each pool. Shared by all workers; touched once in a login, never on
// the way of a byte. Any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace proxy {

enum class LoginResult : std::uint8_t {
    success,
    refused,   // by a server, or here
    unserved,  // no backend took it: none was reached, or had room, or a login to give
};
inline constexpr std::array kLoginResults{LoginResult::success, LoginResult::refused,
                                          LoginResult::unserved};
constexpr std::string_view to_string(LoginResult result) {
    switch (result) {
        case LoginResult::success: return "success";
        case LoginResult::refused: return "refused";
        case LoginResult::unserved: return "unserved";
    }
    return "unknown";
}

/// By result, since the start of the process.
using LoginTally = std::array<std::uint64_t, kLoginResults.size()>;

class LoginCounts {
public:
    void note(std::string_view pool, LoginResult result, std::uint64_t count = 1) {
        const std::lock_guard lock(mutex_);
        const auto found = pools_.find(pool);
        LoginTally& tally = found != pools_.end() ? found->second : pools_[std::string(pool)];
        tally[static_cast<std::size_t>(result)] += count;
    }
    LoginTally of_pool(std::string_view pool) const {
        const std::lock_guard lock(mutex_);
        const auto found = pools_.find(pool);
        return found == pools_.end() ? LoginTally{} : found->second;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, LoginTally, std::less<>> pools_;  // guarded by it
};

}  // namespace proxy
