#include "http/response.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "http/field_text.h"
#include "http/status.h"

namespace http {
namespace {

constexpr std::size_t kUsualBytes = 256;

void append_harmless(std::string& out, std::string_view text) {
    std::ranges::transform(text, std::back_inserter(out),
                           [](char byte) { return byte_may_be(byte, kValueByte) ? byte : ' '; });
}

}  // namespace

ResponseWriter::ResponseWriter(std::uint16_t status)
    : ResponseWriter(status, reason_phrase(status)) {}

ResponseWriter::ResponseWriter(std::uint16_t status, std::string_view reason) {
    assert(status >= 100 && status <= 999);
    text_.reserve(kUsualBytes);
    text_.append("HTTP/1.1 ").append(std::to_string(status)).append(1, ' ');
    append_harmless(text_, reason);
    text_.append("\r\n");
}

ResponseWriter& ResponseWriter::field(std::string_view name, std::string_view value) {
    assert(is_token(name));
    text_.append(name).append(": ");
    append_harmless(text_, value);
    text_.append("\r\n");
    return *this;
}

ResponseWriter& ResponseWriter::content_length(std::uint64_t bytes) {
    return field("Content-Length", std::to_string(bytes));
}

std::string ResponseWriter::finish() {
    text_.append("\r\n");
    return std::exchange(text_, {});
}

}  // namespace http
