#pragma once
// The line of the processes that share a database: a lock on an empty file, whose holder is next.
// The kernel keeps the line, so nobody is passed over. Any thread, one at a time.

#include <chrono>
#include <string>
#include <utility>

#include "core/handle.h"
#include "core/result.h"

namespace backend {

class SqliteTurn {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    SqliteTurn() = default;
    /// The error says in words why that cannot be.
    static core::Result<SqliteTurn, std::string> open(const std::string& path);

    /// Waits in line until nobody is before us; false: not until then.
    bool take(TimePoint until) const;
    void give_back() const;

private:
    explicit SqliteTurn(core::Fd file) : file_(std::move(file)) {}

    core::Fd file_;
};

}  // namespace backend
