#pragma once
// `stanzagate save`: what the operator has set in the running process goes into its configuration
// file. Main thread only.

#include "proxy/process/local_call.h"

namespace proxy {

int save_command(const LocalCall& call);

}  // namespace proxy
