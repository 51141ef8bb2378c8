#pragma once
// What a server process does before anything else, and how it says that it cannot start. Main's
// thread.

#include <string>

#include "core/log.h"
#include "core/result.h"

namespace core {

/// Opens the log, unless the process has too few descriptors (`enough` says so). False: a line
/// not_started has been logged, where logs go if that is possible, and the log is closed.
bool begin_server(const Result<void, std::string>& enough, const LogSettings& settings);

/// The line itself; empty `remedy`: `why` says what to do.
void log_not_started(const std::string& why, const std::string& remedy = {});

}  // namespace core
