// stanzanode: the XMPP server that comes with stanzagate; several of them are a cluster.

#include <unistd.h>

#include "backend/process/command_line.h"
#include "backend/process/node_server.h"
#include "backend/process/open_store.h"
#include "core/terminal.h"

int main(int argc, char** argv) {
    return backend::run_node_command_line(argc, argv,
                                          {.run = backend::serve_nodes,
                                           .open_store = backend::open_store,
                                           .out_columns = core::terminal_columns(STDOUT_FILENO),
                                           .err_columns = core::terminal_columns(STDERR_FILENO)});
}
