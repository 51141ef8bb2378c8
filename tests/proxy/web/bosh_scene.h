#pragma once
// A BOSH session's machine with a clock that a test moves, real bodies in, and all that came out in
// words.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/web/bosh_machine.h"

namespace proxy::scene {

inline constexpr std::string_view kFeatures =
    "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>";

class BoshScene {
public:
    using Seconds = std::chrono::duration<double>;

    BoshScene() : machine(settings) {}

    /// A session with first rid 100, whose creation request (id 1) has been answered with features.
    void log_in(std::string_view attributes = "wait='60' hold='1' ver='1.6'") {
        create(attributes);
        features();
        EXPECT_EQ(said(1).find("<body "), 0U);
        replies.clear();
        stream.clear();
    }
    void create(std::string_view attributes) {
        const std::string entity =
            "<body rid='100' to='example.com' xmlns='http://jabber.org/protocol/httpbind' " +
            std::string(attributes) + "/>";
        machine.begin(read(entity), xmpp::BoshSid("SID"), BoshRequestId(1), now, actions);
        perform();
    }
    void features() {
        xmpp::StreamHeader header;
        header.id = "STREAM";
        header.from = "example.com";
        machine.header(header);
        send(kFeatures);
    }
    /// Request `id` with this rid.
    void ask(int id, std::uint64_t rid, std::string_view attributes = {},
             std::string_view children = {}) {
        const std::string entity = "<body sid='SID' rid='" + std::to_string(rid) +
                                   "' xmlns='http://jabber.org/protocol/httpbind' "
                                   "xmlns:xmpp='urn:xmpp:xbosh' " +
                                   std::string(attributes) + ">" + std::string(children) +
                                   "</body>";
        machine.request(read(entity), BoshRequestId(static_cast<std::uint64_t>(id)), now, actions);
        perform();
    }
    /// The server sends these elements in one go.
    void send(std::string_view element) {
        put(element);
        machine.flush(now, actions);
        perform();
    }
    void put(std::string_view element) {
        xmpp::StreamCutter::Piece piece{.cut = xmpp::StreamCutter::Cut::element, .rest = element};
        if (element.starts_with("<stream:")) {
            piece.namespace_uri = "http://etherx.jabber.org/streams";
            piece.local_name = element.substr(8, element.find_first_of(" />", 8) - 8);
        }
        machine.element(piece);
    }
    void end(bool is_said = true) {
        machine.end(is_said, now, actions);
        perform();
    }
    void lose(int id) {
        machine.request_gone(BoshRequestId(static_cast<std::uint64_t>(id)), now, actions);
        perform();
    }
    /// Time passes, with all that is due on the way.
    void pass(double seconds) {
        const auto until =
            now + std::chrono::duration_cast<BoshMachine::TimePoint::duration>(Seconds(seconds));
        for (auto due = machine.next_deadline(); due && *due <= until;
             due = machine.next_deadline()) {
            now = std::max(now, *due);
            machine.on_time(now, actions);
            perform();
        }
        now = until;
    }
    void perform() {
        for (BoshAction& action : std::exchange(actions, {})) {
            if (auto* reply = std::get_if<BoshReply>(&action)) replies.push_back(*reply);
            if (auto* bytes = std::get_if<BoshStreamBytes>(&action)) stream += bytes->bytes;
            if (auto* end = std::get_if<BoshOver>(&action)) over = *end;
        }
    }

    /// The answer to request `id`; "" if there is none (yet).
    std::string said(int id) const {
        for (const BoshReply& reply : replies) {
            if (reply.request.get() == static_cast<std::uint64_t>(id))
                return std::string(reply.entity.view());
        }
        return {};
    }
    int status(int id) const {
        for (const BoshReply& reply : replies)
            if (reply.request.get() == static_cast<std::uint64_t>(id)) return reply.status;
        return 0;
    }
    bool is_refused(xmpp::BoshCondition condition) const {
        return over && over->end == BoshEnd::refused && over->condition == condition;
    }

    BoshSettings settings;
    BoshMachine machine;
    BoshMachine::TimePoint now{std::chrono::hours(1)};
    BoshActions actions;
    std::vector<BoshReply> replies;
    std::string stream;
    std::optional<BoshOver> over;

private:
    static xmpp::BoshBody read(const std::string& entity) {
        xmpp::ScanWorkPool pool;
        auto body = xmpp::read_bosh_body(entity, pool, {});
        EXPECT_TRUE(body) << entity;
        return body ? *body : xmpp::BoshBody{};
    }
};

inline const std::string kMessage = "<message xmlns='jabber:client'/>";

inline bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

inline std::string body_with(std::string_view payload) {
    return "<body xmlns='http://jabber.org/protocol/httpbind'>" + std::string(payload) + "</body>";
}
inline const std::string kEmptyBody{xmpp::kBoshEmpty};
inline const std::string kTerminate =
    "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate'/>";
inline std::string terminate_for(std::string_view condition) {
    return "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' condition='" +
           std::string(condition) + "'/>";
}

}  // namespace proxy::scene
