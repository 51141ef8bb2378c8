#include "proxy/process/predecessor.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>

#include "core/log.h"

namespace proxy {

namespace {

constexpr std::chrono::seconds kGivingPatience{10};

}  // namespace

std::unique_ptr<Predecessor> Predecessor::of_environment() {
    const char* const number = std::getenv(kHandOverVariable);
    if (number == nullptr) return nullptr;
    int fd = -1;
    std::from_chars(number, number + std::strlen(number), fd);
    ::unsetenv(kHandOverVariable);
    int type = 0;
    socklen_t length = sizeof type;
    if (fd < 0 || ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 ||
        type != SOCK_SEQPACKET)
        return nullptr;
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    return std::unique_ptr<Predecessor>(new Predecessor(core::Fd(fd)));
}

core::Result<HandOver, std::string> Predecessor::receive() {
    HandOverReader reader;
    for (;;) {
        auto message = core::receive_message(link_.get(), kGivingPatience);
        if (!message)
            return core::fail(
                std::string("the process whose place is to be taken does not give it"));
        switch (reader.feed(std::move(message).value())) {
            case HandOverReader::State::reading: break;
            case HandOverReader::State::complete: return reader.take();
            case HandOverReader::State::refused:
                return core::fail(
                    std::string("the process whose place is to be taken speaks another language"));
        }
    }
}

void Predecessor::refuse(std::string_view why) {
    (void)core::send_message(
        link_.get(), std::string(kRefusedWord).append(why).substr(0, core::kMostMessageBytes));
}

void Predecessor::take_place(core::EventLoop& loop, std::string_view version) {
    const auto trampoline = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<Predecessor*>(self)->on_readable();
    };
    readable_.reset(event_new(loop.base(), link_.get(), EV_READ | EV_PERSIST, trampoline, this));
    if (!readable_) throw std::bad_alloc();
    event_add(readable_.get(), nullptr);
    (void)core::send_message(link_.get(), std::string(kReadyWord).append(version));
}

void Predecessor::on_readable() {
    auto message = core::receive_message(link_.get());
    if (!message && message.error() == core::NoMessage::yet) return;
    if (!message) {
        event_del(readable_.get());
        link_.reset();
        processes_.clear();
        core::Log(core::Severity::info, "predecessor_gone");
        return;
    }
    if (auto read = read_left(message->bytes)) processes_ = std::move(*read);
}

}  // namespace proxy
