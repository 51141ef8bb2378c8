#pragma once
// `stanzagate dns`: what has to be published so that clients find the listeners of a configuration,
// and what is wrong with what is published. Main thread only.

#include "proxy/process/local_call.h"

namespace proxy {

/// kFine: all that should be published is; kFailed: it is not.
int dns_command(const LocalCall& call);

}  // namespace proxy
