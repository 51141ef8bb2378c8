#pragma once
// Wakes the engine's thread: a loop has asked something, or another process on the same database
// has left mail. Each process hears on a socket without a file (abstract, unix(7)), so nothing
// stays behind; where processes share a disk but no network, as containers may, it stays silent,
// and mail waits for the next round.

#include <cstdint>
#include <string>

#include "core/handle.h"
#include "core/result.h"

namespace backend {

class SqliteBell {
public:
    /// `process`: whom others ring, a number drawn at random.
    static core::Result<SqliteBell, std::string> hang(std::uint64_t process);

    /// Any thread.
    void ring() const;
    /// Wakes another process, if it is there.
    void ring_at(std::uint64_t process) const;
    /// Blocks until somebody rings, or has rung since the last call.
    void wait() const;

private:
    SqliteBell(core::Fd inside, core::Fd outside)
        : inside_(std::move(inside)), outside_(std::move(outside)) {}

    core::Fd inside_;   // an eventfd
    core::Fd outside_;  // a datagram socket
};

}  // namespace backend
