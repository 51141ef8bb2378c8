#pragma once
// How an operator names one backend: by its pool and its own name. A value; any thread.

#include <string>

namespace proxy {

struct MemberName {
    std::string pool;
    std::string backend;

    /// "main/10.0.0.11:5222".
    std::string text() const { return pool + "/" + backend; }
    friend bool operator==(const MemberName&, const MemberName&) = default;
};

}  // namespace proxy
