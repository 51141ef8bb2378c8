#pragma once
// Stanzas of one session that go into the store with one commit: messages in a row, or one of
// another kind. Gathers what must be known for them and makes one plan for all. Pure: its owner
// reads and commits. Any thread.
//
//   take()... -> ask() -> know() -> plan() -> commit
//                  ^_____ is_unknown, cut() and try again

#include <cassert>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "backend/node/departure.h"
#include "backend/rules/plan_values.h"
#include "backend/stream/stream_actions.h"

namespace backend {

class StanzaBatch {
public:
    static constexpr std::size_t kMost = 32;

    /// Both outlive the batch.
    StanzaBatch(const Sender& sender, const Locality& locality)
        : sender_(sender), locality_(locality) {}

    /// False: the stanza does not fit with those in the batch, or, if the batch is empty, it is no
    /// stanza. It stays where it is.
    bool take(Handle& stanza);
    /// Keeps the first `count`; the others come back in order.
    std::vector<Handle> cut(std::size_t count);
    /// Keeps nothing, no memory either.
    void clear();

    std::size_t size() const { return stanzas_.size(); }
    /// These and the questions below are for a batch that holds something.
    const Handle& first() const {
        assert(size() > 0);
        return stanzas_.front();
    }
    const Handle& last() const {
        assert(size() > 0);
        return stanzas_.back();
    }
    bool is_of_messages() const;
    bool is_presence() const;

    /// Begins anew to gather knowledge. What it needs is then in wanted(), each user once, and in
    /// vcard_of().
    void ask();
    const std::vector<Store::Wanted>& wanted() const { return wanted_; }
    const std::optional<std::string>& vcard_of() const {
        assert(size() > 0);
        return asked_.front().vcard_of;
    }

    /// In the order of wanted(). Recalled: not read for this batch, so the commit has to check it.
    enum class Source : std::uint8_t { read, recalled };
    void know(std::vector<KnownUser> users, Source source);
    void know_vcard(std::string vcard) { vcard_ = std::move(vcard); }
    bool is_recalled() const { return source_ == Source::recalled; }

    struct Outcome {
        /// How many of them are in the plan; cut() off the others.
        std::size_t planned = 0;
        /// More has to be known: ask() again. There are no writes then.
        bool is_unknown = false;
        std::optional<xmpp::StreamErrorCondition> end;  // the stream must end; no writes either
        std::vector<Write> writes;
        std::optional<Route> route;  // the sender's own, when it changes
    };
    Outcome plan();
    /// The plan when there is no room for the first stanza: it goes back to its sender (XEP-0160
    /// section 3), if stanzas of its kind do.
    std::vector<Write> refusal() const;

private:
    Plan plan_one(std::size_t index) const;

    const Sender& sender_;
    const Locality& locality_;
    std::vector<Handle> stanzas_;
    std::vector<Needs> asked_;           // by stanza
    std::vector<Store::Wanted> wanted_;  // by all of them
    std::vector<KnownUser> users_;       // as wanted_
    std::string vcard_;
    Source source_ = Source::read;
};

}  // namespace backend
