#include "conf/toml_node.h"

#include <algorithm>

namespace conf {

const Node* Node::find(std::string_view name) const {
    const auto found = std::find_if(children.begin(), children.end(),
                                    [&](const Node& child) { return child.key == name; });
    return found == children.end() ? nullptr : &*found;
}

const char* to_string(Node::Kind kind) noexcept {
    switch (kind) {
        case Node::Kind::table: return "a table";
        case Node::Kind::array: return "an array";
        case Node::Kind::string: return "text";
        case Node::Kind::integer: return "a whole number";
        case Node::Kind::floating: return "a number with a point";
        case Node::Kind::boolean: return "true or false";
        case Node::Kind::date: return "a date or a time of day";
        case Node::Kind::loose: return "a value without quotes";
    }
    return "a value";
}

}  // namespace conf
