#include "proxy/process/ask_command.h"

#include <cstdlib>

namespace proxy {

std::filesystem::path socket_of(const VerbCall& call) {
    const char* told = std::getenv("STANZAGATE_SOCKET");
    return call.value("--socket", told != nullptr && *told != '\0' ? told : kAdminSocket);
}

core::Result<AdminReply, std::string> ask_process(const LocalCall& call,
                                                  const std::vector<std::string>& words) {
    const auto request = encode_admin_request(words);
    if (!request) return core::fail(request.error());
    return call.handlers.ask(socket_of(call.words), *request, kAnswerPatience);
}

}  // namespace proxy
