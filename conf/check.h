#pragma once
// Rules that span fields, and what the file system says about them. Both add to what the reader
// found; they are quiet about fields that it could not read. One examination, one thread.

#include <cstddef>
#include <cstdint>
#include <string>

#include "conf/config.h"
#include "conf/findings.h"

namespace conf {

/// Names that must fit together: domains and pools, listeners, backends, limits. Pure.
void check_fields(const Config& config, Findings& findings);
/// The part of it that speaks of pools, their health and their backends.
void check_pools(const Config& config, Findings& findings);
/// The part of it that speaks of [limits.address].
void check_address_limits(const Config& config, Findings& findings);
/// The part of it that speaks of the web front, and of the listeners' keys that are for it.
void check_web(const Config& config, Findings& findings);

/// Whether the check judges the folders of certificates, or leaves them to a reader that takes them
/// one by one: a running process does not refuse its file because of one folder.
enum class KeyFolders : std::uint8_t { judged, left_alone };

/// Certificates, CA files, ticket keys, the folders of log and admin socket: that they exist and
/// may be read. Whether key and certificate belong together is found when core/certificate_store
/// loads them.
void check_files(const Config& config, KeyFolders folders, Findings& findings);

/// How the rules name what they speak of: `pool.main`, `pool.main.backend[0]`, `pool.main.backend
/// "a"`.
std::string pool_key(const Pool& pool);
std::string backend_key(const Pool& pool, std::size_t index);
std::string backend_title(const Pool& pool, const Backend& backend);
/// `web.forward "/upload/"`
std::string forward_title(const WebForward& forward);

}  // namespace conf
