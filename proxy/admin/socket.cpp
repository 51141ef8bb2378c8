#include "proxy/admin/socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "core/log.h"
#include "proxy/admin/verbs.h"

namespace proxy {

namespace {

constexpr std::chrono::milliseconds kExhaustedPause{500};

bool may_command(const core::UnixPeer& peer) {
    return peer.uid == 0 || peer.uid == ::geteuid();
}

core::Log& identify(core::Log& line, const core::UnixPeer& peer) {
    return line.with("uid", peer.uid).with("pid", peer.pid);
}

/// Says no and forgets about it: a fresh socket takes that much at once.
void turn_away(const core::Fd& connection, std::string_view why) {
    const std::string reply = encode_admin_reply({1, "stanzagate: " + std::string(why) + "\n"});
    (void)::send(connection.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
}

/// Carries out one request; knows nothing that could be gone when the outcome comes late.
void perform(AdminTarget& target, const core::UnixPeer& peer, const std::vector<std::string>& words,
             const AdminExchange::OnReply& on_reply) {
    perform_admin_verb(target, words, [peer, on_reply](AdminOutcome outcome) {
        if (outcome.change) {
            core::Log line(core::Severity::info, "admin_change");
            line.with("verb", outcome.change->verb).with("target", outcome.change->target);
            identify(line, peer);
        }
        on_reply(std::move(outcome.reply));
    });
}

}  // namespace

core::Result<std::unique_ptr<AdminSocket>, std::string> AdminSocket::open(core::EventLoop& loop,
                                                                          AdminTarget& target,
                                                                          Settings settings) {
    auto listener = settings.replaces ? core::UnixListener::replace(settings.path, kMostExchanges)
                                      : core::UnixListener::bind(settings.path, kMostExchanges);
    if (!listener) return core::fail("[admin] socket " + listener.error());
    return std::unique_ptr<AdminSocket>(
        new AdminSocket(loop, target, std::move(settings), std::move(listener).value()));
}

AdminSocket::AdminSocket(core::EventLoop& loop, AdminTarget& target, Settings settings,
                         core::UnixListener listener)
    : loop_(loop),
      target_(target),
      settings_(std::move(settings)),
      listener_(std::move(listener)),
      resume_(loop, [this] { event_add(readable_.get(), nullptr); }) {
    const auto on_readable = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<AdminSocket*>(self)->accept_some();
    };
    readable_.reset(
        event_new(loop_.base(), listener_.fd(), EV_READ | EV_PERSIST, on_readable, this));
    if (!readable_) throw std::bad_alloc();
    event_add(readable_.get(), nullptr);
}

AdminSocket::~AdminSocket() = default;

void AdminSocket::accept_some() {
    while (core::Fd connection = listener_.accept()) begin(std::move(connection));
    if (errno == EMFILE || errno == ENFILE) pause();
}

/// The connection that waits would wake the loop at once, again and again.
void AdminSocket::pause() {
    core::Log(core::Severity::warn, "accept_paused")
        .with("listener", path().native())
        .with("why", std::strerror(errno))
        .with("remedy", "raise the descriptor limit (LimitNOFILE) or lower [limits] sessions");
    event_del(readable_.get());
    resume_.start(kExhaustedPause);
}

void AdminSocket::begin(core::Fd connection) {
    const auto peer = settings_.peer_of(connection.get());
    if (!peer || !may_command(*peer)) {
        core::Log line(core::Severity::warn, "admin_refused");
        identify(line, peer.value_or(core::UnixPeer{UINT32_MAX, 0}))
            .with("remedy", "run the command as root or as the user of the process");
        return turn_away(connection, "only root and the user of this process may command it");
    }
    if (exchanges_.size() >= kMostExchanges) {
        return turn_away(connection, "too many commands at once; try again");
    }
    exchanges_.push_back(std::make_unique<AdminExchange>(
        loop_, std::move(connection), settings_.patience,
        [&target = target_, peer = *peer](const std::vector<std::string>& words,
                                          const AdminExchange::OnReply& on_reply) {
            perform(target, peer, words, on_reply);
        },
        [this](AdminExchange& over) { end(over); }));
}

void AdminSocket::end(AdminExchange& exchange) {
    const auto place =
        std::find_if(exchanges_.begin(), exchanges_.end(),
                     [&](const auto& candidate) { return candidate.get() == &exchange; });
    loop_.defer_delete(std::move(*place));
    exchanges_.erase(place);
}

}  // namespace proxy
