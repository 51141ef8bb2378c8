#include "core/proxy_protocol.h"

#include <gtest/gtest.h>

#include <utility>

#include "core/proxy_protocol_v1.h"
#include "core/proxy_protocol_v2.h"
#include "tests/support/proxy_header.h"

namespace core {
namespace {

using namespace std::string_literals;
using test::full_proxy_header;

Endpoint endpoint(std::string_view text) {
    return Endpoint::parse(text).value();
}

ProxyHeader header_of(std::string_view source, std::string_view destination) {
    ProxyHeader header;
    header.source = endpoint(source);
    header.destination = endpoint(destination);
    return header;
}

const std::string kSignature = "\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a"s;

/// A version 2 header around `rest`, IPv4 addresses included in it by the caller.
std::string v2(char command, char family, const std::string& rest) {
    return kSignature + command + family + static_cast<char>(rest.size() >> 8) +
           static_cast<char>(rest.size() & 0xff) + rest;
}
const std::string kTcp4Part = "\xc0\x00\x02\x07\xc6\x33\x64\x01\xc3\xca\x14\x67"s;

std::string tlv(char type, const std::string& value) {
    return type + std::string(1, static_cast<char>(value.size() >> 8)) +
           static_cast<char>(value.size() & 0xff) + value;
}

/// "decoded N", "incomplete" or "refused N: expected".
std::string outcome(std::string_view bytes, const ProxyDecodeLimits& limits = {}) {
    const ProxyDecodeResult result = decode_proxy(bytes, limits);
    if (const auto* decoded = std::get_if<ProxyDecoded>(&result))
        return "decoded " + std::to_string(decoded->bytes);
    if (const auto* refused = std::get_if<ProxyRefused>(&result))
        return "refused " + std::to_string(refused->offset) + ": " + std::string(refused->expected);
    return "incomplete";
}

ProxyHeader decoded(std::string_view bytes) {
    const ProxyDecodeResult result = decode_proxy(bytes);
    EXPECT_TRUE(std::holds_alternative<ProxyDecoded>(result)) << outcome(bytes);
    const auto* header = std::get_if<ProxyDecoded>(&result);
    return header == nullptr ? ProxyHeader{} : header->header;
}

// ---- Encoding ----

TEST(ProxyProtocol, WritesVersion1AsTheSpecificationShowsIt) {
    EXPECT_EQ(encode_proxy_v1(header_of("192.168.0.1:56324", "192.168.0.11:443")),
              "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n");
    EXPECT_EQ(encode_proxy_v1(header_of("[2001:db8::7]:1", "[2001:db8::1]:5222")),
              "PROXY TCP6 2001:db8::7 2001:db8::1 1 5222\r\n");
    EXPECT_EQ(encode_proxy_v1(ProxyHeader{}), "PROXY UNKNOWN\r\n");
}

TEST(ProxyProtocol, LongestVersion1LineFitsItsBound) {
    const std::string line =
        encode_proxy_v1(header_of("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
                                  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"));
    EXPECT_LE(line.size(), kProxyV1Bytes);
    EXPECT_EQ(outcome(line), "decoded " + std::to_string(line.size()));
}

TEST(ProxyProtocol, MapsIpv4WhenTheFamiliesDiffer) {
    const ProxyHeader mixed = header_of("192.0.2.7:1", "[2001:db8::1]:2");
    EXPECT_EQ(encode_proxy_v1(mixed), "PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 1 2\r\n");
    const std::string binary = encode_proxy_v2(mixed);
    EXPECT_EQ(binary.substr(13, 1), "\x21");
    EXPECT_EQ(binary.substr(16, 16), "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x07"s);
    EXPECT_EQ(decoded(binary).source, endpoint("192.0.2.7:1"));
    const ProxyHeader other = header_of("[2001:db8::1]:2", "192.0.2.7:1");
    EXPECT_EQ(encode_proxy_v1(other), "PROXY TCP6 2001:db8::1 ::ffff:192.0.2.7 2 1\r\n");
    EXPECT_EQ(decoded(encode_proxy_v2(other)).destination, endpoint("192.0.2.7:1"));
}

TEST(ProxyProtocol, WritesVersion2WithoutTlvsByteForByte) {
    EXPECT_EQ(encode_proxy_v2(header_of("192.0.2.7:50122", "198.51.100.1:5223")),
              v2('\x21', '\x11', kTcp4Part));
}

TEST(ProxyProtocol, WritesEveryTlvByteForByte) {
    const std::string tls =
        "\x01\0\0\0\x01"s + tlv('\x21', "TLSv1.3") + tlv('\x23', "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(encode_proxy_v2(full_proxy_header()),
              v2('\x21', '\x11',
                 kTcp4Part + tlv('\x01', "xmpp-client") + tlv('\x02', "example.org") +
                     tlv('\x05', "w2-418") + tlv('\x20', tls)));
}

TEST(ProxyProtocol, CarriesWhatLoginsAreBoundTo) {
    ProxyHeader header = header_of("192.0.2.7:50122", "198.51.100.1:5223");
    header.bindings.exporter = ChannelBinding(std::string(32, 'e'));
    header.bindings.server_end_point = ChannelBinding(std::string(64, 'h'));
    header.bindings.unique = ChannelBinding(std::string(12, 'u'));
    const std::string bytes = encode_proxy_v2(header);
    EXPECT_EQ(bytes, v2('\x21', '\x11',
                        kTcp4Part + tlv('\xe0', std::string(32, 'e')) +
                            tlv('\xe1', std::string(64, 'h')) + tlv('\xe2', std::string(12, 'u'))));
    EXPECT_EQ(decoded(bytes), header);
}

TEST(ProxyProtocol, RefusesBindingsThatCannotBe) {
    const auto with = [](char type, std::size_t size) {
        return outcome(v2('\x21', '\x11', kTcp4Part + tlv(type, std::string(size, 'x'))));
    };
    EXPECT_EQ(with('\xe0', 31), "refused 29: a tls-exporter value of 32 bytes");
    EXPECT_EQ(with('\xe0', 0), "refused 29: a tls-exporter value of 32 bytes");
    EXPECT_EQ(with('\xe1', 19), "refused 29: a tls-server-end-point value of 20 to 64 bytes");
    EXPECT_EQ(with('\xe1', 65), "refused 29: a tls-server-end-point value of 20 to 64 bytes");
    EXPECT_EQ(with('\xe2', 11), "refused 29: a tls-unique value of 12 bytes");
    const std::string twice = tlv('\xe0', std::string(32, 'e'));
    EXPECT_EQ(outcome(v2('\x21', '\x11', kTcp4Part + twice + twice)), "refused 63: each TLV once");
}

TEST(ProxyProtocol, WritesLocalWithoutAddresses) {
    ProxyHeader header = full_proxy_header();
    header.is_local = true;
    EXPECT_EQ(encode_proxy_v2(header), kSignature + "\x20\0\0\0"s);
    EXPECT_EQ(encode_proxy_v2(ProxyHeader{}), kSignature + "\x20\0\0\0"s);
}

TEST(ProxyProtocol, LeavesOutTextsOverTheirLimit) {
    ProxyHeader header = full_proxy_header();
    header.unique_id.assign(kProxyUniqueIdBytes + 1, 'u');
    header.authority.assign(kProxyTextBytes + 1, 'a');
    const ProxyHeader read = decoded(encode_proxy_v2(header));
    EXPECT_EQ(read.unique_id, "");
    EXPECT_EQ(read.authority, "");
    EXPECT_EQ(read.alpn, "xmpp-client");
}

TEST(ProxyProtocol, ReadsBackWhatItWrites) {
    EXPECT_EQ(decoded(encode_proxy_v2(full_proxy_header())), full_proxy_header());
    ProxyHeader v6 = full_proxy_header();
    v6.source = endpoint("[2001:db8::7]:65535");
    v6.destination = endpoint("[2001:db8::1]:0");
    EXPECT_EQ(decoded(encode_proxy_v2(v6)), v6);
    for (const ProxyHeader& plain :
         {header_of("192.0.2.7:1", "198.51.100.1:2"), header_of("192.0.2.7:1", "[2001:db8::1]:2"),
          header_of("[2001:db8::1]:0", "192.0.2.7:65535"),
          header_of("[::ffff:192.0.2.7]:4000", "[::ffff:127.0.0.1]:5222"),
          header_of("[::]:0", "0.0.0.0:0"), header_of("[::192.0.2.7]:1", "[::1]:2"),
          ProxyHeader{}}) {
        EXPECT_EQ(decoded(encode_proxy_v1(plain)), plain) << encode_proxy_v1(plain);
        ProxyHeader with_rest = plain;
        with_rest.is_local = plain == ProxyHeader{};
        EXPECT_EQ(decoded(encode_proxy_v2(with_rest)), with_rest) << encode_proxy_v1(plain);
    }
    ProxyHeader longest = v6;
    longest.alpn = longest.authority = longest.tls_version = longest.tls_cipher =
        std::string(kProxyTextBytes, 'x');
    longest.unique_id.assign(kProxyUniqueIdBytes, 'u');
    EXPECT_EQ(decoded(encode_proxy_v2(longest)), longest);
}

// ---- Decoding ----

TEST(ProxyProtocol, AnswersTheSameForEverySplit) {
    for (const std::string& whole :
         {encode_proxy_v1(full_proxy_header()), encode_proxy_v2(full_proxy_header()),
          "PROXY UNKNOWN\r\n"s, kSignature + "\x20\0\0\0"s}) {
        for (std::size_t cut = 0; cut < whole.size(); ++cut)
            EXPECT_EQ(outcome(whole.substr(0, cut)), "incomplete") << cut;
        const std::string all = "decoded " + std::to_string(whole.size());
        EXPECT_EQ(outcome(whole), all);
        EXPECT_EQ(outcome(whole + "<?xml version='1.0'?>"), all);
        EXPECT_EQ(outcome(whole + "\n"), all);
    }
}

TEST(ProxyProtocol, TakesMappedAddressesForIpv4) {
    EXPECT_EQ(decoded("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:127.0.0.1 4000 5222\r\n"),
              header_of("192.0.2.7:4000", "127.0.0.1:5222"));
    EXPECT_EQ(decoded("PROXY TCP6 ::FFFF:c000:207 ::1 65535 0\r\n"),
              header_of("192.0.2.7:65535", "[::1]:0"));
    EXPECT_EQ(outcome("PROXY TCP4 ::ffff:192.0.2.7 127.0.0.1 4000 5222\r\n"),
              "refused 11: an IPv4 address");
    EXPECT_EQ(outcome("PROXY TCP6 ::ffff:192.0.2.7 127.0.0.1 4000 5222\r\n"),
              "refused 28: an IPv6 address");
}

TEST(ProxyProtocol, FallsBackToUnspecifiedForFamiliesItDoesNotKnow) {
    // Of the families that section 2.2 names: UDP over either, unix sockets.
    for (const auto& [family, bytes] : {std::pair{'\x12', 12}, std::pair{'\x22', 36},
                                        std::pair{'\x31', 216}, std::pair{'\x32', 216}}) {
        const std::string rest = std::string(static_cast<std::size_t>(bytes), 'x');
        EXPECT_EQ(decoded(v2('\x21', family, rest)), ProxyHeader{});
        EXPECT_EQ(decoded(v2('\x21', family, rest + tlv('\x02', "example.org"))), ProxyHeader{});
    }
    for (int family = 0; family < 256; ++family) {
        if (family == 0x11 || family == 0x21) continue;
        const std::string header = v2('\x21', static_cast<char>(family), "any");
        EXPECT_EQ(outcome(header + "<?xml"), "decoded " + std::to_string(header.size())) << family;
        EXPECT_EQ(outcome(header.substr(0, header.size() - 1)), "incomplete") << family;
        EXPECT_EQ(decoded(v2('\x21', static_cast<char>(family), "")), ProxyHeader{}) << family;
    }
}

TEST(ProxyProtocol, TakesWhatTheSpecificationAllowsAndFewSend) {
    EXPECT_EQ(decoded("PROXY UNKNOWN " + std::string(91, '?') + "\r\n"), ProxyHeader{});
    // LOCAL with addresses and TLVs: all of them are skipped, true or not.
    const ProxyHeader local =
        decoded(v2('\x20', '\x11', kTcp4Part + tlv('\x03', "no checksum") + "\x01"s));
    EXPECT_TRUE(local.is_local);
    EXPECT_EQ(local.source, Endpoint{});
    EXPECT_EQ(decoded(v2('\x21', '\x11',
                         kTcp4Part + tlv('\x04', "") + tlv('\x04', "fill") +
                             tlv('\x04', std::string(1000, '\0'))))
                  .source,
              endpoint("192.0.2.7:50122"));
    // A client without TLS has no version of it.
    EXPECT_EQ(decoded(v2('\x21', '\x11',
                         kTcp4Part + tlv('\x20', "\0\0\0\0\x01"s + tlv('\x21', "TLSv1.3")))),
              header_of("192.0.2.7:50122", "198.51.100.1:5223"));
}

TEST(ProxyProtocol, TakesUnknownAndUnspecifiedWithoutAddresses) {
    EXPECT_EQ(decoded("PROXY UNKNOWN\r\n"), ProxyHeader{});
    EXPECT_EQ(decoded("PROXY UNKNOWN ffff::1 whatever 1 2\r\n"), ProxyHeader{});
    EXPECT_EQ(decoded(v2('\x21', '\0', "anything")), ProxyHeader{});
    EXPECT_TRUE(decoded(v2('\x20', '\x11', kTcp4Part)).is_local);
    EXPECT_TRUE(decoded(v2('\x20', '\x55', "anything")).is_local);
}

TEST(ProxyProtocol, RefusesAnythingElseAtItsFirstByte) {
    EXPECT_EQ(outcome("<"), "refused 0: a PROXY header");
    EXPECT_EQ(outcome("PROXX "), "refused 4: a PROXY header");
    EXPECT_EQ(outcome("\r\n\r\nX"), "refused 4: a PROXY header");
    EXPECT_EQ(outcome(""), "incomplete");
}

TEST(ProxyProtocol, RefusesBadVersion1Lines) {
    for (const std::string& line : {
             "PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n"s,
             "PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n"s,
             "PROXY TCP4 192.0.2.7 198.51.100.1 1 2 \r\n"s,
             "PROXY TCP4 192.0.2.7  198.51.100.1 1 2\r\n"s,
             "PROXY TCP4 192.0.2.7 198.51.100.1 1 65536\r\n"s,
             "PROXY TCP4 192.0.2.7 198.51.100.1 01 2\r\n"s,
             "PROXY TCP4 192.0.2.7 198.51.100.1 -1 2\r\n"s,
             "PROXY TCP4 192.0.2.7 198.51.100.1 +1 2\r\n"s,
             "PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n"s,
             "PROXY TCP4 192.0.2.7\0 198.51.100.1 1 2\r\n"s,
             "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n"s,
             "PROXY TCP6 192.0.2.7 198.51.100.1 1 2\r\n"s,
             "PROXY TCP6 [2001:db8::7] 2001:db8::1 1 2\r\n"s,
             "PROXY TCP5 192.0.2.7 198.51.100.1 1 2\r\n"s,
             "PROXY \r\n"s,
             "PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n"s,
             "PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n\r\n"s,
             "PROXY TCP4 192.0.2.7 198.51.100.1 1 2\rX"s,
             "PROXY UNKNOWN" + std::string(100, ' '),
         })
        EXPECT_EQ(outcome(line).substr(0, 7), "refused") << line;
}

TEST(ProxyProtocol, RefusesBadVersion2Headers) {
    EXPECT_EQ(outcome(v2('\x11', '\x11', kTcp4Part)),
              "refused 12: version 2 and the command LOCAL or PROXY");
    EXPECT_EQ(outcome(v2('\x22', '\x11', kTcp4Part)),
              "refused 12: version 2 and the command LOCAL or PROXY");
    for (int command = 0; command < 256; ++command) {
        if (command == 0x20 || command == 0x21) continue;
        EXPECT_EQ(outcome(v2(static_cast<char>(command), '\0', "")),
                  "refused 12: version 2 and the command LOCAL or PROXY");
    }
    EXPECT_EQ(outcome(v2('\x21', '\x11', kTcp4Part.substr(1))),
              "refused 14: room for two addresses");
    EXPECT_EQ(outcome(v2('\x21', '\x21', std::string(35, 'x'))),
              "refused 14: room for two addresses");
    const std::size_t at = 16 + kTcp4Part.size();
    EXPECT_EQ(outcome(v2('\x21', '\x11', kTcp4Part + "\x01\x00"s)),
              "refused " + std::to_string(at) + ": a TLV's type and length");
    EXPECT_EQ(outcome(v2('\x21', '\x11', kTcp4Part + "\x01\x00\x02x"s)),
              "refused " + std::to_string(at + 1) + ": a TLV that ends within the header");
    EXPECT_EQ(outcome(v2('\x21', '\x11', kTcp4Part + tlv('\x01', "a") + tlv('\x01', "b"))),
              "refused " + std::to_string(at + 4) + ": each TLV once");
    EXPECT_EQ(outcome(v2('\x21', '\x11', kTcp4Part + tlv('\x05', std::string(129, 'u')))),
              "refused " + std::to_string(at + 1) + ": a unique id of at most 128 bytes");
    EXPECT_EQ(outcome(v2('\x21', '\x11', kTcp4Part + tlv('\x20', "abcd"))),
              "refused " + std::to_string(at + 1) + ": an SSL TLV of 5 bytes or more");
    EXPECT_EQ(outcome(v2('\x21', '\x11', kTcp4Part + tlv('\x20', "\x01\0\0\0\x01\x21\0\x09x"s))),
              "refused " + std::to_string(at + 9) + ": a TLV that ends within the header");
}

TEST(ProxyProtocol, RefusesAHeaderOverTheLimitBeforeItArrives) {
    const std::string head = v2('\x21', '\x11', std::string(100, 'x')).substr(0, 16);
    EXPECT_EQ(outcome(head, {.bytes = 116}), "incomplete");
    EXPECT_EQ(outcome(head, {.bytes = 115}), "refused 14: a shorter header");
}

TEST(ProxyProtocol, SkipsUnknownTlvs) {
    const ProxyHeader header = decoded(v2('\x21', '\x11',
                                          kTcp4Part + tlv('\x04', "noop") + tlv('\xee', "") +
                                              tlv('\xef', "custom") + tlv('\x01', "xmpp-client")));
    EXPECT_EQ(header.alpn, "xmpp-client");
}

TEST(ProxyProtocol, ChecksTheChecksumWhenThereIsOne) {
    // The sum of this header was computed with an independent CRC-32C implementation.
    std::string header = v2('\x21', '\x11', kTcp4Part + tlv('\x03', "\0\0\0\0"s));
    header.replace(header.size() - 4, 4, "\x68\x0d\x38\x7b"s);
    EXPECT_EQ(outcome(header), "decoded " + std::to_string(header.size()));
    header[20] = static_cast<char>(header[20] ^ 1);
    EXPECT_EQ(outcome(header).substr(0, 7), "refused");
}

}  // namespace
}  // namespace core
