// Aim: requests and replies of any bytes are read within bounds and alike for every cut; what is
// read can be written and read again; and no words of a request crash what reads the command.

#include <cstdint>
#include <string_view>

#include "proxy/admin/command.h"
#include "proxy/admin/protocol.h"
#include "tests/fuzz/require.h"

namespace {

using State = proxy::AdminRequestReader::State;
using fuzz::require;

void check_words(const std::vector<std::string>& words) {
    const auto request = proxy::encode_admin_request(words);
    require(request.has_value());
    proxy::AdminRequestReader again;
    require(again.feed(*request) == State::complete);
    require(again.words() == words);
    const auto call = proxy::read_call(words);
    if (!call || call->wants_help || !call->verb->is_remote) return;
    const auto command = proxy::read_admin_command(*call);
    const auto* kick = command ? std::get_if<proxy::KickCommand>(&command->what) : nullptr;
    require(kick == nullptr || kick->filter.id.empty() != kick->filter.user.empty());
}

void check_request(std::string_view bytes) {
    proxy::AdminRequestReader whole;
    whole.feed(bytes);
    proxy::AdminRequestReader dripped;
    for (const char byte : bytes) dripped.feed({&byte, 1});
    require(dripped.state() == whole.state());
    require(dripped.words() == whole.words());
    require(dripped.problem() == whole.problem());
    require(whole.words().size() <= proxy::kAdminWords);
    require((whole.state() == State::refused) == !whole.problem().empty());
    if (whole.state() == State::complete) check_words(whole.words());
}

void check_reply(std::string_view bytes) {
    const auto reply = proxy::decode_admin_reply(bytes);
    if (reply) require(proxy::encode_admin_reply(*reply) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_request(bytes);
    check_reply(bytes);
    return 0;
}
