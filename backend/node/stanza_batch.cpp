#include "backend/node/stanza_batch.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "backend/rules/plan.h"
#include "backend/rules/stanza_error.h"
#include "xmpp/markup.h"

namespace backend {
namespace {

/// Opens a stanza and asks `what` of it; its views die with the call.
template <class Value, class What>
std::optional<Value> with_stanza(std::string_view bytes, const What& what) {
    const xmpp::ElementReader reader(bytes);
    const auto stanza = open_stanza(bytes, reader.root());
    if (!stanza) return std::nullopt;
    return what(*stanza);
}

std::size_t place_of(const Store::Wanted& wanted, const std::vector<Store::Wanted>& all) {
    const auto is_same = [&wanted](const Store::Wanted& other) {
        return other.user == wanted.user && other.roster == wanted.roster &&
               other.blocks == wanted.blocks;
    };
    return static_cast<std::size_t>(std::find_if(all.begin(), all.end(), is_same) - all.begin());
}

/// Some clients have a prefix for jabber:client.
bool is_named(const Handle& handle, std::string_view name) {
    const std::string_view bytes = handle.bytes;
    const std::string_view full = bytes.substr(1, xmpp::name_end(bytes) - 1);
    return full.substr(full.find(':') + 1) == name;
}

bool is_message(const Handle& handle) {
    return is_named(handle, "message");
}

}  // namespace

bool StanzaBatch::take(Handle& stanza) {
    if (!stanzas_.empty() && (size() == kMost || !is_message(stanza) || !is_of_messages()))
        return false;
    auto wanted = with_stanza<Needs>(stanza.bytes, [this](const Stanza& opened) {
        return needs(opened, sender_, locality_.context());
    });
    if (!wanted) return false;
    stanzas_.push_back(std::move(stanza));
    asked_.push_back(std::move(*wanted));
    return true;
}

std::vector<Handle> StanzaBatch::cut(std::size_t count) {
    assert(count <= size());
    const auto from = stanzas_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Handle> others(std::make_move_iterator(from),
                               std::make_move_iterator(stanzas_.end()));
    stanzas_.erase(from, stanzas_.end());
    asked_.resize(count);
    return others;
}

void StanzaBatch::clear() {
    stanzas_ = {};
    asked_ = {};
    wanted_ = {};
    users_ = {};
    vcard_ = {};
}

bool StanzaBatch::is_of_messages() const {
    return is_message(first());
}

bool StanzaBatch::is_presence() const {
    return is_named(first(), "presence");
}

void StanzaBatch::ask() {
    wanted_.clear();
    users_.clear();
    vcard_.clear();
    // Messages in a row mostly go to the same user.
    for (const Needs& asked : asked_) {
        for (const Store::Wanted& wanted : asked.users) {
            if (place_of(wanted, wanted_) == wanted_.size()) wanted_.push_back(wanted);
        }
    }
}

void StanzaBatch::know(std::vector<KnownUser> users, Source source) {
    assert(users.size() == wanted_.size());
    users_ = std::move(users);
    source_ = source;
}

Plan StanzaBatch::plan_one(std::size_t index) const {
    Knowledge known{.asked = asked_[index], .users = {}, .vcard = vcard_};
    for (const Store::Wanted& wanted : known.asked.users) {
        const std::size_t place = place_of(wanted, wanted_);
        assert(place < users_.size());  // asked for it, and heard of all
        known.users.push_back(users_[place]);
    }
    auto made = with_stanza<Plan>(stanzas_[index].bytes, [&](const Stanza& stanza) {
        return backend::plan(stanza, sender_, known, locality_.context());
    });
    assert(made);  // take() has read it
    return *std::move(made);
}

StanzaBatch::Outcome StanzaBatch::plan() {
    Outcome outcome;
    if (is_recalled()) {
        for (std::size_t i = 0; i < wanted_.size(); ++i)
            outcome.writes.emplace_back(Unchanged{wanted_[i].user, users_[i]->routes_version, {}});
    }
    for (; outcome.planned < size(); ++outcome.planned) {
        Plan made = plan_one(outcome.planned);
        if (made.end || made.more) {
            if (outcome.planned > 0) break;
            if (made.more) asked_.front() = std::move(*made.more);
            return {
                .planned = 1, .is_unknown = !made.end, .end = made.end, .writes = {}, .route = {}};
        }
        outcome.route = std::move(made.route);
        std::move(made.writes.begin(), made.writes.end(), std::back_inserter(outcome.writes));
    }
    // What must be as it was read stands first (see Unchanged).
    std::stable_partition(outcome.writes.begin(), outcome.writes.end(), [](const Write& write) {
        return std::holds_alternative<Unchanged>(write);
    });
    return outcome;
}

std::vector<Write> StanzaBatch::refusal() const {
    std::vector<Write> writes;
    with_stanza<bool>(first().bytes, [&](const Stanza& stanza) {
        if (!may_be_refused(stanza)) return false;
        const std::string from = stanza.to ? stanza.to->full() : std::string();
        writes.emplace_back(
            Enqueue{sender_.session,
                    error_stanza(stanza.kind, stanza.id, from, sender_.jid.full(),
                                 {.condition = StanzaErrorCondition::service_unavailable})});
        return true;
    });
    return writes;
}

}  // namespace backend
