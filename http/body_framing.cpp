#include "http/body_framing.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/ascii.h"
#include "http/field_text.h"

namespace http {
namespace {

/// Shorter than that, no number exceeds 2^63.
constexpr std::size_t kLengthDigits = 18;

std::optional<std::uint64_t> read_length(std::string_view text) {
    const bool is_number =
        std::ranges::all_of(text, [](char byte) { return core::is_ascii_digit(byte); });
    if (text.empty() || text.size() > kLengthDigits || !is_number) return std::nullopt;
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    std::uint64_t length = 0;
    std::from_chars(text.data(), text.data() + text.size(), length);
    return length;
}

}  // namespace

core::Result<BodyFraming, Refusal> read_body_framing(const HeadFields& fields, int minor_version) {
    const auto refuse = [](std::uint16_t status, std::string_view reason) {
        return core::fail(Refusal{status, reason});
    };
    const std::size_t lengths = fields.count("Content-Length");
    const std::size_t codings = fields.count("Transfer-Encoding");
    if (lengths > 1) return refuse(400, "Content-Length stands more than once.");
    if (codings > 1) return refuse(400, "Transfer-Encoding stands more than once.");
    if (lengths + codings > 1)
        return refuse(400, "Content-Length and Transfer-Encoding exclude each other.");
    if (codings == 1) {
        if (minor_version == 0) return refuse(400, "HTTP/1.0 has no Transfer-Encoding.");
        if (!same_word(*fields.find("Transfer-Encoding"), "chunked"))
            return refuse(501, "The only Transfer-Encoding known here is chunked.");
        return BodyFraming{BodyKind::chunked, 0};
    }
    if (lengths == 0) return BodyFraming{};
    const auto length = read_length(*fields.find("Content-Length"));
    if (!length) return refuse(400, "Content-Length is no plain number.");
    return BodyFraming{BodyKind::length, *length};
}

}  // namespace http
