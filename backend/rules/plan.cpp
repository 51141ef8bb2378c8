#include "backend/rules/plan.h"

#include "backend/rules/iq_rules.h"
#include "backend/rules/message_rules.h"
#include "backend/rules/plan_builder.h"
#include "backend/rules/presence_rules.h"

namespace backend {
namespace {

/// RFC 6120 section 8.1.2.1: a client may say who it is, but nobody else.
bool has_true_from(const Stanza& stanza, const Sender& sender) {
    const auto from = stanza.root.attribute("from");
    if (!from) return true;
    const auto prepared = xmpp::Jid::parse(*from);
    if (!prepared) return false;
    return prepared->full() == (prepared->is_bare() ? sender.jid.bare() : sender.jid.full());
}

}  // namespace

Plan plan(const Stanza& stanza, const Sender& sender, const Knowledge& known,
          const PlanContext& context) {
    PlanBuilder builder(sender, known, context);
    if (!has_true_from(stanza, sender)) {
        builder.end(xmpp::StreamErrorCondition::invalid_from);
    } else {
        switch (stanza.kind) {
            case StanzaKind::message: plan_message(stanza, builder); break;
            case StanzaKind::presence: plan_presence(stanza, builder); break;
            case StanzaKind::iq: plan_iq(stanza, builder); break;
        }
    }
    return std::move(builder).finish();
}

Needs needs(const Stanza& stanza, const Sender& sender, const PlanContext& context) {
    return plan(stanza, sender, Knowledge{}, context).more.value_or(Needs{});
}

}  // namespace backend
