#include "bench/load_session.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

namespace bench {
namespace {

using namespace std::literals;

constexpr std::size_t kLoginBytesMax = 16 * 1024;
constexpr std::uint32_t kSourceAddresses = 250;

// base64 of NUL "user" NUL "secret"; the sink takes every password.
constexpr auto kAuth =
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHVzZXIAc2VjcmV0</auth>"sv;
constexpr auto kBind =
    "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<resource>bench</resource></bind></iq>"sv;
constexpr auto kStreamEnd = "</stream:stream>"sv;
constexpr auto kFramedClose = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"sv;

std::string stream_header(const std::string& domain) {
    return "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
           "xmlns:stream='http://etherx.jabber.org/streams' version='1.0' xml:lang='en' to='" +
           domain + "'>";
}

std::string framed_open(const std::string& domain) {
    return "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' version='1.0' xml:lang='en' to='" +
           domain + "'/>";
}

/// 127.101.x.1: each source address has all ephemeral ports for itself.
core::Endpoint source_of(std::uint32_t number) {
    const std::uint32_t low = 1 + number % kSourceAddresses;
    return *core::Endpoint::parse("127.101." + std::to_string(low) + ".1:0");
}

core::Fd open_socket(const LoadContext& context, std::uint32_t number) {
    core::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) throw_errno("socket");
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // The port is chosen by connect(), so that one port may serve several destinations.
    ::setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_storage name{};
    socklen_t length = source_of(number).to_sockaddr(name);
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), length) != 0) throw_errno("bind");
    length = context.target.to_sockaddr(name);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), length) != 0 &&
        errno != EINPROGRESS) {
        throw_errno("connect " + context.target.to_string());
    }
    return fd;
}

}  // namespace

LoadSession::LoadSession(LoadContext& context, std::uint32_t number)
    : context_(context),
      fd_(open_socket(context, number)),
      number_(number),
      waiting_for_(EPOLLOUT) {
    context_.poller->add(fd_.get(), waiting_for_, number_);
}

void LoadSession::on_ready() {
    switch (step_) {
        case Step::connecting: return advance_connect();
        case Step::handshake: return advance_handshake();
        case Step::over: return;
        default: break;
    }
    if (sent_ < wanted_) flush_messages();
    read_some();
}

void LoadSession::send_message() {
    ++wanted_;
    if (sent_ + 1 == wanted_) flush_messages();  // else the poller waits for room already
}

void LoadSession::end() {
    step_ = Step::ending;
    send_login(is_websocket() ? kFramedClose : kStreamEnd);
}

std::string LoadSession::tls_facts() const {
    const char* group = SSL_group_to_name(ssl_.get(), SSL_get_negotiated_group(ssl_.get()));
    return std::string(SSL_get_version(ssl_.get())) + "/" + SSL_get_cipher_name(ssl_.get()) + "/" +
           (group != nullptr ? group : "-");
}

void LoadSession::advance_connect() {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) fail("connect: " + std::generic_category().message(error));
    ssl_.reset(SSL_new(context_.tls));
    if (!ssl_ || SSL_set_fd(ssl_.get(), fd_.get()) != 1 ||
        SSL_set_tlsext_host_name(ssl_.get(), context_.domain.c_str()) != 1) {
        fail("no memory for TLS");
    }
    SSL_set_connect_state(ssl_.get());
    step_ = Step::handshake;
    advance_handshake();
}

void LoadSession::advance_handshake() {
    if (!went_well(SSL_do_handshake(ssl_.get()), "handshake")) return;
    wait_for(EPOLLIN);
    if (is_websocket()) {
        ask_for_websocket();
    } else {
        step_ = Step::first_features;
        begin_stream();
    }
}

void LoadSession::ask_for_websocket() {
    step_ = Step::upgrade;
    send_all("GET " + context_.websocket + " HTTP/1.1\r\nHost: " + context_.domain +
             "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Protocol: xmpp\r\n\r\n");
}

void LoadSession::begin_stream() {
    send_login(is_websocket() ? framed_open(context_.domain) : stream_header(context_.domain));
}

void LoadSession::read_some() {
    // One buffer for all sessions, larger than a record, so that one SSL_read takes a whole record.
    static std::array<char, 32 * 1024> buffer;
    while (step_ != Step::over) {
        const int got = SSL_read(ssl_.get(), buffer.data(), buffer.size());
        if (!went_well(got, "read")) return;
        on_bytes({buffer.data(), static_cast<std::size_t>(got)});
        // What is left is in the socket, and epoll will say so: this saves a read() that finds
        // nothing.
        if (step_ == Step::over || SSL_has_pending(ssl_.get()) == 0) return;
    }
}

void LoadSession::on_bytes(std::string_view bytes) {
    if (!is_websocket() || step_ == Step::upgrade) return on_text(bytes);
    frames_.feed(bytes, [this](http::Opcode opcode, std::string_view payload) {
        return on_frame(opcode, payload);
    });
}

bool LoadSession::on_frame(http::Opcode opcode, std::string_view payload) {
    switch (opcode) {
        case http::Opcode::text: on_text(payload); break;
        case http::Opcode::ping: send_all(client_frame(http::Opcode::pong, payload)); break;
        default: fail("a frame out of turn");
    }
    return step_ != Step::over;
}

void LoadSession::on_text(std::string_view bytes) {
    if (step_ == Step::ready) return on_echo_bytes(bytes);
    on_login_bytes(bytes);
}

void LoadSession::on_login_bytes(std::string_view bytes) {
    login_input_.append(bytes);
    if (login_input_.find("<stream:error") != login_input_.npos ||
        login_input_.find("<failure") != login_input_.npos ||
        login_input_.size() > kLoginBytesMax) {
        fail("refused: " + login_input_);
    }
    const auto answered = [this](std::string_view end, Step next) {
        if (!login_input_.ends_with(end)) return false;
        login_input_ = std::string();  // gives the memory back
        step_ = next;
        return true;
    };
    switch (step_) {
        case Step::upgrade:
            if (login_input_.starts_with("HTTP/1.1 101") &&
                answered("\r\n\r\n", Step::first_features)) {
                begin_stream();
            }
            break;
        case Step::first_features:
            if (answered("</stream:features>", Step::success)) send_login(kAuth);
            break;
        case Step::success:
            if (login_input_.find("<success") != login_input_.npos &&
                answered(">", Step::second_features)) {
                begin_stream();
            }
            break;
        case Step::second_features:
            if (answered("</stream:features>", Step::bound)) send_login(kBind);
            break;
        case Step::bound: answered("</iq>", Step::ready); break;
        case Step::ending:
            if (is_websocket() ? login_input_.starts_with("<close ") && answered("/>", Step::over)
                               : answered(kStreamEnd, Step::over)) {
                SSL_shutdown(ssl_.get());
                ssl_.reset();
                fd_.reset();
            }
            break;
        default: fail("bytes out of turn");
    }
}

void LoadSession::on_echo_bytes(std::string_view bytes) {
    if (context_.stanza == nullptr) fail("bytes on an idle session: " + std::string(bytes));
    while (!bytes.empty()) {
        if (echoes_ == sent_) fail("an echo of nothing: " + std::string(bytes));
        const auto expected = context_.stanza->echo(number_, echoes_).substr(echo_bytes_);
        const auto part = bytes.substr(0, expected.size());
        if (!expected.starts_with(part)) fail("echo " + std::to_string(echoes_) + " differs");
        bytes.remove_prefix(part.size());
        echo_bytes_ += static_cast<std::uint32_t>(part.size());
        if (part.size() == expected.size()) {
            echo_bytes_ = 0;
            ++echoes_;
        }
    }
}

void LoadSession::flush_messages() {
    std::string frame;
    while (sent_ < wanted_) {
        std::string_view whole = context_.stanza->message(number_, sent_);
        if (is_websocket()) whole = frame = client_frame(http::Opcode::text, whole);
        const auto rest = whole.substr(sent_bytes_);
        const int taken = SSL_write(ssl_.get(), rest.data(), static_cast<int>(rest.size()));
        if (!went_well(taken, "write")) return;
        sent_bytes_ += static_cast<std::uint32_t>(taken);
        if (sent_bytes_ == whole.size()) {
            sent_bytes_ = 0;
            ++sent_;
        }
    }
    wait_for(EPOLLIN);
}

void LoadSession::send_login(std::string_view text) {
    if (!is_websocket()) return send_all(text);
    send_all(client_frame(http::Opcode::text, text));
}

void LoadSession::send_all(std::string_view bytes) {
    // A few hundred bytes into an empty socket buffer: a short write would be a fault of its own.
    const int taken = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (taken != static_cast<int>(bytes.size())) fail("login bytes not taken");
}

void LoadSession::wait_for(std::uint32_t events) {
    if (events == waiting_for_) return;
    waiting_for_ = events;
    context_.poller->change(fd_.get(), events, number_);
}

bool LoadSession::went_well(int result, const char* what) {
    if (result > 0) return true;
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            wait_for(sent_ < wanted_ ? EPOLLIN | EPOLLOUT : EPOLLIN);
            return false;
        case SSL_ERROR_WANT_WRITE: wait_for(EPOLLIN | EPOLLOUT); return false;
        case SSL_ERROR_ZERO_RETURN:
            fail(std::string(what) + ": closed by the target behind " + login_input_);
        default: break;
    }
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_peek_error(), text.data(), text.size());
    fail(std::string(what) + ": " + text.data() + ", " + std::generic_category().message(errno));
}

void LoadSession::fail(const std::string& what) const {
    throw std::runtime_error("session " + std::to_string(number_) + ", step " +
                             std::to_string(static_cast<int>(step_)) + ": " + what);
}

}  // namespace bench
