#pragma once
// The sid of a <body/> of BOSH (XEP-0124) that is on its way to or from a server of others, found
// in its first bytes. It serves to choose a backend and nothing else, so whatever is odd has none.
// Pure; any thread.

#include <cstdint>
#include <string_view>

namespace proxy {

struct BodySid {
    enum class Kind : std::uint8_t { need_more, none, found };
    Kind kind = Kind::none;
    std::string_view sid;  // a part of what was looked at
};

/// `start`: all of the body that has come. Nothing behind the start tag is looked at.
BodySid find_body_sid(std::string_view start);

}  // namespace proxy
