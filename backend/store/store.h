#pragma once
// The state that all nodes of a cluster share, as an interface: one object per node, its node's
// loop thread only. What is asked in one turn of the loop travels together; answers come from the
// loop, later, in the order of asking, each exactly once while the store lives. Engines:
// store/sqlite/store (embedded, for the processes of one machine) and store/redis/store (several
// machines).
//
// How a stanza stays safe: what follows from it - copies in other sessions' queues, offline
// messages, a changed roster - is one commit, together with the sender's new count of handled
// stanzas. It happens whole or not at all, and only when it has been confirmed may `<a h>` cover
// the stanza (XEP-0198). A session's queue is in the store until its client has acknowledged it, so
// any node can go on with the session.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "backend/store/records.h"

namespace backend {

/// Why the store did not do what it was asked, or cannot say that it did.
enum class StoreError : std::uint8_t {
    unavailable,  // no answer in time: it may have been done or not
    not_asked,    // not reached in time, or too much waits already: it can be asked again
    full,         // no space, or read-only
    broken,       // an answer that makes no sense; damaged data
};
std::string_view to_string(StoreError error);
/// Only the store knows what became of it. False: nothing of it was done.
constexpr bool is_in_doubt(StoreError error) {
    return error == StoreError::unavailable || error == StoreError::broken;
}
/// What an operator can do about it, for a line of the log.
std::string_view remedy_of(StoreError error);

// --- one commit ---------------------------------------------------------------------------------

/// Does nothing itself: the commit is Stale unless all that is given here is as it was read. Stands
/// before the other writes, so its versions are those from before the commit. Presence, rosters and
/// subscriptions need it: two users who come online at once would each find the other offline.
struct Unchanged {
    std::string user;
    std::optional<std::uint64_t> routes_version;  // UserSnapshot::routes_version
    std::optional<std::uint64_t> roster_version;  // Roster::version
};
/// Appends to a session's queue and tells its owner. The session must be there.
struct Enqueue {
    SessionRef to;
    std::string stanza;
};
/// Appends to a user's offline messages; the routes must be as they were read (`routes_version`),
/// so that no message goes there behind the back of a session that just began. The account must be
/// there (Stale), and its offline messages are bounded like a queue (QueueFull without session id).
struct StoreOffline {
    std::string user;
    std::uint64_t routes_version = 0;
    std::string stanza;
};
/// All offline messages of the session's user to the end of the session's queue, in order, whatever
/// is in the queue already.
struct MoveOffline {};
/// What the session's client has acknowledged (or what was written, without stream management).
struct Trim {
    std::uint64_t up_to = 0;  // QueuedStanza::number
};
/// The session's route as others shall see it from now on.
struct PutRoute {
    Route route;
};
/// Stream management begins.
struct EnableSm {
    bool is_resumable = false;
    std::chrono::seconds resume_time{0};
    /// The last number that goes to the client before <enabled/>: what comes behind it is counted.
    /// None: all that is in the queue now.
    std::optional<std::uint64_t> after = {};
};
struct SetInactive {
    bool is_inactive = false;
};
/// The client is gone; the session can be resumed for its resume time.
struct Detach {};
/// What this commit appends to the session's own queue is its welcome: the presence of all
/// contacts, its offline messages. No bound refuses it, and until its client has it all, it does
/// not count for the bound of the queue. A second one before that is bounded like everything else.
struct Welcome {};
/// Route, queue and record go. Whoever commits this has taken care of what was in the queue.
struct CloseSession {
    /// The last number that was taken care of; the commit is Stale if the queue goes on behind it.
    /// None: whatever is there.
    std::optional<std::uint64_t> last;
};
struct PutRosterItem {
    std::string user;
    RosterItem item;  // changed_at is the store's to set
};
struct RemoveRosterItem {
    std::string user;
    std::string jid;
};
struct PutBlocks {
    std::string user;
    std::vector<std::string> jids;
};
struct PutVcard {
    std::string user;
    std::string bytes;  // the <vCard/> element; empty removes it
};
/// The session of this user is to end: its owner hears of it (StoreEvents::on_must_end). If no
/// owner lives, its resume time is over now. A session that is gone already is no mistake.
struct EndOther {
    SessionRef session;
    std::string_view condition;  // of the stream error, static text
};

using Write = std::variant<Enqueue, StoreOffline, MoveOffline, Trim, PutRoute, EnableSm,
                           SetInactive, Detach, CloseSession, PutRosterItem, RemoveRosterItem,
                           PutBlocks, PutVcard, EndOther, Unchanged, Welcome>;

/// Writes in order, all or none, on behalf of a session that the caller still owns. Trim, PutRoute,
/// MoveOffline, EnableSm, SetInactive, Detach, Welcome and CloseSession are about that session.
struct Commit {
    SessionRef session;
    Epoch epoch = 0;
    std::optional<std::uint32_t> handled;  // the session's new count, if it changes
    std::vector<Write> writes;
};

/// Nothing was done: somebody else owns the session now, or it is gone.
struct Fenced {};
/// Nothing was done: what was read is no longer so (a session is gone, routes have changed). Read
/// again, plan again.
struct Stale {};
/// Nothing was done: the queue of this session (or, without session id, the offline messages of
/// this user) would hold more than kQueueStanzas or kQueueBytes.
struct QueueFull {
    SessionRef session;
};
struct Done {
    std::uint64_t roster_version = 0;  // of the last PutRosterItem or RemoveRosterItem, else 0
};
using CommitOutcome = std::variant<Done, Fenced, Stale, QueueFull, StoreError>;

// --- sessions -----------------------------------------------------------------------------------

/// A session with all that its new owner needs to go on.
struct TakenSession {
    SessionRecord record;             // with the new epoch
    std::vector<QueuedStanza> queue;  // all that is not trimmed
};
enum class TakeFailure : std::uint8_t { not_found, store };
/// Why a session is taken. Its client may take it at any time, on any node; a node that ends it
/// gets it only when its resume time is over.
enum class TakeReason : std::uint8_t { resume, expire };

// --- what a node hears --------------------------------------------------------------------------

/// Called from the node's loop. Sessions are named by ref and epoch; an epoch that is not the
/// node's own copy's is old news.
class StoreEvents {
public:
    /// Committed to the queue of a session that this node owns, in order, without gaps.
    virtual void on_queued(const SessionRef& session, Epoch epoch,
                           std::vector<QueuedStanza> stanzas) = 0;
    /// Another node (or another stream here) owns the session now; the copy must close with
    /// `conflict`.
    virtual void on_taken(const SessionRef& session, Epoch old_epoch) = 0;
    /// As EndOther says.
    virtual void on_must_end(const SessionRef& session, std::string_view condition) = 0;

protected:
    ~StoreEvents() = default;
};

class Store {
public:
    virtual ~Store() = default;

    /// How many stanzas, and bytes, a session's queue may hold.
    static constexpr std::size_t kQueueStanzas = 2'000;
    static constexpr std::size_t kQueueBytes = 2 * 1024 * 1024;

    template <class Value>
    using On = std::function<void(Value)>;
    template <class Value>
    using Answer = std::variant<Value, StoreError>;

    // Accounts.
    virtual void find_account(std::string user, On<Answer<std::optional<Account>>> on_found) = 0;
    virtual void put_account(Account account, On<Answer<Done>> on_done) = 0;
    /// The account and all data of the user. Its sessions must end (EndOther); they go on until
    /// their owners close them, and are not resumable any more. False: there was no such account.
    virtual void remove_account(std::string user, On<Answer<bool>> on_removed) = 0;
    virtual void list_accounts(On<Answer<std::vector<std::string>>> on_listed) = 0;

    // Reading.
    struct Wanted {
        std::string user;
        bool roster = false;
        bool blocks = true;
    };
    /// All of them as of one moment; in the order of asking.
    virtual void read_users(std::vector<Wanted> users,
                            On<Answer<std::vector<UserSnapshot>>> on_read) = 0;
    virtual void read_vcard(std::string user, On<Answer<std::string>> on_read) = 0;

    // Sessions.
    /// A new session with epoch 1 and an empty queue, owned by this node; its route is there at
    /// once, without priority. Its resource must be free and its account there: else Stale.
    virtual void open_session(SessionRef session, std::string resource,
                              On<CommitOutcome> on_opened) = 0;
    virtual void take_session(SessionRef session, TakeReason reason,
                              On<std::variant<TakenSession, TakeFailure>> on_taken) = 0;
    virtual void commit(Commit commit, On<CommitOutcome> on_done) = 0;

    /// Something secret that all nodes of the cluster share for ever: what is kept under this name,
    /// or `fresh`, which is kept from now on.
    virtual void share_secret(std::string name, SharedSecret fresh,
                              On<Answer<SharedSecret>> on_shared) = 0;

    // Nodes.
    /// This node lives; to be said every kLeaseTime / 4. Sessions of a node whose lease is over are
    /// detached (those that cannot be resumed have expired at once). A node that starts again under
    /// its name is another node: it owns nothing of what it owned in its former life.
    virtual void renew_lease(On<Answer<Done>> on_done) = 0;
    static constexpr std::chrono::milliseconds kLeaseTime{4'000};
    /// Some sessions whose resume time is over, for this node to end.
    virtual void find_expired(std::size_t most, On<Answer<std::vector<SessionRef>>> on_found) = 0;

    /// Since when an answer is missing while no other one has come; none: it answers. To give up a
    /// request is no answer.
    virtual std::optional<std::chrono::steady_clock::time_point> silent_since() const = 0;
    /// What is known of a silent store, in words for the log; may be empty.
    virtual std::string about_silence() const = 0;
};

}  // namespace backend
