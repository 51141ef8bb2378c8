#include "backend/stream/standalone.h"

#include <algorithm>
#include <iterator>

#include "xmpp/markup.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

bool has_attribute(std::string_view element, std::string_view name) {
    return xmpp::attribute_at(element, 0, name).has_value();
}

bool inherits_lang(std::string_view name) {
    return !name.ends_with("iq");  // no human reads it
}

}  // namespace

std::string standalone(std::string_view stanza, const xmpp::NamespaceBindings& bindings,
                       std::string_view lang) {
    const std::size_t at = xmpp::name_end(stanza);
    std::string inherited;
    for (const auto& binding : bindings) {
        const std::string name = binding.attribute_name();
        if (!has_attribute(stanza, name)) inherited += xmpp::attribute(name, binding.uri);
    }
    if (!lang.empty() && inherits_lang(stanza.substr(0, at)) && !has_attribute(stanza, "xml:lang"))
        inherited += xmpp::attribute("xml:lang", lang);

    std::string whole;
    whole.reserve(stanza.size() + inherited.size());
    return whole.append(stanza.substr(0, at)).append(inherited).append(stanza.substr(at));
}

xmpp::NamespaceBindings unusual(const xmpp::NamespaceBindings& bindings) {
    const auto& usual = xmpp::usual_bindings();
    xmpp::NamespaceBindings rest;
    std::copy_if(bindings.begin(), bindings.end(), std::back_inserter(rest),
                 [&](const xmpp::NamespaceBinding& binding) {
                     return std::find(usual.begin(), usual.end(), binding) == usual.end();
                 });
    const auto is_default = [](const xmpp::NamespaceBinding& binding) {
        return binding.prefix.empty();
    };
    if (std::none_of(bindings.begin(), bindings.end(), is_default)) rest.push_back({});
    return rest;
}

}  // namespace backend
