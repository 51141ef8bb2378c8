#pragma once
// What a client's stream header says of its user, as far as servers make a difference by it: some
// offer SASL2 (ejabberd) or FAST (Prosody) to those alone whose header names a user in `from`.
// Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace proxy {

enum class HeaderForm : std::uint8_t {
    anonymous,  // no `from`, or one that names no user of the stream's domain
    user,       // `from` is an address with a localpart in the stream's domain
};

/// The form of a header with this `from` (empty: none) in a stream for `domain` (prepared).
HeaderForm header_form(std::string_view from, std::string_view domain);

/// A `from` that gives a header this form, without being anybody: for questions to a server that
/// nobody logs in behind.
std::string sample_from(HeaderForm form, std::string_view domain);

}  // namespace proxy
