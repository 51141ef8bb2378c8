#include "conf/toml_node.h"

#include <algorithm>

namespace conf {

const TomlNode* TomlNode::find(std::string_view name) const {
    const auto found = std::find_if(children.begin(), children.end(),
                                    [&](const TomlNode& child) { return child.key == name; });
    return found == children.end() ? nullptr : &*found;
}

const char* to_string(TomlNode::Kind kind) noexcept {
    switch (kind) {
        case TomlNode::Kind::table: return "a table";
        case TomlNode::Kind::array: return "an array";
        case TomlNode::Kind::string: return "text";
        case TomlNode::Kind::integer: return "a whole number";
        case TomlNode::Kind::floating: return "a number with a point";
        case TomlNode::Kind::boolean: return "true or false";
        case TomlNode::Kind::date: return "a date or a time of day";
        case TomlNode::Kind::loose: return "a value without quotes";
    }
    return "a value";
}

}  // namespace conf
