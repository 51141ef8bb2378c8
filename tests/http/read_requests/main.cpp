// Reads requests from standard input, each behind its length (four bytes, the highest first), and
// prints a line of JSON for each: what our reader made of it. For tests/http/compare_with_h11.py.

#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "core/hex.h"
#include "http/body_reader.h"
#include "http/request_reader.h"

namespace {

constexpr http::HeadLimits kLimits;

std::optional<std::string> next_input() {
    std::string size(4, 0);
    if (!std::cin.read(size.data(), static_cast<std::streamsize>(size.size()))) return std::nullopt;
    std::size_t count = 0;
    for (const char byte : size) count = count << 8 | static_cast<unsigned char>(byte);
    std::string bytes(count, 0);
    std::cin.read(bytes.data(), static_cast<std::streamsize>(count));
    return bytes;
}

std::string quoted(std::string_view bytes) {
    return "\"" + core::hex(bytes) + "\"";
}

/// `rest` is what followed the head.
std::string body_of(const http::RequestHead& head, std::string_view rest) {
    http::BodyReader reader(head.body(), http::kNoBodyLimit);
    std::string data;
    while (!rest.empty() && reader.state() == http::BodyReader::State::reading) {
        const http::BodyPiece piece = reader.feed(rest);
        data.append(piece.data);
        rest.remove_prefix(piece.taken);
    }
    if (reader.state() == http::BodyReader::State::refused) return R"("body":"refused")";
    const bool is_complete = reader.state() == http::BodyReader::State::complete;
    return "\"body\":" + quoted(data) + ",\"complete\":" + (is_complete ? "true" : "false") +
           ",\"left\":" + quoted(rest);
}

std::string outcome_of(std::string_view bytes) {
    http::RequestReader reader(kLimits);
    const std::size_t taken = reader.feed(bytes);
    if (reader.state() == http::RequestReader::State::reading) return R"({"state":"reading"})";
    if (reader.state() == http::RequestReader::State::refused)
        return R"({"state":"refused","status":)" + std::to_string(reader.refusal().status) + "}";
    const http::RequestHead head = reader.take();
    std::string line = R"({"state":"complete","method":)" + quoted(to_string(head.method())) +
                       ",\"target\":" + quoted(head.target()) + ",\"version\":\"1." +
                       std::to_string(head.minor_version()) + "\",\"fields\":[";
    for (const http::HeadField field : head.fields()) {
        if (line.back() != '[') line += ",";
        line += "[" + quoted(field.name) + "," + quoted(field.value) + "]";
    }
    return line + "]," + body_of(head, bytes.substr(taken)) + "}";
}

}  // namespace

int main() {
    while (const auto bytes = next_input()) std::puts(outcome_of(*bytes).c_str());
}
