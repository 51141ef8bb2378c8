#include "dns/srv.h"

#include <algorithm>
#include <utility>

namespace dns {

namespace {

using Records = std::vector<SrvRecord>;

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

}  // namespace dns
