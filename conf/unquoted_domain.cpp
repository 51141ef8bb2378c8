#include "conf/unquoted_domain.h"

namespace conf {
namespace {

constexpr std::string_view kPool = "pool";  // the key that makes a table a domain's

bool has_inner_table(const TomlNode& table) {
    for (const TomlNode& child : table.children) {
        if (child.kind == TomlNode::Kind::table) return true;
    }
    return false;
}

void collect(const TomlNode& table, const std::string& name, std::vector<UnquotedDomain>& found) {
    const bool is_domain = table.find(kPool) != nullptr;
    for (const TomlNode& child : table.children) {
        const std::string whole = name + '.' + child.key;
        if (child.kind == TomlNode::Kind::string) {
            // chat.test = "main"
            if (!is_domain && child.key != kPool) found.push_back({whole, &child});
        } else if (child.kind == TomlNode::Kind::table) {
            // What a domain cannot have is another problem of it, unless it has a pool of its own.
            const bool is_other = child.find(kPool) != nullptr;
            if (is_other || (!is_domain && !has_inner_table(child)))
                found.push_back({whole, &child});
            if (has_inner_table(child)) collect(child, whole, found);
        }
    }
}

}  // namespace

std::vector<UnquotedDomain> unquoted_domains(const TomlNode& domain) {
    std::vector<UnquotedDomain> found;
    if (domain.kind == TomlNode::Kind::table) collect(domain, domain.key, found);
    return found;
}

}  // namespace conf
