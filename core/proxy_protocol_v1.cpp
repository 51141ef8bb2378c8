// The line is read word by word.

#include "core/proxy_protocol_v1.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace core {
namespace {

std::string address_text_of(const Endpoint& endpoint, bool as_v6) {
    return as_v6 && endpoint.is_v4() ? "::ffff:" + endpoint.address_text()
                                     : endpoint.address_text();
}

/// A decimal port without sign, spaces or leading zeros.
std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
        (text.size() > 1 && text.front() == '0'))
        return std::nullopt;
    return port;
}

/// The words of a version 1 line, one space between them; positions serve the error.
class Words {
public:
    Words(std::string_view line, std::size_t at) : line_(line), at_(at) {}
    std::string_view next() {
        start_ = at_;
        const std::size_t end = std::min(line_.find(' ', at_), line_.size());
        at_ = std::min(end + 1, line_.size());
        is_last_ = end == line_.size();
        return line_.substr(start_, end - start_);
    }
    std::size_t start() const { return start_; }
    bool was_last() const { return is_last_; }

private:
    std::string_view line_;
    std::size_t at_;
    std::size_t start_ = 0;
    bool is_last_ = false;
};

std::variant<Endpoint, ProxyRefused> address_of_family(std::string_view word, std::size_t at,
                                                       bool as_v6) {
    // Endpoint also takes brackets and stops at NUL; a header has neither.
    const bool is_plain = word.find_first_not_of("0123456789abcdefABCDEF:.") == word.npos;
    const auto address = is_plain ? Endpoint::from_address(word, 0) : std::nullopt;
    // A mapped address (::ffff:192.0.2.7) is written as IPv6 and is IPv4 for an Endpoint; only its
    // colons tell which of the two was written.
    const bool is_written_as_v6 = word.find(':') != word.npos;
    if (!address || is_written_as_v6 != as_v6)
        return ProxyRefused{at, as_v6 ? "an IPv6 address" : "an IPv4 address"};
    return *address;
}

ProxyDecodeResult decode_v1_line(std::string_view line) {
    ProxyDecoded decoded{{}, line.size() + 2};
    Words words(line, kProxyV1Beginning.size());
    const std::string_view protocol = words.next();
    if (protocol == "UNKNOWN") return decoded;  // the rest of the line is to be ignored
    if (protocol != "TCP4" && protocol != "TCP6")
        return ProxyRefused{words.start(), "TCP4, TCP6 or UNKNOWN"};
    Endpoint* const ends[] = {&decoded.header.source, &decoded.header.destination};
    for (Endpoint* end : ends) {
        const std::string_view word = words.next();
        const auto address = address_of_family(word, words.start(), protocol == "TCP6");
        if (const auto* refused = std::get_if<ProxyRefused>(&address)) return *refused;
        *end = std::get<Endpoint>(address);
    }
    for (Endpoint* end : ends) {
        const auto port = port_of(words.next());
        const bool is_right_end = words.was_last() == (end == ends[1]);
        if (!port || !is_right_end) return ProxyRefused{words.start(), "a port"};
        *end = end->with_port(*port);
    }
    return decoded;
}

}  // namespace

std::string encode_proxy_v1(const ProxyHeader& header) {
    if (!header.has_addresses()) return "PROXY UNKNOWN\r\n";
    const bool as_v6 = header.is_v6();
    std::string line(as_v6 ? "PROXY TCP6 " : "PROXY TCP4 ");
    line += address_text_of(header.source, as_v6) + ' ' +
            address_text_of(header.destination, as_v6) + ' ' +
            std::to_string(header.source.port()) + ' ' + std::to_string(header.destination.port()) +
            "\r\n";
    return line;
}

ProxyDecodeResult decode_proxy_v1(std::string_view bytes, const ProxyDecodeLimits& limits) {
    const std::size_t most = std::min(kProxyV1Bytes, limits.bytes);
    const std::string_view window = bytes.substr(0, most);
    const std::size_t end = window.find('\r');
    if (end == std::string_view::npos) {
        if (const std::size_t bare = window.find('\n'); bare != std::string_view::npos)
            return ProxyRefused{bare, "CR before LF"};
        if (window.size() == most) return ProxyRefused{most, "the end of the line"};
        return ProxyIncomplete{};
    }
    if (const std::size_t bare = window.substr(0, end).find('\n'); bare != std::string_view::npos)
        return ProxyRefused{bare, "CR before LF"};
    if (end + 1 == most) return ProxyRefused{most, "the end of the line"};
    if (end + 1 == window.size()) return ProxyIncomplete{};
    if (window[end + 1] != '\n') return ProxyRefused{end + 1, "LF after CR"};
    return decode_v1_line(window.substr(0, end));
}

}  // namespace core
