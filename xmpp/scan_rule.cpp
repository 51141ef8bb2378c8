// The words and the stream errors of scan_rule.h.

#include "xmpp/scan_rule.h"

namespace xmpp {

std::string_view to_string(ScanRule rule) {
    switch (rule) {
        case ScanRule::none: return "none";
        case ScanRule::comment: return "comment";
        case ScanRule::processing_instruction: return "processing-instruction";
        case ScanRule::doctype: return "doctype";
        case ScanRule::entity_reference: return "entity-reference";
        case ScanRule::utf8: return "utf8";
        case ScanRule::encoding: return "encoding";
        case ScanRule::character: return "character";
        case ScanRule::character_reference: return "character-reference";
        case ScanRule::syntax: return "syntax";
        case ScanRule::xml_declaration: return "xml-declaration";
        case ScanRule::end_tag: return "end-tag";
        case ScanRule::duplicate_attribute: return "duplicate-attribute";
        case ScanRule::unbound_prefix: return "unbound-prefix";
        case ScanRule::reserved_prefix: return "reserved-prefix";
        case ScanRule::cdata_end_in_text: return "cdata-end-in-text";
        case ScanRule::not_a_stream: return "not-a-stream";
        case ScanRule::wrong_stream_namespace: return "wrong-stream-namespace";
        case ScanRule::text_between_elements: return "text-between-elements";
        case ScanRule::nested_stream: return "nested-stream";
        case ScanRule::after_stream_close: return "after-stream-close";
        case ScanRule::too_many_bytes: return "too-many-bytes";
        case ScanRule::too_deep: return "too-deep";
        case ScanRule::too_many_attributes: return "too-many-attributes";
        case ScanRule::too_many_elements: return "too-many-elements";
        case ScanRule::too_many_namespaces: return "too-many-namespaces";
    }
    return "";
}

StreamErrorCondition condition_of(ScanRule rule) {
    switch (rule) {
        case ScanRule::comment:
        case ScanRule::processing_instruction:
        case ScanRule::doctype:
        case ScanRule::entity_reference: return StreamErrorCondition::restricted_xml;
        case ScanRule::utf8:
        case ScanRule::encoding: return StreamErrorCondition::unsupported_encoding;
        case ScanRule::none:
        case ScanRule::character:
        case ScanRule::character_reference:
        case ScanRule::syntax:
        case ScanRule::xml_declaration:
        case ScanRule::end_tag:
        case ScanRule::duplicate_attribute:
        case ScanRule::unbound_prefix:
        case ScanRule::reserved_prefix:
        case ScanRule::cdata_end_in_text: return StreamErrorCondition::not_well_formed;
        case ScanRule::wrong_stream_namespace: return StreamErrorCondition::invalid_namespace;
        case ScanRule::not_a_stream:
        case ScanRule::text_between_elements:
        case ScanRule::nested_stream:
        case ScanRule::after_stream_close: return StreamErrorCondition::bad_format;
        case ScanRule::too_many_bytes:
        case ScanRule::too_deep:
        case ScanRule::too_many_attributes:
        case ScanRule::too_many_elements:
        case ScanRule::too_many_namespaces: return StreamErrorCondition::policy_violation;
    }
    return StreamErrorCondition::not_well_formed;
}

std::string limit_text(const Refusal& refusal) {
    const std::string most = std::to_string(refusal.limit);
    switch (refusal.rule) {
        case ScanRule::too_many_bytes: return "a stanza may have " + most + " bytes here";
        case ScanRule::too_deep: return "a stanza may have elements " + most + " deep here";
        case ScanRule::too_many_attributes:
            return "a start tag may have " + most + " attributes here";
        case ScanRule::too_many_elements: return "a stanza may hold " + most + " elements here";
        case ScanRule::too_many_namespaces:
            return "a stanza may have " + most + " namespace prefixes at once here";
        default: return {};
    }
}

}  // namespace xmpp
