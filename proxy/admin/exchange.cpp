#include "proxy/admin/exchange.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "conf/units.h"

namespace proxy {

AdminExchange::AdminExchange(core::EventLoop& loop, core::Fd socket, Patience patience,
                             Perform perform, OnOver on_over)
    : loop_(loop),
      socket_(std::move(socket)),
      patience_(patience),
      perform_(std::move(perform)),
      on_over_(std::move(on_over)),
      deadline_(loop, [this] { on_late(); }) {
    const auto on_ready = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<AdminExchange*>(self)->on_event();
    };
    readable_.reset(event_new(loop_.base(), socket_.get(), EV_READ | EV_PERSIST, on_ready, this));
    writable_.reset(event_new(loop_.base(), socket_.get(), EV_WRITE | EV_PERSIST, on_ready, this));
    if (!readable_ || !writable_) throw std::bad_alloc();
    event_add(readable_.get(), nullptr);
    deadline_.start(patience_.request);
}

void AdminExchange::on_event() {
    if (state_ == State::reading) {
        read_some();
    } else if (state_ == State::sending) {
        send_some();
    }
}

void AdminExchange::on_late() {
    switch (state_) {
        case State::reading:
            return reply({1, "stanzagate: no whole request within " +
                                 conf::time_text(patience_.request) + "\n"});
        case State::working:
            return reply({1, "stanzagate: no answer within " + conf::time_text(patience_.work) +
                                 "; it may still be carried out\n"});
        case State::sending: return finish();
        case State::over: return;
    }
}

void AdminExchange::read_some() {
    std::array<char, 4096> buffer;
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return finish();  // it has gone without a request
    switch (request_.feed({buffer.data(), static_cast<std::size_t>(got)})) {
        case AdminRequestReader::State::reading: return;
        case AdminRequestReader::State::complete: return work();
        case AdminRequestReader::State::refused:
            return reply({1, "stanzagate: " + request_.problem() + "\n"});
    }
}

void AdminExchange::work() {
    state_ = State::working;
    event_del(readable_.get());
    deadline_.start(patience_.work);
    // In a turn of its own: what is carried out may be the end of this and of the socket.
    auto on_reply = alive_.guarded([this](const AdminReply& made) { reply(made); });
    loop_.post(alive_.guarded(
        [words = request_.words(), perform = perform_, on_reply] { perform(words, on_reply); }));
}

void AdminExchange::reply(const AdminReply& reply) {
    if (state_ != State::reading && state_ != State::working) return;  // too late
    state_ = State::sending;
    event_del(readable_.get());
    output_ = encode_admin_reply(reply);
    deadline_.start(patience_.reply);
    send_some();
}

void AdminExchange::send_some() {
    while (sent_ < output_.size()) {
        const ssize_t taken =
            ::send(socket_.get(), output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
        if (taken < 0 && errno == EINTR) continue;
        if (taken < 0 && errno == EAGAIN) {
            event_add(writable_.get(), nullptr);
            return;
        }
        if (taken < 0) break;  // it has gone
        sent_ += static_cast<std::size_t>(taken);
    }
    finish();
}

void AdminExchange::finish() {
    state_ = State::over;
    deadline_.cancel();
    event_del(readable_.get());
    event_del(writable_.get());
    socket_.reset();
    on_over_(*this);
}

}  // namespace proxy
