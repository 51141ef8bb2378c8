#pragma once
// What the files of stanzagate and stanzanode have in common: how a file becomes text, its version,
// listening addresses and logs. One examination, one thread.

#include <filesystem>
#include <string>
#include <string_view>

#include "conf/config.h"
#include "conf/findings.h"
#include "conf/table_reader.h"
#include "core/endpoint.h"
#include "core/result.h"

namespace conf {

/// The versions of the files' formats that these programs read: `version = 1`.
inline constexpr int kConfigVersion = 1;

/// The text of a file, cut one byte behind what the guard lets pass; or what is wrong and what to
/// do about it.
core::Result<std::string, Message> read_config_text(const std::filesystem::path& file);

void read_version(TableReader& root);

/// "IP:PORT" where a socket is to listen; unspecified when it is none, which has been reported
/// then. `port` is the one that hints write.
core::Endpoint read_listen_address(TableReader& reader, const Node& at, std::string_view text,
                                   std::uint16_t port);

/// [log]
Log read_log(const Node& table, const std::filesystem::path& folder, Findings& findings);

}  // namespace conf
