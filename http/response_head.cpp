#include "http/response_head.h"

#include <charconv>
#include <optional>
#include <utility>

#include "http/llhttp_head.h"
#include "http/status.h"

namespace http {
namespace {

struct StatusLine {
    std::uint16_t status = 0;
    std::string_view reason;
    int minor_version = 1;
};

constexpr std::size_t kVersionBytes = 9;  // with its blank
constexpr std::size_t kStatusBytes = 3;

/// RFC 9112 section 4; the blank behind the status may be missing when there is no reason.
std::optional<StatusLine> read_status_line(std::string_view line) {
    const bool is_1_1 = line.starts_with("HTTP/1.1 ");
    if (!is_1_1 && !line.starts_with("HTTP/1.0 ")) return std::nullopt;
    line.remove_prefix(kVersionBytes);
    StatusLine read{.minor_version = is_1_1 ? 1 : 0};
    const std::string_view digits = line.substr(0, kStatusBytes);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), read.status);
    if (error != std::errc{} || end != digits.data() + kStatusBytes) return std::nullopt;
    if (read.status < 100 || read.status > 599) return std::nullopt;
    line.remove_prefix(kStatusBytes);
    if (line.empty()) return read;
    if (line.front() != ' ') return std::nullopt;
    read.reason = line.substr(1);
    return read;
}

}  // namespace

core::Result<ResponseHead, Refusal> ResponseHead::read(std::string text, std::size_t fields,
                                                       Method method) {
    const std::string_view all = text;
    const auto refuse = [](std::string_view reason) { return core::fail(Refusal{502, reason}); };
    const auto line = read_status_line(all.substr(0, all.find("\r\n")));
    if (!line) return refuse("The backend's answer has no status line.");
    auto theirs = read_by_llhttp(all, HeadKind::response, fields);
    if (!theirs || theirs->status != line->status || theirs->minor_version != line->minor_version)
        return refuse("The backend's answer can be read in more than one way.");

    ResponseHead head;
    head.status_ = line->status;
    head.minor_version_ = static_cast<std::uint8_t>(line->minor_version);
    if (!line->reason.empty()) head.reason_ = TextSpan::in(all, line->reason);
    head.fields_ = HeadFields(std::move(text), std::move(theirs->fields));
    const auto said = read_body_framing(head.fields_, line->minor_version);
    if (!said || !agrees_about_body(*theirs, *said))
        return refuse("The backend does not say plainly how long its answer is.");
    if (method != Method::head && !is_without_body(line->status))
        head.body_ = said->kind == BodyKind::none ? BodyFraming{BodyKind::until_close} : *said;
    head.keeps_alive_ = line->minor_version == 1 && head.body_.kind != BodyKind::until_close &&
                        !head.fields_.has_in_list("Connection", "close");
    return head;
}

}  // namespace http
