#pragma once
// Which characters beyond ASCII may stand in an XML name. Pure; any thread.
//
// These are the tables of XML 1.0, fourth edition, appendix B. The fifth edition allows more, but
// parsers behind this one (Expat among them) do not know it, and what one parser of a chain calls a
// name and the next one does not is a way to smuggle. Every fourth edition name is a fifth edition
// name.

#include <cstdint>

namespace xmpp {

/// May begin an NCName: Letter (BaseChar, Ideographic). `code` is at least U+0080.
bool is_name_start(std::uint32_t code);
/// May follow in an NCName: Letter, Digit, CombiningChar or Extender. `code` is at least U+0080.
bool is_name_char(std::uint32_t code);

}  // namespace xmpp
