#include "core/connection.h"

#include <sys/socket.h>

#include <cassert>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "core/shown_certificate.h"
#include "core/tcp_socket.h"
#include "core/tls_failure.h"
#include "core/wanted_certificate.h"

namespace core {

namespace {

bool has_received(int fd) {
    char byte = 0;
    return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/// Answers to key updates and the like that may wait for a peer; some hundreds of them. No
/// watermark holds back a peer that asks for more and reads none.
constexpr std::size_t kWaitingAnswers = 16 * 1024;
constexpr std::uint8_t kClearTailBytes = 255;  // of white space; far more than anybody has sent
/// Between two looks at what a peer that is to be reset has acknowledged.
constexpr timeval kAcknowledgementPause{.tv_sec = 0, .tv_usec = 10'000};

/// Goes round in 71 minutes, more than any handshake may take.
std::uint32_t clock_microseconds() {
    const auto now = Clock::now().time_since_epoch();
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

Broken broken_by(int error) {
    return error == ETIMEDOUT ? Broken::timed_out : Broken::reset;
}

}  // namespace

std::string_view to_string(Broken why) {
    switch (why) {
        case Broken::reset: return "reset";
        case Broken::timed_out: return "timed_out";
        case Broken::tls_failed: return "tls_failed";
    }
    return "unknown";
}

Connection::Connection(EventLoop& loop, Fd fd, ConnectionEvents& owner, const Watermarks& marks)
    : loop_(loop), owner_(&owner), marks_(marks), fd_(std::move(fd)) {
    const auto trampoline = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<Connection*>(self)->on_readable();
    };
    event_assign(&readable_, loop_.base(), fd_.get(), EV_READ | EV_PERSIST, trampoline, this);
}

Connection::~Connection() {
    close();
}

void Connection::close() {
    assert(loop_.is_own_thread());
    if (!fd_) return;
    count_failed(TlsFailure::timeout);
    event_del(&readable_);
    writable_.reset();
    reading_ = false;
    if (serves_tls()) loop_.tls_counts().note_closed(tls_->layer());
    tls_.reset();
    fd_.reset();
    input_.release();
    output_.release();
}

void Connection::start_tls(Ssl ssl, TlsRole role, ClearTail tail, RecordLayer layer) {
    assert(!tls_);
    if (tail == ClearTail::white_space) tail_bytes_left_ = kClearTailBytes;
    tls_ = std::make_unique<TlsChannel>(std::move(ssl), role, layer, loop_.scratch());
    if (role == TlsRole::accepting) {
        awaits_client_ = true;
        tls_began_ = clock_microseconds();
        return;
    }
    loop_.scratch().tls.received = {};
    handshake();
}

std::size_t Connection::pending_input() const noexcept {
    return input_.size() + (tls_ ? tls_->pending_input() : 0);
}

// Reading.

void Connection::pause_reading() {
    assert(loop_.is_own_thread());
    if (!reading_) return;
    reading_ = false;
    event_del(&readable_);
}

void Connection::resume_reading() {
    assert(loop_.is_own_thread());
    if (reading_ || !fd_) return;
    reading_ = true;
    redeliver_ = !input_.empty();
    if (!input_ended_) event_add(&readable_, nullptr);
    if (redeliver_ || input_ended_) event_active(&readable_, EV_READ, 0);
}

void Connection::on_readable() {
    loop_.turn().note();
    if (write_error_ != 0) {
        // What the peer said before it went is heard first: an answer, why it goes.
        if (!reading_ || !(redeliver_ || has_received(fd_.get()))) {
            break_off(broken_by(write_error_), std::strerror(write_error_));
            return;
        }
        event_active(&readable_, EV_READ, 0);
    }
    if (redeliver_) {
        redeliver_ = false;
        deliver({});
        if (!reading_) return;
    }
    if (input_ended_) {
        owner_->on_end();
    } else if (tls_) {
        read_tls();
    } else {
        read_clear();
    }
}

void Connection::read_clear() {
    Scratch& scratch = loop_.scratch();
    char* room = input_.empty() ? scratch.plain.get() : input_.prepare(Scratch::kPlainBytes);
    const auto got = ::recv(fd_.get(), room, Scratch::kPlainBytes, 0);
    if (got > 0) {
        if (input_.empty()) {
            deliver({room, static_cast<std::size_t>(got)});
        } else {
            input_.commit(static_cast<std::size_t>(got));
            deliver({});
        }
    } else if (got == 0) {
        end_input();
    } else if (errno != EAGAIN && errno != EINTR) {
        break_off(broken_by(errno), std::strerror(errno));
    }
}

void Connection::read_tls() {
    Scratch& scratch = loop_.scratch();
    const auto got = ::recv(fd_.get(), scratch.cipher.get(), Scratch::kCipherBytes, 0);
    if (got == 0) {
        // A TCP close without close_notify: XMPP tells a cut stream from a closed one by its end
        // tag, so this is an end like any other (the handshake excepted, where nobody is there to
        // care).
        end_input();
        return;
    }
    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR) break_off(broken_by(errno), std::strerror(errno));
        return;
    }
    scratch.tls.received = {scratch.cipher.get(), static_cast<std::size_t>(got)};
    if (!secured_) {
        drop_clear_tail(scratch.tls.received);
        if (!handshake()) return;
        owner_->on_secured();
        if (!fd_) return;
        tls_->settle();
    }
    decrypt();
}

/// No record begins with white space (RFC 8446 section 5.1), so none of it is lost.
void Connection::drop_clear_tail(std::string_view& received) {
    while (tail_bytes_left_ != 0 && !received.empty()) {
        const bool is_space = std::string_view(" \t\r\n").find(received.front()) != received.npos;
        if (!is_space) {
            tail_bytes_left_ = 0;
            return;
        }
        received.remove_prefix(1);
        --tail_bytes_left_;
    }
}

bool Connection::handshake() {
    switch (tls_->shake_hands(loop_.scratch())) {
        case TlsChannel::Step::more: flush_records(); return false;
        case TlsChannel::Step::done:
            secured_ = true;
            count_done();
            flush_records();
            return is_open();
        case TlsChannel::Step::failed: {
            const DescribedTlsFailure failure = describe_tls_failure(ssl());
            count_failed(failure.why);
            fail_tls(failure.words);
            return false;
        }
    }
    return false;
}

void Connection::count_done() {
    if (!awaits_client_) return;
    awaits_client_ = false;
    const std::chrono::microseconds took(clock_microseconds() - tls_began_);
    loop_.tls_counts().note_done(ssl(), took);
    loop_.tls_counts().note_open(tls_->layer());
}

bool Connection::serves_tls() const {
    return is_secure() && (is_compact() || SSL_is_server(ssl()) == 1);
}

void Connection::count_failed(TlsFailure why) {
    if (!awaits_client_) return;
    awaits_client_ = false;
    // OpenSSL is asked once a byte is there.
    const bool is_silent = why == TlsFailure::closed && SSL_in_before(ssl()) == 1;
    loop_.tls_counts().note_failed(is_silent ? TlsFailure::silent : why);
}

void Connection::decrypt() {
    Scratch& scratch = loop_.scratch();
    constexpr std::size_t kRoom = TlsChannel::kReadRoom;
    std::size_t fresh = 0;  // bytes in the plain scratch, used while input_ is empty
    TlsChannel::Read read{.what = TlsChannel::Read::What::more};
    do {
        const bool into_scratch = input_.empty();
        const std::size_t room = into_scratch ? Scratch::kPlainBytes - fresh : kRoom;
        char* out = into_scratch ? scratch.plain.get() + fresh : input_.prepare(room);
        read = tls_->read(scratch, out, room);
        if (read.what != TlsChannel::Read::What::data) break;
        if (!into_scratch) {
            input_.commit(read.bytes);
            continue;
        }
        fresh += read.bytes;
        if (Scratch::kPlainBytes - fresh < kRoom) {
            if (!flush_answers()) return;
            deliver({scratch.plain.get(), std::exchange(fresh, 0)});
            if (!fd_) return;
        }
        // One call opens one whole record, so nothing is left to ask for once all is read.
    } while (!scratch.tls.received.empty());

    // What it wrote goes first: the owner's turn gathers another connection's records.
    if (!flush_answers()) return;
    if (fresh != 0 || !input_.empty()) deliver({scratch.plain.get(), fresh});
    if (!fd_) return;
    if (read.what == TlsChannel::Read::What::end) end_input();
    if (read.what == TlsChannel::Read::What::failed) fail_tls(read.why);
}

void Connection::deliver(std::string_view fresh) {
    if (!reading_) {
        input_.append(fresh);
        return;
    }
    const ConnectionEvents* const owner = owner_;
    if (!input_.empty()) {
        const std::size_t done = owner_->on_bytes(input_.view());
        if (fd_) input_.consume(done);
    } else if (!fresh.empty()) {
        const std::size_t done = owner_->on_bytes(fresh);
        if (fd_) input_.append(fresh.substr(done));
    }
    if (owner_ == owner || !fd_ || !reading_ || input_.empty()) return;
    redeliver_ = true;
    event_active(&readable_, EV_READ, 0);
}

void Connection::end_input() {
    input_ended_ = true;
    count_failed(TlsFailure::closed);
    event_del(&readable_);
    if (reading_) owner_->on_end();
}

// Writing.

bool Connection::send(std::string_view bytes) {
    assert(loop_.is_own_thread());
    if (!fd_ || finishing_ || bytes.empty()) return true;
    if (tls_) {
        assert(secured_);
        if (!tls_->write(loop_.scratch(), bytes)) {
            break_off_later(EPROTO);
            return true;
        }
        flush_records();
    } else {
        write_out(bytes);
    }
    if (output_.size() > marks_.high) over_high_ = true;
    return !over_high_;
}

void Connection::flush_records() {
    auto& records = loop_.scratch().tls.records;
    if (records.empty()) return;
    write_out({records.data(), records.size()});
    records.clear();
}

bool Connection::flush_answers() {
    const std::size_t before = output_.size();
    flush_records();
    waiting_answers_ = output_.empty()
                           ? 0
                           : waiting_answers_ + static_cast<std::uint32_t>(output_.size() - before);
    if (waiting_answers_ <= kWaitingAnswers) return true;
    break_off(Broken::tls_failed, "asks for answers and reads none");
    return false;
}

void Connection::write_out(std::string_view bytes) {
    if (output_.empty()) {
        const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EAGAIN && errno != EINTR) {
            break_off_later(errno);
            return;
        }
        if (bytes.empty()) return;
        const auto trampoline = [](evutil_socket_t, short, void* self) noexcept {
            static_cast<Connection*>(self)->on_writable();
        };
        writable_.reset(
            event_new(loop_.base(), fd_.get(), EV_WRITE | EV_PERSIST, trampoline, this));
        if (!writable_) throw std::bad_alloc();
        event_add(writable_.get(), nullptr);
    }
    output_.append(bytes);
}

void Connection::on_writable() {
    const auto waiting = output_.view();
    const auto sent = ::send(fd_.get(), waiting.data(), waiting.size(), MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno == EAGAIN || errno == EINTR) return;
        break_off_later(errno);
        writable_.reset();
        return;
    }
    output_.consume(static_cast<std::size_t>(sent));
    if (output_.empty()) {
        writable_.reset();
        if (finishing_) end_output();
    }
    const bool has_finished = finishing_ && output_.empty();
    if (has_finished || (over_high_ && output_.size() <= marks_.low)) {
        over_high_ = false;
        owner_->on_drained();
    }
}

void Connection::finish() {
    assert(loop_.is_own_thread());
    if (!fd_ || finishing_) return;
    finishing_ = true;
    if (is_secure()) {
        tls_->close_notify(loop_.scratch());
        flush_records();
    }
    if (output_.empty()) end_output();
}

void Connection::finish_with_reset() {
    assert(loop_.is_own_thread());
    if (!fd_ || finishing_) return;
    finishing_ = resetting_ = true;
    set_reset_on_close(fd_.get());
    if (output_.empty()) end_output();
}

void Connection::set_keepalive(const Keepalive& keepalive) {
    if (fd_) core::set_keepalive(fd_.get(), keepalive);
}

void Connection::end_output() {
    if (!resetting_) {
        ::shutdown(fd_.get(), SHUT_WR);
        return;
    }
    const auto trampoline = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<Connection*>(self)->reset_when_acknowledged();
    };
    writable_.reset(event_new(loop_.base(), -1, 0, trampoline, this));
    if (!writable_) throw std::bad_alloc();
    event_active(writable_.get(), EV_TIMEOUT, 0);
}

void Connection::reset_when_acknowledged() {
    // The RST would overtake what the peer has not got yet.
    if (unacknowledged_bytes(fd_.get()) == 0) {
        break_off(Broken::reset, "reset by us");
        return;
    }
    event_add(writable_.get(), &kAcknowledgementPause);
}

// Breaking.

void Connection::break_off_later(int error) {
    // The owner is inside its own call of send(). It hears of the end by a later callback, in this
    // turn.
    write_error_ = static_cast<std::int16_t>(error);
    finishing_ = true;
    event_active(&readable_, EV_READ, 0);
}

void Connection::break_off(Broken why, std::string_view detail) {
    count_failed(why == Broken::timed_out ? TlsFailure::timeout : TlsFailure::closed);
    event_del(&readable_);
    writable_.reset();
    reading_ = false;
    finishing_ = true;
    owner_->on_broken(why, detail);
}

void Connection::fail_tls(std::string_view words) {
    flush_records();  // the alert that says why
    if (!fd_) return;
    break_off(Broken::tls_failed, words);
}

// Facts.

TlsFacts Connection::tls_facts() const {
    assert(ssl() != nullptr);
    return core::tls_facts(ssl());
}

ChannelBindings Connection::channel_bindings() const {
    assert(ssl() != nullptr);
    return core::channel_bindings(ssl());
}

Certificate Connection::shown_certificate() const {
    assert(ssl() != nullptr);
    return share(core::shown_certificate(ssl()));
}

Endpoint Connection::peer() const {
    return peer_endpoint(fd_.get());
}

Endpoint Connection::local() const {
    return local_endpoint(fd_.get());
}

}  // namespace core
