#pragma once
// The stanzas of a session's client on their way into the store, one by one and in order (RFC 6120
// section 10.1). For each the queue reads what must be known, plans and commits before the next
// one; messages in a row are committed together. Owned by a node's session; loop thread only.
//
//   handle() -> waiting -> [needs -> read -> plan -> commit]  -> on_confirmed
//                                ^______stale, full______|
//
// For a message about recent users the queue does not read: it plans with what it knows of them,
// and the commit finds out whether that still holds.

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "backend/node/recent_users.h"
#include "backend/node/stanza_batch.h"
#include "backend/node/store_patience.h"
#include "backend/node/trim_pace.h"
#include "backend/store/store.h"
#include "backend/stream/stream_actions.h"
#include "core/alive.h"
#include "core/timer.h"

namespace backend {

/// Told from the loop. After the last three nothing more is done.
class StanzaQueueEvents {
public:
    /// So many stanzas are safe.
    virtual void on_confirmed(std::size_t count) = 0;
    /// Nothing waits any more.
    virtual void on_idle() = 0;
    /// The stream must end with this; the session is over.
    virtual void on_refused(xmpp::StreamErrorCondition condition) = 0;
    /// Somebody else owns the session.
    virtual void on_fenced() = 0;
    /// The store fails: what it has of the stanza it has, and the client may ask again with a
    /// resume.
    virtual void on_store_failed(StoreError error) = 0;

protected:
    ~StanzaQueueEvents() = default;
};

class StanzaQueue {
public:
    /// All that is given by reference outlives the queue.
    StanzaQueue(core::EventLoop& loop, Store& store, RecentUsers& recent_users,
                const Locality& locality, const Now& now, Sender sender, Epoch epoch,
                StanzaQueueEvents& events);

    /// Waits for begin(), so that what comes in one turn goes together.
    void handle(Handle stanza);
    /// Begins with what waits, unless something is under way.
    void begin() { go_on(); }
    /// Writes about the session itself, as one commit, in its turn; `on_done` hears whether they
    /// were committed.
    void write(std::vector<Write> writes, std::function<void(bool)> on_done);
    /// The client gets this stanza of the session's queue, so many bytes.
    void note_written(std::uint64_t number, std::size_t bytes) {
        trims_.note_written(number, bytes);
    }
    /// The client has what came up to this number; the store hears of it as TrimPace says.
    void trim(std::uint64_t up_to);

    /// What is to be trimmed is committed now; before the session is taken by somebody else.
    void flush() { commit_trim(); }
    bool is_idle() const { return waiting_.empty() && !is_busy_; }
    const Sender& sender() const { return sender_; }
    Epoch epoch() const { return epoch_; }

private:
    struct OwnWrites {
        std::vector<Write> writes;
        std::function<void(bool)> on_done;
    };
    using Item = std::variant<Handle, OwnWrites>;

    void go_on();
    void begin_stanzas();
    /// Only the first `count` of the batch now; the others wait again.
    void cut_batch(std::size_t count);
    void read();
    bool recall();
    void on_read(Store::Answer<std::vector<UserSnapshot>> answer);
    void on_reading_failed(StoreError why);
    void on_vcard(Store::Answer<std::string> answer);
    void decide();
    /// The stanza goes back to its sender instead.
    void refuse_batch();
    void commit(std::vector<Write> writes);
    void on_committed(const CommitOutcome& outcome);
    void on_full(const SessionRef& session);
    void pass_over(const SessionRef& session);
    void commit_own(OwnWrites own);
    void on_own_committed(const CommitOutcome& outcome, const std::optional<Route>& route,
                          const std::function<void(bool)>& on_done);
    void commit_trim();
    void on_trimmed(const CommitOutcome& outcome);
    void finish_batch();
    void go_on_or_idle();
    /// Or ends it all for this reason.
    void try_again(StorePatience::Pause pause, StoreError why = StoreError::full);
    void stop();
    /// `then`, unless all is over by the time the answer comes.
    template <class Then>
    auto answered(Then then);

    Store& store_;
    RecentUsers& recent_users_;
    const Now& now_;
    Sender sender_;
    Epoch epoch_;
    StanzaQueueEvents& events_;
    std::list<Item> waiting_;  // costs nothing while it is empty
    StanzaBatch batch_;
    std::optional<Route> new_route_;       // once the commit is done
    std::vector<SessionRef> passed_over_;  // full ones that a broadcast does not wait for any more
    TrimPace trims_;
    StorePatience patience_;
    bool has_vcard_ = false;  // or needs none
    bool is_busy_ = false;
    bool is_stopped_ = false;
    core::Timer later_;
    core::Timer trim_timer_;
    core::Alive alive_;  // answers may come after the end
};

}  // namespace backend
