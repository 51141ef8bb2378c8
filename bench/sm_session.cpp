#include "bench/sm_session.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace bench {
namespace {

using namespace std::literals;

constexpr std::size_t kLoginBytesMax = 16 * 1024;
constexpr auto kAskForAck = "<r xmlns='urn:xmpp:sm:3'/>"sv;
constexpr auto kEnable = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"sv;

core::Fd open_socket(const core::Endpoint& node) {
    core::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) throw_errno("socket");
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_storage name{};
    const socklen_t length = node.to_sockaddr(name);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), length) != 0 &&
        errno != EINPROGRESS) {
        throw_errno("connect " + node.to_string());
    }
    return fd;
}

std::string stream_header(const std::string& domain) {
    return "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
           "xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='" +
           domain + "'>";
}

std::string plain_auth(const std::string& user) {
    const std::string message = '\0' + user + '\0' + "secret";
    std::array<unsigned char, 128> base64{};
    EVP_EncodeBlock(base64.data(), reinterpret_cast<const unsigned char*>(message.data()),
                    static_cast<int>(message.size()));
    return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
           std::string(reinterpret_cast<const char*>(base64.data())) + "</auth>";
}

std::string bind_request(std::uint32_t number) {
    return "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r" +
           std::to_string(number) + "</resource></bind></iq>";
}

}  // namespace

SmSession::SmSession(SmContext& context, const core::Endpoint& node, std::uint32_t number,
                     const std::string& user)
    : context_(context), fd_(open_socket(node)), number_(number), user_(user) {
    context_.poller->add(fd_.get(), EPOLLOUT, number_);
}

void SmSession::on_ready() {
    if (step_ == Step::connecting) return check_connected();
    if (!output_.empty()) flush();
    read_some();
    flush();
}

void SmSession::set_partner(std::uint32_t number, const std::string& user) {
    partner_number_ = number;
    partner_ = user + "@" + context_.domain + "/r" + std::to_string(number);
}

void SmSession::send_messages() {
    if (!context_.is_sending || sent_ - acknowledged_ == context_.window) return;
    while (sent_ - acknowledged_ < context_.window) {
        const auto message = context_.stanza->message(number_, sent_++);
        output_.append("<message to='").append(partner_).append("'");
        output_ += message.substr(message.find(" type="));
    }
    write(kAskForAck);
}

void SmSession::check_connected() {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) fail("connect: " + std::generic_category().message(error));
    step_ = Step::first_features;
    context_.poller->change(fd_.get(), EPOLLIN, number_);
    write(stream_header(context_.domain));
}

void SmSession::read_some() {
    static std::array<char, 64 * 1024> buffer;
    const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got == 0) fail("closed by the node");
    if (got < 0) {
        if (errno == EAGAIN) return;
        throw_errno("recv");
    }
    input_.append(buffer.data(), static_cast<std::size_t>(got));
    if (step_ == Step::ready) return on_elements();
    on_login_bytes();
}

void SmSession::on_login_bytes() {
    if (input_.find("<stream:error") != input_.npos || input_.find("<failure") != input_.npos ||
        input_.find("type='error'") != input_.npos || input_.size() > kLoginBytesMax) {
        fail("refused: " + input_);
    }
    const auto answered = [this](std::string_view start, std::string_view end, Step next) {
        if (input_.find(start) == input_.npos || !input_.ends_with(end)) return false;
        input_.clear();
        step_ = next;
        return true;
    };
    switch (step_) {
        case Step::first_features:
            if (answered("", "</stream:features>", Step::success)) write(plain_auth(user_));
            break;
        case Step::success:
            if (answered("<success", ">", Step::second_features))
                write(stream_header(context_.domain));
            break;
        case Step::second_features:
            if (answered("", "</stream:features>", Step::bound)) write(bind_request(number_));
            break;
        case Step::bound:
            if (answered("", "</iq>", Step::enabled)) write(kEnable);
            break;
        default: answered("<enabled", "/>", Step::ready); input_.shrink_to_fit();
    }
}

void SmSession::on_elements() {
    std::string_view rest = input_;
    while (!rest.empty()) {
        const auto end = rest.starts_with("<message") ? "</message>"sv : "/>"sv;
        const auto at = rest.find(end);
        if (at == rest.npos) break;
        const auto element = rest.substr(0, at + end.size());
        rest.remove_prefix(element.size());
        if (element.starts_with("<message")) {
            on_message(element);
        } else if (element.starts_with("<a ")) {
            on_acknowledged(element);
        } else if (element.starts_with("<r ")) {
            output_ += "<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(received_) + "'/>";
        } else {
            fail("not expected: " + std::string(element));
        }
    }
    input_.erase(0, input_.size() - rest.size());
}

void SmSession::on_message(std::string_view message) {
    if (context_.stanza == nullptr) fail("a message to an idle session");
    const auto expected = context_.stanza->message(partner_number_, received_);
    const auto id_at = expected.find(" id='");
    const auto body_at = expected.find("<body>");
    if (message.find(expected.substr(id_at, body_at - 1 - id_at)) == message.npos ||
        !message.ends_with(expected.substr(body_at))) {
        fail("message " + std::to_string(received_) + " differs: " + std::string(message));
    }
    ++received_;
}

void SmSession::on_acknowledged(std::string_view element) {
    const auto at = element.find(" h='");
    if (at == element.npos) fail("no count: " + std::string(element));
    const char* const digits = element.data() + at + " h='"sv.size();
    std::uint32_t h = 0;
    std::from_chars(digits, element.data() + element.size(), h);
    if (h < acknowledged_ || h > sent_) fail("a wrong count: " + std::string(element));
    acknowledged_ = h;
    send_messages();
}

void SmSession::write(std::string_view bytes) {
    output_ += bytes;
    flush();
}

void SmSession::flush() {
    if (output_.empty()) return;
    const auto taken = ::send(fd_.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN) throw_errno("send");
    if (taken > 0) output_.erase(0, static_cast<std::size_t>(taken));
    if (output_.empty() != waits_for_room_) return;
    waits_for_room_ = !output_.empty();
    context_.poller->change(fd_.get(), waits_for_room_ ? EPOLLIN | EPOLLOUT : EPOLLIN, number_);
}

void SmSession::fail(const std::string& what) const {
    throw std::runtime_error("session " + std::to_string(number_) + ", step " +
                             std::to_string(static_cast<int>(step_)) + ": " + what);
}

}  // namespace bench
