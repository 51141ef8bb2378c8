// The ids of sessions that can be resumed (XEP-0198): with a tag of ours in front outside, as the
// backend made them inside.

#include <algorithm>
#include <utility>

#include "proxy/session/relay.h"
#include "xmpp/namespaces.h"
#include "xmpp/stream_management.h"

namespace proxy {

using xmpp::SmCarrier;
namespace ns = xmpp::ns;

namespace {

/// For one element alone: what its prefix stands for is known from the scanner.
xmpp::NamespaceBindings bindings_of(const xmpp::Token& element, std::string_view bytes) {
    xmpp::NamespaceBindings bindings = xmpp::usual_bindings();
    const std::string_view name = bytes.substr(1, bytes.find_first_of(" \t\r\n/>:", 1) - 1);
    if (bytes.substr(1 + name.size()).starts_with(':'))
        bindings.push_back({std::string(name), std::string(element.namespace_uri)});
    return bindings;
}

/// Has the client asked for the session `id` by this, with a tag or without one?
bool is_asked_as(std::string_view previd, std::string_view id) {
    const std::size_t more = previd.size() - id.size();
    return previd.ends_with(id) && (more == 0 || more == ResumptionTags::kChars);
}

}  // namespace

/// Not where another backend of the pool has it. One that the pool does not have any more may live
/// on under another name, or its sessions may have moved.
bool Relay::may_resume(const ResumptionTags::Read& session) const {
    if (session.owner == owner_ || resume_anywhere_ || pool_ == nullptr) return true;
    const auto& members = pool_->members();
    return std::none_of(members.begin(), members.end(),
                        [&](const balancer::Member& each) { return each.owner == session.owner; });
}

Relay::Verdict Relay::judge_resume(const xmpp::Token& token, std::string_view bytes) {
    if (token.namespace_uri != ns::kSm3 && token.namespace_uri != ns::kSm2) return {};
    const xmpp::NamespaceBindings bindings = bindings_of(token, bytes);
    const auto previd = xmpp::read_previd(bytes, bindings);
    const auto session = previd ? resumption_.tags->read(previd->reveal()) : std::nullopt;
    if (session && !may_resume(*session)) {
        // Its own backend is down. Another one does not know the session, and some end what their
        // cluster knows of it when they are asked (Openfire).
        resumption_.counts->count(ResumeResult::refused_here);
        return answered_here(xmpp::resumption_failed(token.namespace_uri));
    }
    // What is not one of ours goes as it is.
    return {.replacement = edited_login(bytes, bindings), .end = {}};
}

std::optional<std::string> Relay::edited_login(std::string_view bytes,
                                               const xmpp::NamespaceBindings& bindings) {
    const auto previd = xmpp::read_previd(bytes, bindings);
    const auto session = previd ? resumption_.tags->read(previd->reveal()) : std::nullopt;
    asked_.reset();
    if (logins_) logins_->resumption_refused = false;  // of a try before this one
    if (session && !may_resume(*session)) {
        if (logins_) logins_->resumption_refused = true;
        return xmpp::edit_stream_management(bytes, {.cuts_resume = true}, bindings);
    }
    if (previd) asked_ = std::make_unique<const xmpp::SmId>(*previd);
    if (!session) return std::nullopt;
    return xmpp::edit_stream_management(
        bytes,
        {.id = [&](SmCarrier,
                   std::string_view) { return std::optional(std::string(session->id)); }},
        bindings);
}

std::optional<std::string> Relay::edited_answer(std::string_view bytes) {
    const auto id_outside = [&](SmCarrier carrier,
                                std::string_view id) -> std::optional<std::string> {
        if (carrier == SmCarrier::resumed) {
            // Clients compare it with what they sent: with the tag that they have, or without one.
            if (asked_ && is_asked_as(asked_->reveal(), id)) return std::string(asked_->reveal());
            // An earlier one, of a client that did not wait.
        }
        if (owner_ == balancer::Owner()) return std::nullopt;
        return resumption_.tags->tagged(owner_, id);
    };
    // The address that the backend would like to be resumed at lies behind this proxy.
    auto edited = xmpp::edit_stream_management(bytes, {.cuts_location = true, .id = id_outside},
                                               backend_bindings());
    if (!logins_ || !logins_->resumption_refused) return edited;
    logins_->resumption_refused = false;
    resumption_.counts->count(ResumeResult::refused_here);
    return xmpp::with_resumption_failed(edited ? std::string_view(*edited) : bytes);
}

void Relay::note_resume(ResumeResult result) {
    if (asked_ == nullptr) return;
    asked_.reset();
    resumption_.counts->count(result);
}

void Relay::note_resume_failed(xmpp::Element failed) {
    // Prosody's modules for SASL2 write a whole error into it.
    const auto error = failed.child("error", failed.namespace_uri());
    const auto says = [&](std::string_view condition) {
        return failed.child(condition, ns::kStanzaErrors) ||
               error.child(condition, ns::kStanzaErrors);
    };
    if (says("item-not-found"))
        note_resume(ResumeResult::not_found);
    else if (says("unexpected-request"))
        note_resume(ResumeResult::unexpected);
    else
        note_resume(ResumeResult::other_failure);
}

}  // namespace proxy
