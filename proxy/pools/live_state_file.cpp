#include "proxy/pools/live_state_file.h"

#include <fmt/format.h>

#include <cstdint>
#include <system_error>
#include <utility>

#include "core/log.h"
#include "core/small_file.h"

namespace proxy {

namespace {

constexpr std::string_view kNotOurs = "is no state file of stanzagate, and is left as it is";
constexpr std::string_view kRemedy =
    "name a file in [admin] state, in a folder that the user of this process may write to";

bool is_ours(std::string_view text) {
    return text.empty() || text.starts_with(kLiveStateMark);
}

}  // namespace

std::string keeping_words(const LiveKeeping& keeping) {
    if (keeping.file.empty()) return "a restart forgets it (see [admin] state)";
    if (keeping.problem.empty()) return "kept over restarts in " + keeping.file;
    return fmt::format("a restart forgets it: {} {}", keeping.file, keeping.problem);
}

void LiveStateFile::use(std::filesystem::path file) {
    if (file == file_) return;
    file_ = std::move(file);
    saved_.clear();
    keeping_ = {.file = file_.string(), .problem = {}};
}

std::vector<LiveMember> LiveStateFile::load() {
    std::error_code error;
    if (file_.empty() || std::filesystem::symlink_status(file_, error).type() ==
                             std::filesystem::file_type::not_found)
        return {};
    const auto ignored = [&](std::string_view why) {
        keeping_.problem = why;
        core::Log(core::Severity::warn, "live_state_ignored")
            .with("file", file_.string())
            .with("why", why)
            .with("effect", "weights and states are those of the configuration")
            .with("remedy", kRemedy);
        return std::vector<LiveMember>();
    };
    auto text = core::read_small_file(file_, kMostLiveStateBytes);
    if (!text) return ignored(text.error());
    if (!is_ours(*text)) return ignored(kNotOurs);
    saved_ = *std::move(text);
    if (saved_.empty()) return {};
    LiveState state = read_live_state(std::string_view(saved_).substr(kLiveStateMark.size()));
    if (state.bad_lines != 0) {
        core::Log(core::Severity::warn, "live_state_damaged")
            .with("file", file_.string())
            .with("bad_lines", static_cast<std::uint64_t>(state.bad_lines))
            .with("members", static_cast<std::uint64_t>(state.members.size()))
            .with("remedy", "`stanzagate backends` shows what is missing; set it again");
    }
    return std::move(state.members);
}

void LiveStateFile::save(const std::vector<LiveMember>& members) {
    if (file_.empty()) return;
    const std::string text = write_live_state(members);
    if (text == saved_) return;
    std::error_code error;
    std::string problem;
    if (std::filesystem::exists(file_, error)) {
        const auto there = core::read_small_file(file_, kMostLiveStateBytes);
        if (!there || !is_ours(*there)) problem = there ? std::string(kNotOurs) : there.error();
    } else if (members.empty()) {
        return;  // nothing to keep, and nothing there that says otherwise
    }
    if (problem.empty()) {
        if (const auto written = core::replace_small_file(file_, text); !written)
            problem = written.error();
    }
    if (problem.empty()) saved_ = text;
    const bool is_new = problem != keeping_.problem;
    keeping_.problem = std::move(problem);
    if (keeping_.problem.empty() || !is_new) return;
    core::Log(core::Severity::warn, "live_state_not_saved")
        .with("file", file_.string())
        .with("why", keeping_.problem)
        .with("effect", "a restart forgets what was changed live")
        .with("remedy", kRemedy);
}

}  // namespace proxy
