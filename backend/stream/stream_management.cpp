#include "backend/stream/stream_management.h"

#include <algorithm>
#include <charconv>

#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

constexpr std::size_t kIdBytesMost = 128;  // ours are shorter

std::optional<std::uint32_t> number(std::optional<std::string_view> text) {
    if (!text || text->empty()) return std::nullopt;
    std::uint32_t value = 0;
    const char* end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return value;
}

bool is_true(std::optional<std::string_view> text) {
    return text == "true" || text == "1";
}

}  // namespace

EnableSm read_enable(xmpp::Element enable, std::chrono::seconds most) {
    EnableSm sm;
    sm.is_resumable = is_true(enable.attribute("resume"));
    if (!sm.is_resumable) return sm;
    sm.resume_time = most;
    if (const auto wished = number(enable.attribute("max")))
        sm.resume_time = std::min(most, std::chrono::seconds(*wished));
    return sm;
}

std::optional<ResumeRequest> read_resume(xmpp::Element resume) {
    const auto previd = resume.attribute("previd");
    const auto h = read_h(resume);
    if (!previd || previd->empty() || previd->size() > kIdBytesMost || !h) return std::nullopt;
    return ResumeRequest{.previd = SessionId(std::string(*previd)), .h = *h};
}

std::optional<std::uint32_t> read_h(xmpp::Element element) {
    return number(element.attribute("h"));
}

std::string write_enabled(const SessionId& id, const EnableSm& sm) {
    std::string element = "<enabled xmlns='" + std::string(xmpp::ns::kSm3) + "'";
    if (sm.is_resumable) {
        element += xmpp::attribute("id", id.reveal()) + " resume='true'" +
                   xmpp::attribute("max", std::to_string(sm.resume_time.count()));
    }
    return element + "/>";
}

std::string write_resumed(const SessionId& previd, std::uint32_t h) {
    return "<resumed xmlns='" + std::string(xmpp::ns::kSm3) + "'" +
           xmpp::attribute("previd", previd.reveal()) + xmpp::attribute("h", std::to_string(h)) +
           "/>";
}

std::string write_failed(std::string_view condition) {
    return xmpp::with_content("failed", xmpp::ns::kSm3,
                              xmpp::empty_element(condition, xmpp::ns::kStanzaErrors));
}

std::string write_ack(std::uint32_t h) {
    return "<a xmlns='" + std::string(xmpp::ns::kSm3) + "'" +
           xmpp::attribute("h", std::to_string(h)) + "/>";
}

std::string write_ack_request() {
    return xmpp::empty_element("r", xmpp::ns::kSm3);
}

std::string handled_count_too_high(std::uint32_t h, std::uint32_t sent) {
    return "<stream:error>" + xmpp::empty_element("undefined-condition", xmpp::ns::kStreamErrors) +
           "<handled-count-too-high xmlns='" + std::string(xmpp::ns::kSm3) + "'" +
           xmpp::attribute("h", std::to_string(h)) +
           xmpp::attribute("send-count", std::to_string(sent)) +
           "/></stream:error></stream:stream>";
}

}  // namespace backend
