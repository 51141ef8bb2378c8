#pragma once
// Another program as a child of this process. Any thread.

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/result.h"

namespace core {

/// The program that this process runs, as a path: what stands there now may be a newer one. To be
/// asked before it is replaced (at the start); "" where the system does not tell.
std::string own_program();

struct ChildProgram {
    std::string program;                   // a path
    std::vector<std::string> arguments;    // without the program's name
    std::vector<std::string> environment;  // "NAME=VALUE", beside ours
    int descriptor = -1;                   // that it gets, as number 3
};

inline constexpr int kChildDescriptor = 3;

/// Starts it with our standard streams, that one descriptor and no other, and no signal blocked or
/// ignored. The error is a sentence.
Result<pid_t, std::string> start_child(const ChildProgram& child);

}  // namespace core
