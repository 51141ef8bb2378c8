#pragma once
// What the verbs of the command line need from main, and how they end. Main thread only.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "conf/config.h"
#include "conf/problem.h"
#include "core/result.h"
#include "proxy/admin/protocol.h"
#include "proxy/advice/dns_text.h"
#include "proxy/process/live_check.h"

namespace proxy {

/// Exit codes. `check` says kFailed for errors, and with --strict kWarnings for warnings alone;
/// kUnreachable is of commands to the running process.
inline constexpr int kFine = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kWarnings = 2;
inline constexpr int kUnreachable = 3;

/// How long the running process may take for an answer.
inline constexpr std::chrono::milliseconds kAnswerPatience{10'000};

/// Where the running process is asked when neither --socket nor STANZAGATE_SOCKET says it.
inline constexpr const char* kAdminSocket = "/run/stanzagate/admin.sock";

/// What the verbs need from main.
struct CommandHandlers {
    /// Serves until a signal stops it; returns the exit code.
    std::function<int(const conf::Config&)> run;
    /// Sends a request to the running process (proxy/admin/client).
    std::function<core::Result<AdminReply, std::string>(const std::filesystem::path& socket,
                                                        std::string_view request,
                                                        std::chrono::milliseconds patience)>
        ask;
    /// Further lines of `version`, as "c-ares 1.18.1": libraries that only other rooms may include.
    std::vector<std::string> libraries;
    /// What is wrong with the keys that a configuration without errors names
    /// (proxy/process/key_check); null: nobody looks.
    std::function<std::vector<conf::Problem>(const conf::Config&)> check_keys;
    /// What a look at the servers shows of such a configuration (proxy/process/live_check); null:
    /// nobody looks.
    std::function<LiveLook(const conf::Config&,
                           const std::function<void(std::string_view)>& on_wait)>
        check_live;
    /// What web clients that come to `host` are told (proxy/web/host_meta); null: nothing is told.
    std::function<HostMeta(const conf::Web&, std::string_view host)> host_meta;
    /// Between two questions to the running process.
    std::function<void(std::chrono::milliseconds)> pause = [](std::chrono::milliseconds time) {
        std::this_thread::sleep_for(time);
    };
    std::ostream* out = nullptr;  // null: standard output
    std::ostream* err = nullptr;  // null: standard error
    /// Columns of the terminals that show them, in which sentences are broken; 0: they are none.
    std::size_t out_columns = 0;
    std::size_t err_columns = 0;
};

}  // namespace proxy
