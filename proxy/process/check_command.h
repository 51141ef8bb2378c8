#pragma once
// `stanzagate check`: what is wrong with a configuration file, and what it would need. Main thread
// only.

#include "proxy/process/local_call.h"

namespace proxy {

/// The exit code: kFailed for errors; with --strict kWarnings for warnings alone.
int check_command(const LocalCall& call);

}  // namespace proxy
