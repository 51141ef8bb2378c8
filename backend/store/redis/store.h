#pragma once
// The store on a Redis that several machines share. Requests go over one connection, in order and
// pipelined; what happens to the node's sessions comes over a second one, which listens to the
// node's channel. A channel keeps nothing while the node is away: after each return, and whenever
// numbers have a gap, the store reads the tails of the queues. The node's loop only.

#include <map>
#include <memory>
#include <string>

#include "backend/store/redis/address.h"
#include "backend/store/redis/commit.h"
#include "backend/store/redis/pipeline.h"
#include "backend/store/redis/watch.h"
#include "backend/store/store.h"
#include "core/event_loop.h"
#include "core/result.h"

namespace backend {

class RedisSubscriber;

class RedisStore final : public Store {
public:
    /// `on_started` comes once: the store is there, or a sentence why this Redis must not be used
    /// (wrong password, keys may be evicted, a replica). While it is not reached nothing comes.
    /// What is asked before waits like during any other outage. `events` is called until the store
    /// dies.
    RedisStore(core::EventLoop& loop, RedisAddress address, NodeName node, StoreEvents& events,
               RedisPipeline::OnStarted on_started, RedisPipeline::Limits limits = {});
    ~RedisStore() override;

    void find_account(std::string user, On<Answer<std::optional<Account>>> on_found) override;
    void put_account(Account account, On<Answer<Done>> on_done) override;
    void remove_account(std::string user, On<Answer<bool>> on_removed) override;
    void list_accounts(On<Answer<std::vector<std::string>>> on_listed) override;
    void read_users(std::vector<Wanted> users,
                    On<Answer<std::vector<UserSnapshot>>> on_read) override;
    void read_vcard(std::string user, On<Answer<std::string>> on_read) override;
    void open_session(SessionRef session, std::string resource,
                      On<CommitOutcome> on_opened) override;
    void take_session(SessionRef session, TakeReason reason,
                      On<std::variant<TakenSession, TakeFailure>> on_taken) override;
    void commit(Commit commit, On<CommitOutcome> on_done) override;
    void share_secret(std::string name, SharedSecret fresh,
                      On<Answer<SharedSecret>> on_shared) override;
    void renew_lease(On<Answer<Done>> on_done) override;
    void find_expired(std::size_t most, On<Answer<std::vector<SessionRef>>> on_found) override;
    std::optional<core::TimePoint> silent_since() const override {
        return pipeline_.silence().since();
    }
    std::string about_silence() const override { return to_string(address_); }

private:
    using Again = RedisPipeline::Again;
    using Reply = RedisPipeline::Reply;

    /// A taking of a session that may have been done.
    struct Unsettled {
        SessionRef session;
        std::string name;  // of the request
    };

    /// EVALSHA with keys and arguments.
    void run(const std::string& sha, RedisArguments keys, RedisArguments arguments, Again again,
             RedisPipeline::OnReply on_reply);
    void ask_to_take(const SessionRef& session, const std::string& name, std::string_view reason,
                     RedisPipeline::OnReply on_reply);
    /// The name of a taking that nobody has answered, to say it again; a new one if there is none.
    std::string name_to_take(const SessionRef& session);
    /// Sessions that we may have got although nobody has said so: they wait for their clients
    /// again.
    void settle_takes();
    void settle(const Unsettled& unsettled);
    void look();
    void on_looked(const std::vector<RedisWatch::Look>& looks, const Reply& reply);
    /// A name for a request that Redis recognizes when it comes again.
    std::string next_name();

    const RedisAddress address_;
    const RedisAsker asker_;
    RedisWatch watch_;
    std::uint64_t last_commit_ = 0;  // number of the last one asked
    std::uint64_t answered_ = 0;     // and of the last one answered
    std::multimap<SessionId, Unsettled> unsettled_;
    std::uint64_t named_ = 0;
    RedisPipeline pipeline_;
    std::unique_ptr<RedisSubscriber> subscriber_;
};

}  // namespace backend
