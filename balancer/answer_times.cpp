// A moving average: each answer counts for an eighth, so some twenty make a former pace forgotten.

#include "balancer/answer_times.h"

#include <algorithm>

namespace balancer {

void AnswerTimes::note_answer(BackendId backend, Duration took) {
    took = std::clamp<Duration>(took, Duration::zero(), kLongestUsual);
    const auto [entry, is_first] = usual_.try_emplace(backend, took);
    if (is_first) return;
    entry->second = (entry->second * kFormerAnswers + took) / (kFormerAnswers + 1);
}

AnswerTimes::Milliseconds AnswerTimes::moment(BackendId backend, bool hurried) const {
    const auto entry = usual_.find(backend);
    if (entry == usual_.end()) return hurried ? kShortestMoment : kUnknownMoment;
    return std::max(std::chrono::ceil<Milliseconds>(entry->second * kPatience),
                    hurried ? kHurriedMoment : kShortestMoment);
}

}  // namespace balancer
