#pragma once
// Why keys, certificates or TLS settings cannot be used, or what an operator should know about
// them. Standard library only.

#include <filesystem>
#include <string>

namespace core {

/// One file (or folder), what is wrong with it, and what to do: `what` is a sentence for the
/// operator.
struct TlsProblem {
    std::filesystem::path file;
    std::string what;
};

}  // namespace core
