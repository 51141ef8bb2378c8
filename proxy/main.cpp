// stanzagate: puts TLS, balancing and sticky resumption in front of XMPP servers.

#include <unistd.h>

#include "core/terminal.h"
#include "dns/channel.h"
#include "proxy/admin/client.h"
#include "proxy/process/command_line.h"
#include "proxy/process/key_check.h"
#include "proxy/process/live_check.h"
#include "proxy/process/server.h"
#include "proxy/web/host_meta.h"

namespace {

proxy::HostMeta host_meta_of(const conf::Web& web, std::string_view host) {
    return {.xrd = proxy::host_meta(web, host, proxy::HostMetaForm::xrd),
            .json = proxy::host_meta(web, host, proxy::HostMetaForm::json)};
}

}  // namespace

int main(int argc, char** argv) {
    return proxy::run_command_line(argc, argv,
                                   {.run = proxy::serve,
                                    .ask = proxy::ask_admin,
                                    .libraries = {dns::resolver_library()},
                                    .check_keys = proxy::check_keys,
                                    .check_live = proxy::look_live,
                                    .host_meta = host_meta_of,
                                    .out_columns = core::terminal_columns(STDOUT_FILENO),
                                    .err_columns = core::terminal_columns(STDERR_FILENO)});
}
