#pragma once
// Why the scanner refused: one name for each rule of XML, of its namespaces, of RFC 6120 and of our
// limits, with the word for the log and the stream error for the peer. Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "xmpp/stream_error.h"

namespace xmpp {

/// Which rule the bytes broke. The text (to_string) is the `reason` that the log shows.
enum class ScanRule : std::uint8_t {
    none,
    // restricted-xml, RFC 6120 section 11.1
    comment,
    processing_instruction,  // also an XML declaration anywhere but in front of the header
    doctype,
    entity_reference,  // other than the five predefined
    // unsupported-encoding, RFC 6120 section 11.6
    utf8,
    encoding,  // the XML declaration names another one than UTF-8
    // not-well-formed, XML 1.0 and Namespaces in XML 1.0
    character,
    character_reference,
    syntax,
    xml_declaration,  // section 11.5: its version, its order, or a wrong value of standalone
    end_tag,
    duplicate_attribute,
    unbound_prefix,
    reserved_prefix,
    cdata_end_in_text,
    // bad-format, invalid-namespace: well-formed, but not a stream (RFC 6120 section 4)
    not_a_stream,
    wrong_stream_namespace,
    text_between_elements,
    nested_stream,
    after_stream_close,
    // policy-violation: xmpp/limits.h
    too_many_bytes,
    too_deep,
    too_many_attributes,
    too_many_elements,
    too_many_namespaces,
};

std::string_view to_string(ScanRule rule);

/// The stream error condition that RFC 6120 section 4.9.3 gives for a broken rule (not for `none`).
StreamErrorCondition condition_of(ScanRule rule);

struct Refusal {
    ScanRule rule = ScanRule::none;
    std::uint32_t offset = 0;  // of the offending byte or token, from the window's start
    std::uint32_t limit = 0;   // in force, of a rule that has one (xmpp/limits.h)
};

/// For the peer, what the passed limit allows ("a stanza may have 262144 bytes here"); empty for
/// rules without a limit.
std::string limit_text(const Refusal& refusal);

}  // namespace xmpp
