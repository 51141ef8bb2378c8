#pragma once
// A whole head as llhttp reads it. The only room that knows llhttp. Pure; any thread.
// Why: http/README.md, "llhttp behind a filter".

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "http/body_framing.h"
#include "http/head_fields.h"
#include "http/head_filter.h"

namespace http {

struct LlhttpHead {
    std::vector<HeadFields::Spans> fields;  // values without outer blanks
    std::string_view method;                // a literal; of requests
    std::string_view target;                // in the head's text; of requests
    std::uint16_t status = 0;               // of responses
    int minor_version = 0;                  // of HTTP/1
    std::uint64_t content_length = 0;
    bool has_content_length = false;
    bool is_chunked = false;
};

/// Reads `head`, which has passed the filter whole and holds `fields` fields. nullopt: llhttp
/// refuses it, or ends it elsewhere, or counts other fields than the filter did.
std::optional<LlhttpHead> read_by_llhttp(std::string_view head, HeadKind kind, std::size_t fields);

/// Did llhttp understand the same about the length of the body?
bool agrees_about_body(const LlhttpHead& theirs, const BodyFraming& said);

}  // namespace http
