#pragma once
// A password that somebody types at a terminal. Blocks; main thread only.

#include <ostream>
#include <string>
#include <string_view>

#include "backend/stream/scram_keys.h"
#include "core/result.h"

namespace backend {

/// Asks for it twice on `prompts`, and reads it from the terminal `fd`, which shows nothing of it.
/// The terminal is afterwards as it was, also after Ctrl-C. Errors are sentences for the operator:
/// the two differ, or the question was given up (Ctrl-C, Ctrl-D).
core::Result<Password, std::string> typed_password(int fd, std::string_view user,
                                                   std::ostream& prompts);

}  // namespace backend
