#pragma once
// `stanzagate recipe`: the settings with which a server serves behind a configuration. Main thread
// only.

#include "proxy/process/local_call.h"

namespace proxy {

int recipe_command(const LocalCall& call);

}  // namespace proxy
