// Scanner and Expat agree: on every seed of the fuzz corpus, on every character of a name, and on
// streams grown from a small grammar and then damaged.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/support/expat_oracle.h"
#include "xmpp/limits.h"
#include "xmpp/name_chars.h"

namespace xmpp {
namespace {

constexpr std::string_view kPlainHeader =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

TEST(ScannerAndExpat, AgreeOnTheFuzzCorpus) {
    int seeds = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(SOURCE_DIR "/tests/fuzz/corpus/stream_scanner")) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string input{std::istreambuf_iterator<char>(file), {}};
        EXPECT_EQ(test::disagreement(input), "") << entry.path();
        ++seeds;
    }
    EXPECT_GE(seeds, 60);
}

/// Version, encoding and standalone in any order and number, in either quotes, with white space
/// where production 23 allows it and where it does not.
TEST(ScannerAndExpat, AgreeOnEveryXmlDeclaration) {
    const std::vector<std::string> parts{"version='1.0'",       "encoding=\"UTF-8\"",
                                         "standalone='no'",     "standalone = \"yes\"",
                                         "version\t=\n\"1.0\"", "standalone='maybe'"};
    int accepted = 0;
    const auto judge = [&](const std::string& declaration) {
        const std::string stream = declaration + std::string(kPlainHeader);
        ASSERT_EQ(test::disagreement(stream), "") << declaration;
        ScanWorkPool pool;
        StreamScanner scanner(pool, kLimitsBeforeLogin);
        const bool is_taken = scanner.next(stream).kind == TokenKind::stream_open;
        EXPECT_EQ(is_taken, test::read_with_expat(stream, false).accepted) << declaration;
        accepted += is_taken ? 1 : 0;
    };
    for (const std::string gap : {" ", "\r\n", ""}) {
        for (const std::string& first : parts) {
            judge("<?xml " + first + gap + "?>");
            for (const std::string& second : parts) {
                judge("<?xml " + first + gap + second + "?>");
                for (const std::string& third : parts)
                    judge("<?xml\t" + first + gap + second + gap + third + " ?>");
            }
        }
    }
    EXPECT_EQ(accepted, 26);
}

std::string utf8(std::uint32_t code) {
    std::string out;
    const auto add = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        add(code);
    } else if (code < 0x800) {
        add(0xC0 | code >> 6);
        add(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        add(0xE0 | code >> 12);
        add(0x80 | (code >> 6 & 0x3F));
        add(0x80 | (code & 0x3F));
    } else {
        add(0xF0 | code >> 18);
        add(0x80 | (code >> 12 & 0x3F));
        add(0x80 | (code >> 6 & 0x3F));
        add(0x80 | (code & 0x3F));
    }
    return out;
}

TEST(ScannerAndExpat, AgreeOnEveryCharacterOfANameBeyondAscii) {
    for (std::uint32_t code = 0x80; code < 0x10000; ++code) {
        if (code >= 0xD800 && code < 0xE000) continue;
        const bool starts = test::read_with_expat("<" + utf8(code) + "/>", true).accepted;
        const bool follows = test::read_with_expat("<a" + utf8(code) + "/>", true).accepted;
        ASSERT_EQ(is_name_start(code), starts) << code;
        ASSERT_EQ(is_name_char(code), follows) << code;
    }
    for (std::uint32_t code = 0x10000; code < 0x110000; code += 0x7F)
        ASSERT_FALSE(is_name_char(code)) << code;
}

TEST(ScannerAndExpat, AgreeOnEveryByteAtEveryPlaceOfAStanza) {
    const std::string stanza = "<a xmlns:p='u' p:b=\"c\"><p:d>e&lt;</p:d><![CDATA[f]]></a>";
    for (std::size_t place = 0; place < stanza.size(); ++place) {
        for (int byte = 0; byte < 256; byte += byte < 0x80 ? 1 : 9) {
            std::string damaged = stanza;
            damaged[place] = static_cast<char>(byte);
            ASSERT_EQ(test::disagreement(std::string(kPlainHeader) + damaged), "") << damaged;
        }
    }
}

/// Streams that are mostly right: nested elements, declarations, references, text of several
/// scripts.
class Grower {
public:
    explicit Grower(unsigned seed) : random_(seed) {}

    std::string stream() {
        std::string out{kPlainHeader};
        for (unsigned i = pick(5); i > 0; --i) out += element(pick(4)) + (pick(2) == 0 ? "\n" : "");
        if (pick(2) == 0) out += "</stream:stream>";
        if (pick(2) == 0) damage(out);
        return out;
    }

private:
    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

    std::string one_of(std::initializer_list<std::string_view> choices) {
        return std::string(*(choices.begin() + pick(static_cast<unsigned>(choices.size()))));
    }

    std::string element(unsigned depth) {
        const std::string name =
            one_of({"message", "body", "a", "p:b", "q:c", "stream:features", "xml:d", "\xC3\xA9"});
        std::string out = "<" + name;
        for (unsigned i = pick(5); i > 0; --i)
            out += one_of({" ", " ", "\n", "  "}) +
                   one_of({"to", "id", "p:x", "q:x", "xml:lang", "xmlns", "xmlns:p", "xmlns:q"}) +
                   "=" + value();
        if (pick(3) == 0) return out + "/>";
        out += ">";
        for (unsigned i = depth == 0 ? 0 : pick(4); i > 0; --i)
            out += pick(2) == 0 ? element(depth - 1) : text();
        return out + "</" + name + one_of({"", "", "", " "}) + ">";
    }

    std::string value() {
        const std::string quote = one_of({"'", "\""});
        return quote +
               one_of({"", "u", "u", "&#117;", "urn:v", "a&amp;b", "\xD0\xBF",
                       "1234567890123456789012345", "\t"}) +
               quote;
    }

    std::string text() {
        return one_of({"plain text", "&lt;", "&#x41;", "]]", "<![CDATA[<x>]]>",
                       "\xE4\xBD\xA0\xE5\xA5\xBD\xEF\xBC\x8C",
                       "\xD0\x9F\xD1\x80\xD0\xB8 \xD0\xB2\xD0\xB5\xD1\x82", "\xF0\x9F\x98\x80",
                       "a text that is longer than two blocks of sixteen bytes, and then some"});
    }

    void damage(std::string& out) {
        const std::size_t place =
            kPlainHeader.size() + pick(static_cast<unsigned>(out.size() - kPlainHeader.size()) + 1);
        const std::string piece = one_of({"<", ">", "&", "'", "\x80", "\xE4", "]]>", ":", "=", "/",
                                          "\x01", "x", " ", "<!--", "\xEF\xBF\xBF"});
        if (pick(2) == 0 && place < out.size()) out.erase(place, 1);
        out.insert(place, piece);
    }

    std::mt19937 random_;
};

TEST(ScannerAndExpat, AgreeOnGrownAndDamagedStreams) {
    for (unsigned seed = 1; seed <= 1500; ++seed) {
        const std::string stream = Grower(seed).stream();
        ASSERT_EQ(test::disagreement(stream), "") << stream;
    }
}

}  // namespace
}  // namespace xmpp
