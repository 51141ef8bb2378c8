#include "backend/rules/departure_rules.h"

#include <algorithm>
#include <string>
#include <vector>

#include "backend/rules/addressing.h"
#include "backend/rules/carbons.h"
#include "backend/rules/copy_marks.h"
#include "backend/rules/delay.h"
#include "backend/rules/delivery.h"
#include "backend/rules/message_rules.h"
#include "backend/rules/plan_builder.h"
#include "backend/rules/presence_rules.h"
#include "backend/rules/presence_text.h"

namespace backend {
namespace {

/// The sessions of the user that stay, as a snapshot of their own.
UserSnapshot without_sender(PlanBuilder& plan) {
    UserSnapshot rest = plan.user(plan.own_user());
    std::erase_if(rest.routes, [&](const Route& route) { return plan.is_own(route); });
    return rest;
}

/// Back to the session that sent it, if that is still there.
void return_to_sender(const Stanza& stanza, PlanBuilder& plan) {
    const auto from = xmpp::Jid::parse(stanza.root.attribute("from").value_or(std::string_view{}));
    if (!from || from->is_bare() || from->localpart().empty()) return;
    const std::string user(from->bare());
    const Route* route = route_at(plan.user(user), from->resourcepart());
    if (route == nullptr || plan.is_own(*route)) return;
    const std::string_view to = stanza.root.attribute("to").value_or(std::string_view{});
    plan.send(user, *route,
              error_stanza(stanza.kind, stanza.id, to, from->full(),
                           {StanzaErrorCondition::recipient_unavailable}));
}

/// XEP-0198 section 5: as if the message had come for a user who has just left. If another session
/// got it, too, that session shows it or hands it on.
void redirect_message(const Stanza& message, DepartureStep step, PlanBuilder& plan) {
    const MessageType type = message_type(message.type);
    if (type == MessageType::error || type == MessageType::headline) return;
    if (type == MessageType::groupchat) return return_to_sender(message, plan);
    const UserSnapshot rest = without_sender(plan);
    const std::string& user = plan.own_user();
    const auto has_it = [&](const Route& route) { return has_copy(message.root, user, route); };
    if (std::any_of(rest.routes.begin(), rest.routes.end(), has_it)) return;
    const auto routes = delivery_of(MessageType::chat, {}, rest).routes;
    const std::string bytes =
        with_new_copy_mark(message.bytes, message.root, user, routes, plan.context().make_id);
    for (const Route* route : routes) plan.send(user, *route, bytes);
    if (!routes.empty()) return;
    if (!step.stores_offline || !may_be_stored(message)) return return_to_sender(message, plan);
    plan.write(StoreOffline{
        user, plan.user(user).routes_version,
        with_delay(message.bytes, plan.sender().jid.domainpart(), plan.context().now)});
}

void redirect(std::string_view bytes, DepartureStep step, PlanBuilder& plan) {
    const xmpp::ElementReader reader(bytes);
    const auto stanza = open_stanza(bytes, reader.root());
    if (!stanza || stanza->kind == StanzaKind::presence) return;
    if (stanza->kind == StanzaKind::iq) {
        const bool is_request = stanza->type == "get" || stanza->type == "set";
        if (is_request) return_to_sender(*stanza, plan);
        return;
    }
    const Unwrapped carbon = unwrap_carbon(plan.own_user(), bytes, stanza->root);
    if (!carbon.is_carbon) return redirect_message(*stanza, step, plan);
    if (carbon.kind == CarbonKind::received) redirect(carbon.message, step, plan);
}

void plan_end(const std::vector<QueuedStanza>& unacknowledged, DepartureStep step,
              PlanBuilder& plan) {
    const bool was_seen = is_available(plan.route()) || !plan.route().directed.empty();
    if (step.is_last && was_seen) {
        take_back_presence(unavailable_presence(plan.sender().jid.full()), plan);
    }
    for (const QueuedStanza& queued : unacknowledged) redirect(queued.bytes, step, plan);
    plan.rely_on_routes(plan.own_user());
    if (step.is_last) plan.write(CloseSession{});
}

}  // namespace

Plan plan_departure(const Sender& sender, const std::vector<QueuedStanza>& unacknowledged,
                    const Knowledge& known, const PlanContext& context, DepartureStep step) {
    PlanBuilder plan(sender, known, context);
    plan_end(unacknowledged, step, plan);
    return std::move(plan).finish();
}

Needs needs_of_departure(const Sender& sender, const std::vector<QueuedStanza>& unacknowledged) {
    // What is asked first depends on no domain and no time.
    static const std::vector<std::string> no_domains;
    const PlanContext context{.now = {}, .domains = no_domains, .version = {}};
    return plan_departure(sender, unacknowledged, {}, context).more.value_or(Needs{});
}

}  // namespace backend
