#pragma once
// What the cluster remembers, as plain values: accounts, contacts, routes, sessions and their
// queues. Any thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/strong.h"

namespace backend {

/// Names a node in the store; as in its configuration.
using NodeName = core::Strong<struct NodeNameTag, std::string>;

/// Names a session and lets its owner resume it: the SM id (XEP-0198). Unguessable, never logged.
using SessionId = core::Secret<struct SessionIdTag>;

/// A session of a user. Every key of the store carries the bare JID, so the key space can be split
/// by user.
struct SessionRef {
    std::string user;  // prepared bare JID
    SessionId id;
    friend bool operator==(const SessionRef&, const SessionRef&) = default;
};

/// Something that only the nodes of a cluster know.
using SharedSecret = core::Secret<struct SharedSecretTag>;

/// Counts the owners of a session: each take-over makes it one more, and a node that acts under an
/// older one is refused (fenced).
using Epoch = std::uint64_t;

/// What proves a password without being one (RFC 5802 section 3); for one hash.
struct ScramKeys {
    std::string salt;  // raw bytes
    std::uint32_t iterations = 0;
    core::Secret<struct StoredKeyTag> stored_key;
    core::Secret<struct ServerKeyTag> server_key;
    friend bool operator==(const ScramKeys&, const ScramKeys&) = default;
};

struct Account {
    std::string user;  // prepared bare JID
    ScramKeys sha1;
    ScramKeys sha256;
};

/// RFC 6121 section 2.1.2.5; the rest of the state of a subscription stands beside it.
enum class Subscription : std::uint8_t { none, to, from, both };

struct RosterItem {
    std::string jid;  // prepared, of the contact
    std::string name;
    std::vector<std::string> groups;
    Subscription subscription = Subscription::none;
    bool ask = false;              // we have asked for the contact's presence (pending out)
    bool approved = false;         // approved before asked (RFC 6121 section 3.4)
    std::string pending_in;        // the contact's `subscribe` as it came; empty: none
    bool is_listed = true;         // false: here for pending_in alone, not part of the roster
    std::uint64_t changed_at = 0;  // roster version of the last change
    friend bool operator==(const RosterItem&, const RosterItem&) = default;
};

struct Roster {
    std::uint64_t version = 0;  // one more with every PutRosterItem and RemoveRosterItem
    std::vector<RosterItem> items;
};

/// A bound resource, as senders to its user see it.
struct Route {
    std::string resource;
    SessionId session;
    NodeName node;
    /// None before the first available presence and after an unavailable one.
    std::optional<std::int8_t> priority;
    std::string presence;       // the last available presence broadcast, whole, `from` included
    bool wants_roster = false;  // has asked for the roster: gets pushes (RFC 6121 section 2.1.6)
    bool wants_blocks = false;  // has asked for the block list (XEP-0191)
    bool carbons = false;       // XEP-0280
    std::vector<std::string> directed;  // full or bare JIDs with directed presence to take back
    friend bool operator==(const Route&, const Route&) = default;
};

/// What is known of a user, as far as it was asked for.
struct UserSnapshot {
    bool exists = false;
    std::uint64_t routes_version = 0;  // changes whenever a route or the block list does
    std::vector<Route> routes;
    Roster roster;                    // if wanted
    std::vector<std::string> blocks;  // prepared JIDs (XEP-0191)
};

/// What was read of a user, for all that plan with it.
using KnownUser = std::shared_ptr<const UserSnapshot>;

/// A stanza in the order in which its session's client gets it.
struct QueuedStanza {
    std::uint64_t number = 0;  // from 1, without gaps, over the whole life of the session
    std::string bytes;         // one whole element, jabber:client by default
};

/// A session as the store keeps it.
struct SessionRecord {
    SessionRef ref;
    std::string resource;
    NodeName owner;
    Epoch epoch = 0;
    bool has_sm = false;        // stream management is on
    bool is_resumable = false;  // and a lost stream can be resumed
    std::chrono::seconds resume_time{0};
    std::uint64_t counted_from = 0;  // stanzas up to this number came before <enabled/>
    std::uint64_t trimmed = 0;       // and up to this one its client has them
    std::uint32_t handled = 0;       // of the client's stanzas, modulo 2^32
    bool is_inactive = false;        // XEP-0352
    Route route;
};

}  // namespace backend
