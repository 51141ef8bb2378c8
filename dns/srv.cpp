#include "dns/srv.h"

#include <algorithm>
#include <random>
#include <utility>

namespace dns {

namespace {

using Records = std::vector<SrvRecord>;

/// Puts the records of one priority, [first, last), into the order of their draw.
void draw(Records::iterator first, Records::iterator last, std::mt19937_64& random) {
    std::uint64_t sum = 0;
    for (auto record = first; record != last; ++record) sum += record->weight;

    for (; first != last; ++first) {
        const std::uint64_t mark = std::uniform_int_distribution<std::uint64_t>(0, sum)(random);
        std::uint64_t running = first->weight;
        auto picked = first;
        // The running sums end with `sum`, so the mark is reached before the end is.
        while (running < mark) running += (++picked)->weight;
        sum -= picked->weight;
        // Rotated, not swapped: records of weight 0 stay in front of those that are left.
        std::rotate(first, picked, picked + 1);
    }
}

}  // namespace

SrvSet make_srv_set(Records records) {
    const bool had_any = !records.empty();
    std::erase_if(records, [](const SrvRecord& record) { return record.target.empty(); });
    std::sort(records.begin(), records.end());
    records.erase(std::unique(records.begin(), records.end()), records.end());

    if (!records.empty()) return {Service::offered, std::move(records)};
    return {had_any ? Service::not_offered : Service::unknown, {}};
}

SrvSet merge(const SrvSet& starttls, const SrvSet& direct) {
    Records all = starttls.records;
    for (SrvRecord record : direct.records) {
        record.direct_tls = true;
        all.push_back(std::move(record));
    }
    SrvSet merged = make_srv_set(std::move(all));
    const bool is_refused =
        starttls.service == Service::not_offered || direct.service == Service::not_offered;
    if (merged.service == Service::unknown && is_refused) merged.service = Service::not_offered;
    return merged;
}

Records order_srv(Records records, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::stable_sort(records.begin(), records.end(), [](const auto& left, const auto& right) {
        return std::pair(left.priority, left.weight != 0) <
               std::pair(right.priority, right.weight != 0);
    });
    for (auto first = records.begin(); first != records.end();) {
        const auto last = std::find_if(first, records.end(), [&](const SrvRecord& record) {
            return record.priority != first->priority;
        });
        draw(first, last, random);
        first = last;
    }
    return records;
}

}  // namespace dns
