#pragma once
// Writes DNS messages byte by byte, right or wrong, for tests of what reads them.

#include <cstdint>
#include <string>
#include <string_view>

namespace test {

inline constexpr std::uint16_t kDnsNs = 2;
inline constexpr std::uint16_t kDnsCname = 5;
inline constexpr std::uint16_t kDnsSoa = 6;
inline constexpr std::uint16_t kDnsSrv = 33;

inline std::string dns16(unsigned number) {
    return {static_cast<char>(number >> 8 & 0xFFU), static_cast<char>(number & 0xFFU)};
}

inline std::string dns32(std::uint32_t number) {
    return dns16(number >> 16) + dns16(number & 0xFFFFU);
}

/// Labels without compression: "a.b" as 1 a 1 b 0; "" is the root.
inline std::string dns_name(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::string_view label = text.substr(0, text.find('.'));
        out += static_cast<char>(label.size());
        out += label;
        text.remove_prefix(label.size() == text.size() ? text.size() : label.size() + 1);
    }
    return out + '\0';
}

inline std::string dns_pointer(unsigned offset) {
    return dns16(0xC000U | offset);
}

inline std::string dns_record(const std::string& owner, unsigned type, std::uint32_t ttl,
                              const std::string& data) {
    return owner + dns16(type) + dns16(1) + dns32(ttl) + dns16(static_cast<unsigned>(data.size())) +
           data;
}

inline std::string srv_data(unsigned priority, unsigned weight, unsigned port,
                            const std::string& target) {
    return dns16(priority) + dns16(weight) + dns16(port) + target;
}

inline std::string soa_data(std::uint32_t minimum) {
    return dns_name("ns.example") + dns_name("root.example") + dns32(1) + dns32(2) + dns32(3) +
           dns32(4) + dns32(minimum);
}

/// A message of one question for SRV records of `name` and of what is added to its sections.
struct DnsMessage {
    explicit DnsMessage(std::string_view name) : question(dns_name(name)) {}

    DnsMessage& answer(const std::string& record) { return ++answers, first += record, *this; }
    DnsMessage& authority(const std::string& record) {
        return ++authorities, second += record, *this;
    }
    DnsMessage& additional(const std::string& record) {
        return ++additionals, third += record, *this;
    }
    DnsMessage& service(const std::string& owner, std::uint32_t ttl, unsigned priority,
                        unsigned weight, unsigned port, std::string_view target) {
        return answer(
            dns_record(owner, kDnsSrv, ttl, srv_data(priority, weight, port, dns_name(target))));
    }

    std::string bytes() const {
        return dns16(id) + dns16(flags) + dns16(1) + dns16(answers) + dns16(authorities) +
               dns16(additionals) + question + dns16(kDnsSrv) + dns16(1) + first + second + third;
    }

    unsigned id = 0x1234;
    unsigned flags = 0x8180;  // an answer, recursion desired and available, no error
    unsigned answers = 0;
    unsigned authorities = 0;
    unsigned additionals = 0;
    std::string question;
    std::string first, second, third;
};

}  // namespace test
