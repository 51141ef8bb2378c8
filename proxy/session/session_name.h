#pragma once
// How sessions are named in logs, to backends and to the operator. Any thread.

#include <cstdint>
#include <string>

namespace proxy {

/// "k3f9-0-12": the start of the process, the worker, its session. The part of the start comes
/// again after 19 days.
std::string session_name(unsigned worker, std::uint32_t number);

}  // namespace proxy
