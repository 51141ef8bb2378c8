#include "tests/try_client/user.h"

#include <stdexcept>
#include <utility>

#include "tests/try_client/scram_login.h"
#include "xmpp/element.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_text.h"

namespace try_client {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what);
}

/// Nothing, unless the element is another than `name` of `uri`.
void expect(const xmpp::Element& element, std::string_view name, std::string_view uri,
            std::string_view bytes) {
    if (!element.is(name, uri)) {
        fail("instead of <" + std::string(name) + "/> the server said " + std::string(bytes));
    }
}

}  // namespace

User::User(const Service& service, std::string name, std::string password)
    : service_(service), name_(std::move(name)), password_(std::move(password)) {}

void User::log_in() {
    authenticate();
    wire_->send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    const std::string bound = next_element();
    const xmpp::ElementReader binding(bound);
    full_jid_ = binding.root().child("bind", xmpp::ns::kBind).child("jid", xmpp::ns::kBind).text();
    if (full_jid_.empty()) fail("no resource was bound: " + bound);

    wire_->send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    const std::string answer = next_element();
    const xmpp::ElementReader enabled(answer);
    expect(enabled.root(), "enabled", xmpp::ns::kSm3, answer);
    session_id_ = enabled.root().attribute("id").value_or("");
    if (session_id_.empty()) fail("the session cannot be resumed: " + answer);
    handled_ = 0;
}

void User::resume() {
    authenticate();
    wire_->send("<resume xmlns='urn:xmpp:sm:3' h='" + std::to_string(handled_) + "' previd='" +
                xmpp::escaped(session_id_) + "'/>");
    const std::string answer = next_element();
    const xmpp::ElementReader resumed(answer);
    expect(resumed.root(), "resumed", xmpp::ns::kSm3, answer);
}

void User::log_out() {
    wire_->send("</stream:stream>");
    while (read_element()) {
    }
    wire_.reset();
}

void User::send(const std::string& to, const std::string& body) {
    wire_->send("<message type='chat' to='" + xmpp::escaped(to) + "'><body>" + xmpp::escaped(body) +
                "</body></message>");
}

std::string User::next_message() {
    for (;;) {
        const std::string bytes = next_stanza();
        const xmpp::ElementReader stanza(bytes);
        if (!stanza.root().is("message", xmpp::ns::kClient)) continue;
        if (stanza.root().attribute("type") == "error") fail("a message came back: " + bytes);
        if (const auto body = stanza.root().child("body", xmpp::ns::kClient)) return body.text();
    }
}

void User::wait_for_loss() {
    while (const auto element = read_element()) {
        if (xmpp::ElementReader(*element).root().is("error", xmpp::ns::kStreams)) {
            fail("the stream was ended: " + *element);
        }
    }
    if (is_stream_closed_) fail("the stream was closed, so that nothing could be resumed");
}

void User::expect_silence() {
    wire_->send("<iq type='get' id='silence'><ping xmlns='urn:xmpp:ping'/></iq>");
    for (;;) {
        const std::string bytes = next_stanza();
        const xmpp::ElementReader stanza(bytes);
        if (stanza.root().is("iq", xmpp::ns::kClient)) return;
        if (stanza.root().is("message", xmpp::ns::kClient)) fail("a message too much: " + bytes);
    }
}

void User::authenticate() {
    wire_.emplace(service_.address);
    open_stream();
    wire_->send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    const std::string proceed = next_element();
    expect(xmpp::ElementReader(proceed).root(), "proceed", xmpp::ns::kTls, proceed);
    wire_->start_tls(service_.certificate, service_.domain);

    open_stream();
    ScramLogin login(name_, password_);
    wire_->send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" +
                std::string(ScramLogin::kMechanism) + "'>" + login.step("") + "</auth>");
    const std::string challenge = next_element();
    const xmpp::ElementReader question(challenge);
    expect(question.root(), "challenge", xmpp::ns::kSasl, challenge);
    wire_->send("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" +
                login.step(question.root().text()) + "</response>");
    const std::string success = next_element();
    const xmpp::ElementReader last(success);
    expect(last.root(), "success", xmpp::ns::kSasl, success);
    login.step(last.root().text());
    if (!login.is_done()) fail("the server did not prove that it knows the password");
    open_stream();
}

void User::open_stream() {
    scanner_.restart();
    input_.clear();
    is_stream_closed_ = false;
    wire_->send("<?xml version='1.0'?><stream:stream to='" + service_.domain +
                "' version='1.0' xmlns='jabber:client' "
                "xmlns:stream='http://etherx.jabber.org/streams'>");
    const std::string features = next_element();
    expect(xmpp::ElementReader(features).root(), "features", xmpp::ns::kStreams, features);
}

std::optional<std::string> User::read_element() {
    for (;;) {
        const xmpp::Token token = scanner_.next(input_);
        if (token.kind == xmpp::TokenKind::refused) fail("the server sent what is no XMPP");
        if (token.kind == xmpp::TokenKind::need_more) {
            const std::string more = wire_->receive();
            if (more.empty()) return std::nullopt;
            input_ += more;
            continue;
        }
        const std::string bytes = input_.substr(0, token.size);
        input_.erase(0, token.size);
        if (token.kind == xmpp::TokenKind::element) return bytes;
        if (token.kind == xmpp::TokenKind::stream_close) {
            is_stream_closed_ = true;
            return std::nullopt;
        }
    }
}

std::string User::next_element() {
    auto element = read_element();
    if (!element) fail("the connection of " + bare_jid() + " ended");
    return *std::move(element);
}

std::string User::next_stanza() {
    for (;;) {
        std::string bytes = next_element();
        const xmpp::ElementReader reader(bytes);
        if (reader.root().is("r", xmpp::ns::kSm3)) {
            wire_->send("<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(handled_) + "'/>");
        } else if (reader.root().namespace_uri() == xmpp::ns::kClient) {
            ++handled_;
            return bytes;
        } else if (reader.root().is("error", xmpp::ns::kStreams)) {
            fail("the stream of " + bare_jid() + " was ended: " + bytes);
        }
    }
}

}  // namespace try_client
