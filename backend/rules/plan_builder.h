#pragma once
// One plan in the making: what is known, what is missing, what is to be written. A rule asks for
// users as if all were known. For a user that is not known it gets an empty answer, and the plan
// becomes a question for more; so no rule says twice what it needs. Owned by one call of plan();
// that thread.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "backend/rules/plan_values.h"
#include "backend/rules/stanza_error.h"

namespace backend {

class PlanBuilder {
public:
    /// All must outlive the builder.
    PlanBuilder(const Sender& sender, const Knowledge& known, const PlanContext& context);

    const Sender& sender() const { return sender_; }
    const std::string& own_user() const { return sender_.session.user; }
    const PlanContext& context() const { return context_; }
    /// The sender's own route, as it will be.
    const Route& route() const { return plan_.route ? *plan_.route : sender_.route; }
    bool is_own(const Route& route) const { return route.session == sender_.session.id; }

    /// What is known of a user of ours, block list included; an empty snapshot for now, if the
    /// store has not been asked.
    const UserSnapshot& user(std::string_view bare);
    const UserSnapshot& user_with_roster(std::string_view bare);
    std::string vcard(std::string_view bare);

    /// False: something that a rule asked for is missing, and what it writes now is dropped.
    bool is_complete() const { return !is_missing_; }

    void write(Write write) { plan_.writes.push_back(std::move(write)); }
    void send(std::string_view user, const Route& route, std::string bytes);
    /// To the sender's own client.
    void reply(std::string bytes);
    /// An error for `stanza` to the sender, if it is one that may be answered.
    void refuse(const Stanza& stanza, StanzaErrorCondition condition, std::string_view detail = {});
    void answer(const Stanza& iq, std::string_view payload = {});
    void change_route(Route route);
    void end(xmpp::StreamErrorCondition condition) { plan_.end = condition; }

    /// The plan holds only as long as the user's routes, or roster, stay as they were read.
    void rely_on_routes(std::string_view user);
    void rely_on_roster(std::string_view user);

    /// The version that the user's roster has after the next change of this plan.
    std::uint64_t next_roster_version(const std::string& user);

    Plan finish() &&;

private:
    const UserSnapshot& find(std::string_view bare, bool roster);

    const Sender& sender_;
    const Knowledge& known_;
    const PlanContext& context_;
    Plan plan_;
    Needs needs_;  // what was asked, and what is missing
    bool is_missing_ = false;
    std::map<std::string, Unchanged, std::less<>> unchanged_;
    std::map<std::string, std::uint64_t, std::less<>> roster_versions_;
};

}  // namespace backend
