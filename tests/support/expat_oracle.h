#pragma once
// The scanner against Expat in namespace mode: what the scanner accepts Expat must accept, cut at
// the same bytes and named the same; what the scanner calls ill-formed Expat must refuse too; and
// the scanner's answer must not depend on how the bytes arrive.

#include <expat.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/scanner_feed.h"
#include "xmpp/stream_scanner.h"

// The names that Expat 2.7 deprecates are all that the 2.5 of Debian 12 has.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace xmpp::test {

/// What Expat says of a document or of its beginning.
struct ExpatReading {
    struct Element {
        std::size_t begin = 0;
        std::size_t end = 0;
        std::string name;  // namespace, kSeparator, local name; without namespace only the name
    };
    static constexpr char kSeparator = '\xFF';  // in no UTF-8

    bool accepted = false;
    bool has_banned = false;  // a comment, processing instruction or DOCTYPE
    std::string header;
    std::vector<Element> elements;  // of the first level

    // In progress.
    XML_Parser parser = nullptr;
    int depth = 0;
};

inline ExpatReading read_with_expat(std::string_view bytes, bool complete) {
    ExpatReading reading;
    const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(
        XML_ParserCreateNS("UTF-8", ExpatReading::kSeparator), &XML_ParserFree);
    reading.parser = parser.get();
    XML_SetUserData(parser.get(), &reading);
    XML_SetElementHandler(
        parser.get(),
        [](void* data, const XML_Char* name, const XML_Char**) {
            auto& self = *static_cast<ExpatReading*>(data);
            if (self.depth == 0) self.header = name;
            if (self.depth == 1)
                self.elements.push_back(
                    {static_cast<std::size_t>(XML_GetCurrentByteIndex(self.parser)), 0, name});
            ++self.depth;
        },
        [](void* data, const XML_Char*) {
            auto& self = *static_cast<ExpatReading*>(data);
            if (--self.depth == 1)
                self.elements.back().end = static_cast<std::size_t>(
                    XML_GetCurrentByteIndex(self.parser) + XML_GetCurrentByteCount(self.parser));
        });
    XML_SetCommentHandler(parser.get(), [](void* data, const XML_Char*) {
        static_cast<ExpatReading*>(data)->has_banned = true;
    });
    XML_SetProcessingInstructionHandler(parser.get(),
                                        [](void* data, const XML_Char*, const XML_Char*) {
                                            static_cast<ExpatReading*>(data)->has_banned = true;
                                        });
    XML_SetStartDoctypeDeclHandler(
        parser.get(), [](void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
            static_cast<ExpatReading*>(data)->has_banned = true;
        });
    reading.accepted = XML_Parse(parser.get(), bytes.data(), static_cast<int>(bytes.size()),
                                 complete ? XML_TRUE : XML_FALSE) == XML_STATUS_OK;
    return reading;
}

/// Rules that XML 1.0 and its namespaces know too, so that Expat has to agree.
inline bool is_ill_formed(ScanRule rule) {
    if (rule == ScanRule::xml_declaration) return false;
    return rule == ScanRule::utf8 || rule == ScanRule::entity_reference ||
           (rule >= ScanRule::character && rule <= ScanRule::cdata_end_in_text);
}

inline std::string expat_name(const Note& note) {
    if (note.namespace_uri.empty()) return note.local_name;
    return note.namespace_uri + ExpatReading::kSeparator + note.local_name;
}

inline std::string compare_with_expat(std::string_view input, const std::vector<Note>& notes) {
    // Whoever reads a stream drops what precedes its header; Expat takes no declaration behind it.
    if (!notes.empty() && notes.front().kind == TokenKind::whitespace)
        return compare_with_expat(input.substr(notes.front().bytes.size()),
                                  {notes.begin() + 1, notes.end()});
    std::size_t accepted_bytes = 0;
    bool closed = false;
    std::vector<const Note*> elements;
    const Note* header = nullptr;
    for (const Note& note : notes) {
        accepted_bytes += note.bytes.size();
        if (note.kind == TokenKind::stream_open) header = &note;
        if (note.kind == TokenKind::stream_close) closed = true;
        if (note.kind == TokenKind::element) elements.push_back(&note);
    }
    const ExpatReading reading = read_with_expat(input.substr(0, accepted_bytes), closed);
    if (!reading.accepted) return "Expat refuses what was accepted";
    if (reading.has_banned) return "a comment, processing instruction or DOCTYPE was accepted";
    if (header != nullptr && reading.header != expat_name(*header))
        return "another header for Expat";
    if (reading.elements.size() != elements.size()) return "another number of elements for Expat";
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const ExpatReading::Element& element = reading.elements[i];
        if (input.substr(element.begin, element.end - element.begin) != elements[i]->bytes)
            return "other element boundaries for Expat";
        // Declared values are given as written: a reference or a line end in one differs from
        // Expat's.
        const bool as_written =
            elements[i]->namespace_uri.find_first_of("&\t\r\n") == std::string::npos;
        if (as_written && element.name != expat_name(*elements[i]))
            return "another element name for Expat";
    }
    if (!notes.empty() && notes.back().kind == TokenKind::refused &&
        is_ill_formed(notes.back().rule) && read_with_expat(input, true).accepted)
        return "Expat accepts what was refused for " + std::string(to_string(notes.back().rule));
    return {};
}

/// "" when all agree on `input`, else who does not.
inline std::string disagreement(std::string_view input) {
    constexpr ScanLimits kTight{
        .bytes = 300, .depth = 4, .attributes = 5, .elements = 6, .namespaces = 5};
    const auto seed = static_cast<unsigned>(std::hash<std::string_view>{}(input));
    std::string answer;
    for (const ScanLimits& limits : {ScanLimits{}, kTight}) {
        ScanWorkPool pool;
        const auto notes_with = [&](Cut cut) {
            StreamScanner scanner(pool, limits);
            return feed(scanner, input, cut, seed);
        };
        const std::vector<Note> whole = notes_with(all_at_once);
        if (notes_with(byte_by_byte) != whole) return "byte by byte differs from whole";
        if (notes_with(at_random) != whole) return "random cuts differ from whole";
        if (pool.lent() != 0) return "work was not given back";
        answer = compare_with_expat(input, whole);
        if (!answer.empty()) return answer;
    }
    return {};
}

}  // namespace xmpp::test

#pragma GCC diagnostic pop
