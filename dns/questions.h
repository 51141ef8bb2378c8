#pragma once
// Callers that wait for answers of DNS: joins a cache to the room that asks. One question per name
// is under way, however many callers wait for it. Loop thread only.

#include <cassert>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/alive.h"
#include "core/event_loop.h"
#include "core/timer.h"
#include "dns/cache.h"

namespace dns {

/// How long callers wait for a new answer when an older one is at hand; then they get the older
/// one. A name whose last question failed has no such wait: callers get the old answer at once,
/// while DNS is asked again.
inline constexpr std::chrono::milliseconds kPatience{500};

/// Tells the time by which answers age; tests bring their own.
using Now = std::function<core::TimePoint()>;

template <class Answer>
class Questions {
public:
    using OnKnown = std::function<void(const Known<Answer>&)>;
    /// Performs one question; `keep` or `fail` must follow, at once or later.
    using Perform = std::function<void(const std::string& name)>;

    Questions(core::EventLoop& loop, Perform perform, Now now)
        : loop_(loop), perform_(std::move(perform)), now_(std::move(now)) {}
    Questions(const Questions&) = delete;
    Questions& operator=(const Questions&) = delete;

    /// A question that waits; destroyed means that nobody wants the answer any more.
    class Query {
    public:
        ~Query() {
            if (owner_ != nullptr) owner_->forget(*this);
        }

    private:
        friend class Questions;
        Questions* owner_ = nullptr;  // until it has been told
        std::string name_;
        OnKnown on_known_;
    };

    /// `on_known` comes once, from the loop, never from within this call; it may destroy the query.
    std::unique_ptr<Query> ask(const std::string& name, OnKnown on_known) {
        assert(loop_.is_own_thread());
        std::unique_ptr<Query> query(new Query);
        query->owner_ = this;
        query->name_ = name;
        query->on_known_ = std::move(on_known);
        open_[name].waiting.push_back(query.get());
        loop_.post(alive_.guarded([this, name] { settle(name); }));
        return query;
    }

    bool knows(const std::string& name) const { return cache_.find(name) != nullptr; }
    /// What somebody else knows. Callers get it after kPatience at the latest.
    void hear(const std::string& name, Answer answer) { cache_.hear(name, std::move(answer)); }

    void keep(const std::string& name, Answer answer, std::chrono::seconds ttl) {
        cache_.keep(name, std::move(answer), ttl, now_());
        end(name);
    }

    void fail(const std::string& name, Problem problem) {
        cache_.fail(name, problem, now_());
        end(name);
    }

private:
    struct Open {
        std::vector<Query*> waiting;
        bool is_asked = false;
        std::unique_ptr<core::Timer> patience;
    };

    void settle(const std::string& name) {
        const auto at = open_.find(name);
        if (at == open_.end()) return;
        Open& open = at->second;
        if (cache_.is_fresh(name, now_())) {
            tell(name);
        } else if (open.is_asked) {
            tell_stale(name);
        } else if (!open.waiting.empty()) {
            open.is_asked = true;
            start_patience(name, open);
            perform_(name);
            tell_stale(name);
        }
        tidy(name);
    }

    void start_patience(const std::string& name, Open& open) {
        const Known<Answer>* known = cache_.find(name);
        if (known == nullptr || !known->answer) return;
        open.patience = std::make_unique<core::Timer>(loop_, [this, name] {
            cache_.mark_stale(name, Problem::slow);
            tell(name);
        });
        open.patience->start(kPatience);
    }

    void tell_stale(const std::string& name) {
        const Known<Answer>* known = cache_.find(name);
        if (known != nullptr && known->is_stale()) tell(name);
    }

    void end(const std::string& name) {
        open_[name].is_asked = false;
        open_[name].patience.reset();
        tell(name);
        tidy(name);
    }

    /// One at a time, for a callback may end other queries; and no more than wait now, for it may
    /// ask anew.
    void tell(const std::string& name) {
        for (std::size_t left = open_[name].waiting.size(); left > 0; --left) {
            std::vector<Query*>& waiting = open_[name].waiting;
            if (waiting.empty()) return;
            Query* query = waiting.front();
            waiting.erase(waiting.begin());
            query->owner_ = nullptr;
            const OnKnown on_known = std::move(query->on_known_);
            const Known<Answer>* known = cache_.find(name);
            on_known(known != nullptr ? *known : Known<Answer>{});
        }
    }

    void forget(const Query& query) {
        std::erase(open_[query.name_].waiting, &query);
        tidy(query.name_);
    }

    /// Nothing is kept of a name that is neither asked nor waited for.
    void tidy(const std::string& name) {
        const auto at = open_.find(name);
        if (at != open_.end() && !at->second.is_asked && at->second.waiting.empty()) {
            open_.erase(at);
        }
    }

    core::EventLoop& loop_;
    Perform perform_;
    Now now_;
    Cache<Answer> cache_;
    std::map<std::string, Open> open_;
    core::Alive alive_;
};

}  // namespace dns
