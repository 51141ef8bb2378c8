#include "proxy/web/bosh_kept.h"

#include <algorithm>
#include <utility>

namespace proxy {

void BoshKept::keep(std::uint64_t rid, BoshEntity entity) {
    answers_.push_back({rid, std::move(entity)});
    while (answers_.size() > kMost || (answers_.size() > kLeast && bytes() > kSmallBytes))
        answers_.erase(answers_.begin());
}

std::size_t BoshKept::bytes() const {
    std::size_t sum = 0;
    for (const Kept& kept : answers_) sum += kept.entity.view().size();
    return sum;
}

const BoshEntity* BoshKept::find(std::uint64_t rid) const {
    const auto found = std::find_if(answers_.begin(), answers_.end(),
                                    [rid](const Kept& kept) { return kept.rid == rid; });
    return found == answers_.end() ? nullptr : &found->entity;
}

void BoshKept::forget_up_to(std::uint64_t rid) {
    std::erase_if(answers_, [rid](const Kept& kept) { return kept.rid <= rid; });
}

}  // namespace proxy
