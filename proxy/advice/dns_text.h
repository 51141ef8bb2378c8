#pragma once
// What has to be published for a domain, as a zone file can hold it: records, and in comments what
// is wrong now. Pure; any thread.

#include <string>

#include "proxy/advice/dns_records.h"

namespace proxy {

/// What web clients are told of where to connect (XEP-0156), in both of its forms; both empty:
/// nothing is served over the web.
struct HostMeta {
    std::string xrd;
    std::string json;
};

/// Lines of at most 80 columns, where names allow it.
std::string records_text(const DomainRecords& records, const HostMeta& host_meta);

}  // namespace proxy
