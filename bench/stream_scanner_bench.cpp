// The scanner against Expat (namespace mode, trivial handlers) on the same input: chat messages of
// 200 bytes, a realistic mix, stanzas of 16 KiB, bodies in Cyrillic and Chinese. Bytes per second,
// and nanoseconds per first-level element ("time_per_stanza"). One round runs over one window of
// about 256 KiB that holds many different stanzas, so that no branch predictor learns it by heart.

#include <benchmark/benchmark.h>
#include <expat.h>

#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "xmpp/stream_scanner.h"

namespace {

constexpr std::string_view kHeader =
    "<stream:stream to='capulet.example' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>";
constexpr std::size_t kInputBytes = 256 * 1024;

/// `written` is latin as people write it: among 50 words one with an accent, and one to be escaped.
enum class Script { latin, written, cyrillic, chinese };

struct Input {
    std::string bytes;  // without the header
    std::size_t stanzas = 0;
};

/// Words of varied length.
class Words {
public:
    explicit Words(Script script) : script_(script) {}

    std::string ascii(std::size_t shortest, std::size_t longest) {
        std::string word;
        const std::size_t size = pick(shortest, longest);
        while (word.size() < size) word += static_cast<char>('a' + random_() % 26);
        return word;
    }

    std::string text(std::size_t bytes) {
        std::string text;
        while (text.size() < bytes) {
            const std::size_t letters = script_ == Script::chinese ? pick(4, 20) : pick(2, 9);
            for (std::size_t i = 0; i < letters; ++i) text += letter();
            const std::size_t surprise = script_ == Script::written ? pick(0, 49) : 49;
            if (surprise == 0) text += "\u00E9";
            if (surprise == 1) text += " &amp;";
            text += script_ == Script::chinese ? "\uFF0C" : random_() % 10 == 0 ? ", " : " ";
        }
        return text;
    }

    std::size_t pick(std::size_t lowest, std::size_t highest) {
        return lowest + random_() % (highest - lowest + 1);
    }

private:
    std::string letter() {
        if (script_ == Script::latin || script_ == Script::written)
            return {static_cast<char>('a' + random_() % 26)};
        const unsigned code = static_cast<unsigned>(
            script_ == Script::cyrillic ? pick(0x430, 0x44F) : pick(0x4E00, 0x9FA5));
        if (code < 0x800)
            return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
        return {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
                static_cast<char>(0x80 | (code & 0x3F))};
    }

    Script script_;
    std::mt19937 random_{42};
};

/// A chat message as clients write it, padded by its body to about `size` bytes.
std::string message(Words& words, std::size_t size) {
    const std::string start = "<message from='" + words.ascii(4, 9) + "@capulet.example/" +
                              words.ascii(4, 10) + "' to='" + words.ascii(4, 9) +
                              "@montague.example' type='chat' id='" + words.ascii(6, 12) +
                              "'><body>";
    const std::string end = "</body></message>";
    const std::size_t around = start.size() + end.size();
    return start + words.text(size > around + 10 ? size - around - 5 : 10) + end;
}

Input messages(std::size_t size, Script script) {
    Words words(script);
    Input input;
    for (; input.bytes.size() < kInputBytes; ++input.stanzas) input.bytes += message(words, size);
    return input;
}

/// What a session sees: messages with receipts and markers, presence with capabilities, iqs, acks.
Input mixed() {
    Words words(Script::latin);
    Input input;
    for (; input.bytes.size() < kInputBytes; ++input.stanzas) {
        const std::string from = words.ascii(4, 9) + "@capulet.example/" + words.ascii(4, 10);
        const std::string id = words.ascii(6, 12);
        switch (words.pick(0, 6)) {
            case 0:
                input.bytes +=
                    "<presence from='" + from + "' xml:lang='en'><show>away</show><status>" +
                    words.text(20) + "</status><priority>5</priority>" +
                    "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://" +
                    words.ascii(5, 9) + ".example' ver='" + words.ascii(27, 27) + "='/></presence>";
                break;
            case 1: input.bytes += "<r xmlns='urn:xmpp:sm:3'/>"; break;
            case 2:
                input.bytes +=
                    "<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(words.pick(1, 999)) + "'/>";
                break;
            case 3:
                input.bytes +=
                    "<iq from='" + from + "' id='" + id + "' type='result'>" +
                    "<query xmlns='http://jabber.org/protocol/disco#info'>" +
                    "<identity category='client' type='pc' name='" + words.ascii(5, 9) + "'/>" +
                    "<feature var='urn:xmpp:ping'/><feature var='urn:xmpp:carbons:2'/>" +
                    "<feature var='http://jabber.org/protocol/chatstates'/></query></iq>";
                break;
            default:
                input.bytes += "<message from='" + from + "' to='" + words.ascii(4, 9) +
                               "@montague.example' type='chat' id='" + id + "'><body>" +
                               words.text(words.pick(10, 120)) + "</body>" +
                               "<active xmlns='http://jabber.org/protocol/chatstates'/>" +
                               "<request xmlns='urn:xmpp:receipts'/>" +
                               "<origin-id xmlns='urn:xmpp:sid:0' id='" + id + "'/></message>";
        }
    }
    return input;
}

void report(benchmark::State& state, const Input& input) {
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * input.bytes.size()));
    state.counters["time_per_stanza"] = benchmark::Counter(
        static_cast<double>(input.stanzas),
        benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void scanner(benchmark::State& state, const Input& input) {
    xmpp::ScanWorkPool pool;
    const xmpp::ScanLimits limits;
    xmpp::StreamScanner stream(pool, limits);
    stream.next(kHeader);
    for (auto _ : state) {
        std::string_view window = input.bytes;
        while (!window.empty()) {
            const xmpp::Token token = stream.next(window);
            if (token.size == 0) std::abort();
            window.remove_prefix(token.size);
            benchmark::DoNotOptimize(token.local_name.data());
        }
    }
    report(state, input);
}

void expat(benchmark::State& state, const Input& input) {
    XML_Parser parser = XML_ParserCreateNS("UTF-8", '\xFF');
    XML_SetElementHandler(
        parser, [](void*, const XML_Char*, const XML_Char**) {}, [](void*, const XML_Char*) {});
    XML_SetCharacterDataHandler(parser, [](void*, const XML_Char*, int) {});
    XML_Parse(parser, kHeader.data(), static_cast<int>(kHeader.size()), 0);
    for (auto _ : state) {
        const int size = static_cast<int>(input.bytes.size());
        if (XML_Parse(parser, input.bytes.data(), size, 0) != XML_STATUS_OK) std::abort();
    }
    XML_ParserFree(parser);
    report(state, input);
}

const Input& chat() {
    static const Input input = messages(200, Script::latin);
    return input;
}
const Input& cyrillic() {
    static const Input input = messages(300, Script::cyrillic);
    return input;
}
const Input& chinese() {
    static const Input input = messages(300, Script::chinese);
    return input;
}
const Input& mixture() {
    static const Input input = mixed();
    return input;
}
const Input& large() {
    static const Input input = messages(16 * 1024, Script::latin);
    return input;
}
const Input& large_written() {
    static const Input input = messages(16 * 1024, Script::written);
    return input;
}
const Input& large_cyrillic() {
    static const Input input = messages(16 * 1024, Script::cyrillic);
    return input;
}
const Input& large_chinese() {
    static const Input input = messages(16 * 1024, Script::chinese);
    return input;
}

#define STANZAGATE_SCANNER_BENCH(name, input)           \
    void Scanner_##name(benchmark::State& state) {      \
        scanner(state, input());                        \
    }                                                   \
    void ScannerExpat_##name(benchmark::State& state) { \
        expat(state, input());                          \
    }                                                   \
    BENCHMARK(Scanner_##name);                          \
    BENCHMARK(ScannerExpat_##name)

STANZAGATE_SCANNER_BENCH(Messages200, chat);
STANZAGATE_SCANNER_BENCH(Mixed, mixture);
STANZAGATE_SCANNER_BENCH(Messages16K, large);
STANZAGATE_SCANNER_BENCH(Written16K, large_written);
STANZAGATE_SCANNER_BENCH(Cyrillic300, cyrillic);
STANZAGATE_SCANNER_BENCH(Chinese300, chinese);
STANZAGATE_SCANNER_BENCH(Cyrillic16K, large_cyrillic);
STANZAGATE_SCANNER_BENCH(Chinese16K, large_chinese);

}  // namespace
