// Places are kept: what a record becomes stands where its entry stands in the file.

#include "balancer/srv_members.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "balancer/member_state.h"

namespace balancer {
namespace {

constexpr std::uint32_t kLargestScale = 100;

/// What makes two backends the same one.
using Target = std::tuple<std::string, std::uint16_t, bool>;

Target target_of(const conf::Backend& backend) {
    return {backend.host, backend.port, backend.tls == conf::BackendTls::direct};
}

const std::vector<dns::SrvRecord>* records_of(const conf::Backend& entry,
                                              const KnownServices& known) {
    const auto found = known.find(entry.srv);
    return found == known.end() ? nullptr : &found->second.records;
}

/// One factor for all that DNS says of the pool, so that shares stay as they are.
std::uint32_t scale_of(const conf::Pool& pool, const KnownServices& known) {
    std::uint32_t largest = 1;
    for (const conf::Backend& entry : pool.backends) {
        const auto* records = records_of(entry, known);
        if (entry.srv.empty() || records == nullptr) continue;
        for (const dns::SrvRecord& record : *records)
            largest = std::max<std::uint32_t>(largest, record.weight);
    }
    return std::min(kMaxWeight / largest, kLargestScale);
}

conf::Backend backend_of(const conf::Backend& entry, const dns::SrvRecord& record) {
    conf::Backend backend = entry;
    backend.srv.clear();
    backend.host = record.target;
    backend.port = record.port;
    backend.priority = record.priority;
    backend.name = record.target + ":" + std::to_string(record.port);
    if (record.direct_tls) {
        backend.name += "+tls";
        backend.tls = conf::BackendTls::direct;
    }
    return backend;
}

}  // namespace

conf::Pool with_services(const conf::Pool& pool, const KnownServices& known) {
    const std::uint32_t scale = scale_of(pool, known);
    std::set<Target> targets;
    std::set<std::string> names;
    for (const conf::Backend& entry : pool.backends) {
        if (!entry.srv.empty()) continue;
        targets.insert(target_of(entry));
        names.insert(entry.name);
    }
    conf::Pool whole = pool;
    whole.backends.clear();
    for (const conf::Backend& entry : pool.backends) {
        if (entry.srv.empty()) {
            whole.backends.push_back(entry);
            continue;
        }
        const auto* records = records_of(entry, known);
        if (records == nullptr) continue;
        for (const dns::SrvRecord& record : *records) {
            conf::Backend backend = backend_of(entry, record);
            if (pool.srv_weight == conf::SrvWeight::dns)
                backend.weight = std::max<std::uint32_t>(record.weight * scale, 1);
            // One name is one backend, too: a file may have given this name to another address.
            if (targets.insert(target_of(backend)).second && names.insert(backend.name).second)
                whole.backends.push_back(std::move(backend));
        }
    }
    return whole;
}

}  // namespace balancer
