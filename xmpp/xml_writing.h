#pragma once
// Small elements of a stream, written. Names and namespaces are our own words; values from outside
// are escaped here. Pure; any thread.

#include <string>
#include <string_view>

namespace xmpp {

/// ` name='value'`, escaped.
std::string attribute(std::string_view name, std::string_view value);
/// The same behind `out`; nothing for an empty value.
void append_attribute(std::string& out, std::string_view name, std::string_view value);
/// `<name xmlns='uri'/>`
std::string empty_element(std::string_view name, std::string_view uri);
/// `<name xmlns='uri'>content</name>`, an empty element if there is no content. `content` is XML.
std::string with_content(std::string_view name, std::string_view uri, std::string_view content);

}  // namespace xmpp
