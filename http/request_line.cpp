#include "http/request_line.h"

#include <array>
#include <optional>
#include <utility>

#include "core/ascii.h"
#include "http/field_text.h"
#include "http/target.h"

namespace http {
namespace {

constexpr std::array<std::pair<std::string_view, Method>, 7> kMethods{{
    {"GET", Method::get},
    {"HEAD", Method::head},
    {"POST", Method::post},
    {"PUT", Method::put},
    {"PATCH", Method::patch},
    {"DELETE", Method::remove},
    {"OPTIONS", Method::options},
}};

std::optional<Method> method_of(std::string_view token) {
    for (const auto& [name, method] : kMethods)
        if (name == token) return method;
    return std::nullopt;
}

/// Is this "HTTP/" with two digits around a dot?
bool is_version(std::string_view text) {
    return text.size() == 8 && text.starts_with("HTTP/") && core::is_ascii_digit(text[5]) &&
           text[6] == '.' && core::is_ascii_digit(text[7]);
}

}  // namespace

std::string_view to_string(Method method) {
    for (const auto& [name, named] : kMethods)
        if (named == method) return name;
    return {};
}

core::Result<RequestLine, Refusal> read_request_line(std::string_view line) {
    const auto refuse = [](std::uint16_t status, std::string_view reason) {
        return core::fail(Refusal{status, reason});
    };
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == line.npos || first == last) return refuse(400, "This is no request line.");
    const std::string_view token = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (!is_token(token) || target.empty() || target.find(' ') != target.npos ||
        !is_version(version))
        return refuse(400, "This is no request line.");
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return refuse(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    const auto method = method_of(token);
    if (!method) return refuse(501, "The method is not known here.");
    if (const bool is_whole_server = target == "*" && *method == Method::options; !is_whole_server)
        if (const auto flaw = flaw_of_target(target); !flaw.empty()) return refuse(400, flaw);
    return RequestLine{*method, target, version.back() - '0'};
}

}  // namespace http
