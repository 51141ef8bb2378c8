#include "http/websocket_request.h"

#include <algorithm>
#include <array>

#include "core/base64.h"
#include "core/digest.h"
#include "http/field_text.h"
#include "http/response.h"

namespace http {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kKeyDigits = 22;  // of 16 bytes; "==" follows
/// What the last digit of a key may be: the four bits that it has too many are zero.
constexpr std::string_view kLastDigits = "AQgw";

constexpr std::array<HeadField, 1> kAllow{{{"Allow", "GET"}}};
constexpr std::array<HeadField, 3> kUpgradeRequired{
    {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Version", "13"}}};

bool is_key(std::string_view text) {
    if (text.size() != kKeyDigits + 2 || !text.ends_with("==")) return false;
    const std::string_view digits = text.substr(0, kKeyDigits);
    return std::ranges::all_of(
               digits,
               [](char c) { return core::kBase64Digits.find(c) != std::string_view::npos; }) &&
           kLastDigits.find(digits.back()) != std::string_view::npos;
}

}  // namespace

bool wants_websocket(const RequestHead& head) {
    return head.method() == Method::get && head.body().is_empty() &&
           head.wants_upgrade("websocket");
}

core::Result<std::string_view, Refusal> read_websocket_key(const RequestHead& head) {
    const auto refuse = [](std::uint16_t status, std::string_view reason) {
        return core::fail(Refusal{status, reason});
    };
    if (head.method() != Method::get) return refuse(405, "A WebSocket is opened with GET.");
    // Java's client (up to JDK 18) says a length of 0.
    if (!head.body().is_empty()) return refuse(400, "A request for a WebSocket has no body.");
    if (!head.wants_upgrade("websocket")) return refuse(426, "Only WebSocket is spoken here.");
    if (head.fields().only("Sec-WebSocket-Version") != "13")
        return refuse(426, "Only version 13 of WebSocket is spoken here.");
    const auto key = head.fields().only("Sec-WebSocket-Key");
    if (!key || !is_key(*key)) return refuse(400, "Sec-WebSocket-Key is not 16 bytes in base64.");
    return *key;
}

std::span<const HeadField> websocket_refusal_fields(std::uint16_t status) {
    if (status == 405) return kAllow;
    if (status == 426) return kUpgradeRequired;
    return {};
}

Subprotocol choose_subprotocol(const HeadFields& fields, std::string_view ours) {
    Subprotocol choice;
    bool is_well_formed = true;
    for (const HeadField field : fields) {
        if (!same_word(field.name, "Sec-WebSocket-Protocol")) continue;
        if (choice.kind == Subprotocol::Kind::not_asked_for) choice.kind = Subprotocol::Kind::other;
        for_each_in_list(field.value, [&](std::string_view name) {
            is_well_formed = is_well_formed && is_token(name);
            if (choice.kind != Subprotocol::Kind::found && same_word(name, ours))
                choice = {Subprotocol::Kind::found, name};
        });
    }
    if (!is_well_formed) return {Subprotocol::Kind::malformed, {}};
    return choice;
}

std::string websocket_accept(std::string_view key) {
    return core::encode_base64(core::sha1(std::string(key).append(kGuid)));
}

std::string write_websocket_answer(std::string_view key, std::string_view subprotocol) {
    ResponseWriter writer(101);
    writer.field("Upgrade", "websocket")
        .field("Connection", "Upgrade")
        .field("Sec-WebSocket-Accept", websocket_accept(key));
    if (!subprotocol.empty()) writer.field("Sec-WebSocket-Protocol", subprotocol);
    return writer.finish();
}

bool agrees_to_websocket(const ResponseHead& answer, std::string_view key) {
    return answer.is_upgrade() && answer.fields().has_in_list("Connection", "upgrade") &&
           answer.fields().has_in_list("Upgrade", "websocket") &&
           answer.fields().only("Sec-WebSocket-Accept") == websocket_accept(key);
}

}  // namespace http
