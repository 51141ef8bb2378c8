// stanzagate: puts TLS, balancing and sticky resumption in front of XMPP servers.

#include <unistd.h>

#include "core/terminal.h"
#include "dns/channel.h"
#include "proxy/admin/client.h"
#include "proxy/process/command_line.h"
#include "proxy/process/key_check.h"
#include "proxy/process/live_check.h"
#include "proxy/process/server.h"

int main(int argc, char** argv) {
    return proxy::run_command_line(argc, argv,
                                   {.run = proxy::serve,
                                    .ask = proxy::ask_admin,
                                    .libraries = {dns::resolver_library()},
                                    .check_keys = proxy::check_keys,
                                    .check_live = proxy::live_check,
                                    .out_columns = core::terminal_columns(STDOUT_FILENO),
                                    .err_columns = core::terminal_columns(STDERR_FILENO)});
}
