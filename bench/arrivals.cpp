#include "bench/arrivals.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <deque>
#include <exception>
#include <memory>
#include <string_view>
#include <vector>

namespace bench {
namespace {

using namespace std::literals;
using Milliseconds = std::chrono::duration<double, std::milli>;

class Arrivals {
public:
    Arrivals(const LoadOptions& options, LoadContext& context)
        : patience_(options.patience), context_(context) {}

    /// One client each `gap` until `end`.
    void come(Clock::duration gap, Clock::time_point end) {
        for (auto next = end_of_last_; next < end; next += gap) {
            while (Clock::now() < next) turn(next);
            begin();
        }
        end_of_last_ = end;
        while (Clock::now() < end) turn(end);
    }

    /// Until each has been served, was refused or has given up.
    void finish() {
        while (!waiting_.empty()) turn(Clock::now() + 100ms);
    }

    std::size_t count() const { return attempts_.size(); }
    void print() const {
        for (const Attempt& each : attempts_) {
            std::printf("attempt %.0f %.0f %.*s\n", Milliseconds(each.begun - start_).count(),
                        Milliseconds(each.over - each.begun).count(),
                        static_cast<int>(each.outcome.size()), each.outcome.data());
        }
    }

private:
    struct Attempt {
        Clock::time_point begun;
        Clock::time_point over;
        std::string_view outcome;
    };
    struct Place {
        std::unique_ptr<LoadSession> session;
        std::size_t attempt = 0;
    };

    void begin() {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(places_.size()));
            places_.emplace_back();
        }
        const std::uint32_t number = free_.back();
        attempts_.push_back({.begun = Clock::now(), .over = {}, .outcome = {}});
        places_[number].attempt = attempts_.size() - 1;
        try {
            places_[number].session = std::make_unique<LoadSession>(context_, number);
        } catch (const std::exception&) {
            return settle(attempts_.back(), "refused");
        }
        free_.pop_back();
        waiting_.push_back({attempts_.size() - 1, number});
    }

    void turn(Clock::time_point until) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
        for (const epoll_event& event :
             context_.poller->wait(std::clamp<std::chrono::milliseconds>(left, 0ms, 100ms)))
            on_ready(static_cast<std::uint32_t>(event.data.u64));
        // In the order of their beginning, so those at the front wait longest.
        const auto now = Clock::now();
        while (!waiting_.empty() && is_done_with(waiting_.front(), now)) waiting_.pop_front();
    }

    void on_ready(std::uint32_t number) {
        Place& place = places_[number];
        if (!place.session) return;  // left within this turn
        const bool was_in = place.session->step() >= LoadSession::Step::ready;
        try {
            place.session->on_ready();
            if (!was_in && place.session->step() == LoadSession::Step::ready) {
                settle(attempts_[place.attempt], "in");
                place.session->end();
            }
        } catch (const std::exception&) {
            if (!was_in) settle(attempts_[place.attempt], "refused");
            return leave(number);
        }
        if (place.session->step() == LoadSession::Step::over) leave(number);
    }

    struct Waiting {
        std::size_t attempt;
        std::uint32_t place;
    };

    bool is_done_with(const Waiting& one, Clock::time_point now) {
        const Place& place = places_[one.place];
        if (!place.session || place.attempt != one.attempt) return true;
        Attempt& attempt = attempts_[one.attempt];
        if (now - attempt.begun < patience_) return false;
        if (attempt.outcome.empty()) settle(attempt, "gave-up");
        leave(one.place);
        return true;
    }

    static void settle(Attempt& attempt, std::string_view outcome) {
        attempt.over = Clock::now();
        attempt.outcome = outcome;
    }

    void leave(std::uint32_t number) {
        places_[number].session.reset();
        free_.push_back(number);
    }

    const std::chrono::seconds patience_;
    LoadContext& context_;
    const Clock::time_point start_ = Clock::now();
    Clock::time_point end_of_last_ = start_;
    std::vector<Attempt> attempts_;
    std::vector<Place> places_;        // by the number that the poller reports
    std::vector<std::uint32_t> free_;  // places
    std::deque<Waiting> waiting_;
};

}  // namespace

void run_arrivals(const LoadOptions& options, LoadContext& context) {
    std::signal(SIGPIPE, SIG_IGN);  // who is refused may be closed before it has said anything
    Arrivals arrivals(options, context);
    auto end = Clock::now();
    for (const LoadPhase& phase : options.phases) {
        end += std::chrono::seconds(phase.seconds);
        arrivals.come(std::chrono::duration_cast<Clock::duration>(1s) / phase.rate, end);
    }
    arrivals.finish();
    arrivals.print();
    std::printf("done attempts=%zu\n", arrivals.count());
}

}  // namespace bench
