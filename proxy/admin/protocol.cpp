#include "proxy/admin/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/ascii.h"

namespace proxy {

namespace {

constexpr std::string_view kName = "stanzagate-admin ";
constexpr std::string_view kVersion = "1";
constexpr std::size_t kVersionLineBytes = 64;  // with a version of any later release
constexpr std::size_t kReplyLineBytes = 64;
constexpr int kMostCode = 255;  // of an exit

/// Takes a number and the byte behind it off the front.
std::optional<std::size_t> take_number(std::string_view& line, char end) {
    std::size_t number = 0;
    const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    const auto digits = static_cast<std::size_t>(rest - line.data());
    const bool is_written_shortest = digits == 1 || (digits > 1 && line.front() != '0');
    if (error != std::errc{} || !is_written_shortest || digits == line.size() ||
        line[digits] != end) {
        return std::nullopt;
    }
    line.remove_prefix(digits + 1);
    return number;
}

}  // namespace

core::Result<std::string, std::string> encode_admin_request(std::span<const std::string> words) {
    if (words.empty() || words.size() > kAdminWords) {
        return core::fail(fmt::format("a command has 1 to {} words", kAdminWords));
    }
    std::string request = fmt::format("{}{}\n", kName, kVersion);
    for (const std::string& word : words) {
        if (word.empty()) return core::fail(std::string("a word is empty"));
        if (std::any_of(word.begin(), word.end(), core::is_ascii_control)) {
            return core::fail(std::string("a word holds control characters"));
        }
        request += word;
        request += '\n';
    }
    request += '\n';
    if (request.size() > kAdminRequestBytes) {
        return core::fail(fmt::format("a command has at most {} bytes", kAdminRequestBytes));
    }
    return request;
}

std::string encode_admin_reply(const AdminReply& reply) {
    return fmt::format("{}{} {} {}\n{}", kName, kVersion, reply.code, reply.text.size(),
                       reply.text);
}

bool is_admin_reply(std::string_view bytes) {
    return bytes.starts_with(kName.substr(0, bytes.size()));
}

core::Result<AdminReply, std::string> decode_admin_reply(std::string_view bytes) {
    if (bytes.empty()) return core::fail(std::string("it closed without an answer"));
    const std::size_t line_end = bytes.substr(0, kReplyLineBytes).find('\n');
    if (line_end == std::string_view::npos) return core::fail(std::string("no answer of ours"));
    std::string_view line = bytes.substr(0, line_end + 1);
    const std::string_view text = bytes.substr(line_end + 1);
    if (!line.starts_with(kName)) return core::fail(std::string("no answer of ours"));
    line.remove_prefix(kName.size());
    if (!line.starts_with(fmt::format("{} ", kVersion))) {
        return core::fail(std::string("an answer of another version; use the same stanzagate"));
    }
    line.remove_prefix(kVersion.size() + 1);
    const auto code = take_number(line, ' ');
    const auto size = take_number(line, '\n');
    if (!code || *code > kMostCode || !size || !line.empty()) {
        return core::fail(std::string("no answer of ours"));
    }
    if (text.size() < *size) return core::fail(std::string("the answer is cut short"));
    if (text.size() > *size) return core::fail(std::string("no answer of ours"));
    return AdminReply{static_cast<int>(*code), std::string(text)};
}

AdminRequestReader::State AdminRequestReader::feed(std::string_view bytes) {
    for (const char byte : bytes) {
        if (state_ == State::refused) break;
        take(byte);
    }
    return state_;
}

void AdminRequestReader::take(char byte) {
    if (state_ == State::complete) return refuse("one request a connection");
    if (++bytes_ > kAdminRequestBytes) {
        return refuse(fmt::format("a request has at most {} bytes", kAdminRequestBytes));
    }
    if (byte == '\n') return end_line();
    if (core::is_ascii_control(byte)) return refuse("control characters in a request");
    line_ += byte;
    // A wrong protocol is refused at its first bytes, not only when a whole line has come.
    if (has_version_) return;
    const std::size_t known = std::min(line_.size(), kName.size());
    if (line_.compare(0, known, kName, 0, known) != 0 || line_.size() > kVersionLineBytes) {
        refuse("a request begins with \"stanzagate-admin 1\"");
    }
}

void AdminRequestReader::end_line() {
    if (!has_version_) {
        if (line_ != fmt::format("{}{}", kName, kVersion)) {
            return refuse(
                fmt::format("a request of another version; this one speaks {}", kVersion));
        }
        has_version_ = true;
    } else if (line_.empty()) {
        if (words_.empty()) return refuse("a request without a word");
        state_ = State::complete;
    } else if (words_.size() == kAdminWords) {
        return refuse(fmt::format("a request has at most {} words", kAdminWords));
    } else {
        words_.push_back(std::move(line_));
    }
    line_.clear();
}

void AdminRequestReader::refuse(std::string problem) {
    state_ = State::refused;
    problem_ = std::move(problem);
    words_.clear();
    line_.clear();
}

}  // namespace proxy
