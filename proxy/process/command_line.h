#pragma once
// Carries out the command line of `stanzagate` (proxy/admin/verb_table). It knows the configuration
// and nothing of the proxy: what serves, and how the running process is asked, is handed in by
// main. Main thread only.

#include "proxy/process/command_handlers.h"

namespace proxy {

/// Carries out the command line and gives the exit code of the process.
int run_command_line(int argc, char** argv, const CommandHandlers& handlers);

}  // namespace proxy
