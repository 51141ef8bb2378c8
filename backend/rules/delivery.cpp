#include "backend/rules/delivery.h"

#include "backend/rules/addressing.h"

namespace backend {
namespace {

std::vector<const Route*> welcoming_routes(const UserSnapshot& to) {
    std::vector<const Route*> routes;
    for (const Route& route : to.routes) {
        if (is_available(route) && *route.priority >= 0) routes.push_back(&route);
    }
    return routes;
}

}  // namespace

MessageType message_type(std::string_view type) {
    if (type == "chat") return MessageType::chat;
    if (type == "groupchat") return MessageType::groupchat;
    if (type == "headline") return MessageType::headline;
    if (type == "error") return MessageType::error;
    return MessageType::normal;
}

Delivery delivery_of(MessageType type, std::string_view resource, const UserSnapshot& to) {
    if (!resource.empty()) {
        if (const Route* route = route_at(to, resource)) return {{route}, Otherwise::drop};
    }
    const bool is_bare = resource.empty();
    switch (type) {
        case MessageType::chat: return {welcoming_routes(to), Otherwise::store};
        case MessageType::normal:
            if (!is_bare) return {{}, Otherwise::refuse};
            return {welcoming_routes(to), Otherwise::store};
        case MessageType::headline:
            if (!is_bare) return {};
            return {welcoming_routes(to), Otherwise::drop};
        case MessageType::groupchat: return {{}, Otherwise::refuse};
        case MessageType::error: return {};
    }
    return {};
}

}  // namespace backend
