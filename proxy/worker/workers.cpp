#include "proxy/worker/workers.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace proxy {

Workers::~Workers() {
    pool_.stop();
    workers_.clear();
}

void Workers::make(const SharedByWorkers& shared, std::vector<WorkerSettings> settings) {
    for (unsigned i = 0; i < size(); ++i) {
        workers_.push_back(
            std::make_unique<Worker>(pool_.loop(i), i, shared, std::move(settings[i])));
    }
}

void Workers::tell(std::function<void(Worker&)> what) {
    pool_.post_to_all([this, what = std::move(what)](unsigned i) { what(*workers_[i]); });
}

template <class Answer>
void Workers::gather(std::function<Answer(Worker&)> ask,
                     std::function<void(std::vector<Answer>)> on_answers) {
    struct Gathered {
        std::vector<Answer> answers;
        std::function<void(std::vector<Answer>)> on_answers;
    };
    // Touched on the control loop only.
    auto gathered = std::make_shared<Gathered>();
    gathered->on_answers = std::move(on_answers);
    pool_.post_to_all([this, gathered, ask = std::move(ask)](unsigned i) {
        auto answer = std::make_shared<Answer>(ask(*workers_[i]));
        control_.post([this, gathered, answer] {
            gathered->answers.push_back(std::move(*answer));
            if (gathered->answers.size() == size())
                gathered->on_answers(std::move(gathered->answers));
        });
    });
}

void Workers::apply(std::vector<WorkerSettings> settings, std::function<void()> on_applied) {
    auto all = std::make_shared<std::vector<WorkerSettings>>(std::move(settings));
    gather<bool>(
        [all](Worker& worker) {
            worker.apply(std::move((*all)[worker.index()]));
            return true;
        },
        [on_applied = std::move(on_applied)](const std::vector<bool>&) { on_applied(); });
}

void Workers::when_all_turn(std::function<void()> on_all) {
    gather<bool>([](Worker&) { return true; },
                 [on_all = std::move(on_all)](const std::vector<bool>&) { on_all(); });
}

void Workers::route_by(const Routing& routing) {
    tell([routing](Worker& worker) { worker.route_by(routing); });
}

void Workers::set_ticket_keys(const std::shared_ptr<const core::TicketKeys>& keys) {
    tell([keys](Worker& worker) { worker.set_ticket_keys(keys); });
}

void Workers::set_resumption_tags(const ResumptionTagsPtr& tags) {
    tell([tags](Worker& worker) { worker.set_resumption_tags(tags); });
}

void Workers::shut_down(std::function<void()> on_empty) {
    auto left = std::make_shared<unsigned>(size());
    tell([this, left, on_empty = std::move(on_empty)](Worker& worker) {
        worker.shut_down([this, left, on_empty] {
            control_.post([left, on_empty] {
                if (--*left == 0) on_empty();
            });
        });
    });
}

void Workers::find_sessions(const SessionFilter& filter, std::size_t most,
                            std::function<void(FoundSessions)> on_found) {
    gather<FoundSessions>(
        [filter, most](Worker& worker) { return worker.find_sessions(filter, most); },
        [most, on_found = std::move(on_found)](std::vector<FoundSessions> found) {
            FoundSessions all;
            for (FoundSessions& each : found) {
                all.matching += each.matching;
                std::move(each.sessions.begin(), each.sessions.end(),
                          std::back_inserter(all.sessions));
            }
            // The oldest first, whichever worker has them.
            std::stable_sort(
                all.sessions.begin(), all.sessions.end(),
                [](const SessionFacts& a, const SessionFacts& b) { return a.age > b.age; });
            if (all.sessions.size() > most) all.sessions.resize(most);
            on_found(std::move(all));
        });
}

void Workers::kick(const SessionFilter& filter, std::function<void(std::uint64_t)> on_done) {
    gather<std::uint64_t>([filter](Worker& worker) { return worker.kick(filter); },
                          [on_done = std::move(on_done)](const std::vector<std::uint64_t>& each) {
                              std::uint64_t all = 0;
                              for (const std::uint64_t count : each) all += count;
                              on_done(all);
                          });
}

void Workers::evict(balancer::BackendId backend, std::chrono::milliseconds over,
                    bool resume_anywhere) {
    tell([=](Worker& worker) { worker.evict(backend, over, resume_anywhere); });
}

void Workers::end_eviction(balancer::BackendId backend) {
    tell([backend](Worker& worker) { worker.end_eviction(backend); });
}

void Workers::listening(std::function<void(std::vector<Worker::ListeningAt>)> on_all) {
    gather<std::vector<Worker::ListeningAt>>(
        [](Worker& worker) { return worker.listening(); },
        [on_all = std::move(on_all)](std::vector<std::vector<Worker::ListeningAt>> each) {
            std::vector<Worker::ListeningAt> all;
            for (auto& some : each) std::move(some.begin(), some.end(), std::back_inserter(all));
            on_all(std::move(all));
        });
}

void Workers::stop_listening() {
    tell([](Worker& worker) { worker.stop_listening(); });
}

void Workers::send_away(Worker::Leaving who, std::chrono::milliseconds over) {
    tell([=](Worker& worker) { worker.send_away(who, over); });
}

void Workers::left(std::function<void(Worker::Left)> on_all) {
    gather<Worker::Left>([](Worker& worker) { return worker.left(); },
                         [on_all = std::move(on_all)](const std::vector<Worker::Left>& each) {
                             Worker::Left all;
                             for (const Worker::Left& some : each) {
                                 all.sessions += some.sessions;
                                 all.resumable += some.resumable;
                                 all.is_web_busy = all.is_web_busy || some.is_web_busy;
                             }
                             on_all(all);
                         });
}

}  // namespace proxy
