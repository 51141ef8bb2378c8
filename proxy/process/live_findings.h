#pragma once
// What `check --live` makes of the lines that a control loop would log: problems in the words of
// `check`. Pure; main thread.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conf/problem.h"
#include "core/log.h"
#include "proxy/pools/pool_status.h"

namespace proxy {

class LiveFindings {
public:
    /// `file`: the configuration's.
    explicit LiveFindings(std::filesystem::path file) : file_(std::move(file)) {}

    /// One line of the control loop; false where it is no finding. Of one backend its state and
    /// what other settings are tried make one problem.
    bool note(const core::LogRecord& line);
    void add(conf::Severity severity, std::string where, std::string what, std::string hint);
    /// At the end: backends of which nothing was heard in `waited` are problems, too.
    void note_silent(const std::vector<PoolStatus>& pools, std::chrono::seconds waited);

    std::vector<conf::Problem> take() { return std::move(problems_); }

private:
    std::filesystem::path file_;
    std::vector<conf::Problem> problems_;
    std::map<std::string, std::size_t> by_subject_;
};

}  // namespace proxy
