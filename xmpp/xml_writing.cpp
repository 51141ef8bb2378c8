#include "xmpp/xml_writing.h"

#include "xmpp/xml_text.h"

namespace xmpp {
namespace {

std::string start(std::string_view name, std::string_view uri) {
    std::string tag = "<";
    return tag.append(name).append(" xmlns='").append(uri).append("'");
}

}  // namespace

std::string attribute(std::string_view name, std::string_view value) {
    std::string text = " ";
    text.append(name).append("='");
    append_escaped(text, value);
    return text += '\'';
}

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) out += attribute(name, value);
}

std::string empty_element(std::string_view name, std::string_view uri) {
    return start(name, uri) + "/>";
}

std::string with_content(std::string_view name, std::string_view uri, std::string_view content) {
    if (content.empty()) return empty_element(name, uri);
    return start(name, uri).append(">").append(content).append("</").append(name).append(">");
}

}  // namespace xmpp
