#include "proxy/worker/door.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "core/hex.h"
#include "core/random_bytes.h"
#include "http/response.h"

namespace proxy {

namespace {

std::string words_for(const Caller& caller, xmpp::StreamErrorCondition condition,
                      std::string_view text) {
    if (caller.web) {
        if (!caller.web->is_clear) return {};
        return http::ResponseWriter(condition == xmpp::StreamErrorCondition::policy_violation ? 429
                                                                                              : 503)
            .field("Retry-After", "10")
            .content_length(0)
            .close()
            .finish();
    }
    if (!caller.door->clients.begins_in_clear) return {};
    return xmpp::refuse_stream({.from = {}, .to = {}, .lang = {}, .id = make_stream_id()},
                               condition, text);
}

}  // namespace

xmpp::StreamId make_stream_id() {
    return xmpp::StreamId(core::hex(core::random_bytes(16)));
}

void turn_away(const Caller& caller, xmpp::StreamErrorCondition condition, std::string_view text) {
    const std::string words = words_for(caller, condition, text);
    if (words.empty()) return;
    const int socket = caller.client.socket.get();
    // What has come is taken first: a close with unread bytes is a reset.
    std::array<char, 4096> unread;
    [[maybe_unused]] const auto taken = ::recv(socket, unread.data(), unread.size(), MSG_DONTWAIT);
    // A fresh socket takes these few bytes or is gone already.
    [[maybe_unused]] const auto sent = ::send(socket, words.data(), words.size(), MSG_NOSIGNAL);
}

bool has_left(const Caller& caller) {
    // recv() would show the bytes before the end, not the end.
    pollfd look{.fd = caller.client.socket.get(), .events = POLLRDHUP, .revents = 0};
    return ::poll(&look, 1, 0) > 0;
}

}  // namespace proxy
