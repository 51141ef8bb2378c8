#pragma once
// Whether a client's stream header names its user, because servers make a difference: some offer
// SASL2 (ejabberd) or FAST (Prosody) only to clients whose header names a user in `from`. Pure; any
// thread.

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

/// A `from` that gives a header this form and names nobody: for questions to a server without a
/// login behind them.
std::string sample_from(HeaderForm form, std::string_view domain);

/// Whose headers these are: "a user of example.org", "example.org".
std::string words_for(HeaderForm form, std::string_view domain);

}  // namespace proxy
