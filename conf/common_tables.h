#pragma once
// What the files of stanzagate and stanzanode have in common: how a file becomes text and the text
// a table, its version, listening addresses and logs. One examination, one thread.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.h"
#include "conf/findings.h"
#include "conf/table_reader.h"
#include "core/address_block.h"
#include "core/endpoint.h"
#include "core/result.h"
#include "xmpp/limits.h"

namespace conf {

/// The versions of the files' formats that these programs read: `version = 1`.
inline constexpr int kConfigVersion = 1;

/// The text of a file, cut one byte behind what the guard lets pass; or what is wrong and what to
/// do about it.
core::Result<std::string, Message> read_config_text(const std::filesystem::path& file);

/// The one problem of a file that read_config_text refuses.
std::vector<Problem> unreadable(const std::filesystem::path& file, Message message);

/// What a program makes of the table that a text is: it reads and judges it.
using TableJudge = std::function<void(const TomlNode& root, Findings& findings)>;
/// What is wrong with a text, in its order; a text that the guard refuses is not judged. `file` is
/// shown in messages. A byte order mark is skipped.
std::vector<Problem> problems_of(std::string_view toml, const std::filesystem::path& file,
                                 const TableJudge& judge);

void read_version(TableReader& root);

/// Reads "IP:PORT", where a socket is to listen. Anything else is reported and gives an unspecified
/// endpoint. `port` is the one that hints write.
core::Endpoint read_listen_address(TableReader& reader, const TomlNode& at, std::string_view text,
                                   std::uint16_t port);

/// The blocks of addresses in the array `key`, "10.0.0.0/8" or one address, in place of those in
/// `out`; what is none is reported.
void read_address_blocks(TableReader& reader, std::string_view key, std::string_view example,
                         std::vector<core::AddressBlock>& out);

/// Of [limits]: what bounds each stream. The upper ends keep a typing mistake from becoming an
/// outage; none of them is a protocol's.
template <class Limits>
void read_stream_limits(TableReader& reader, Limits& limits, std::uint64_t stanza_most) {
    const Range<std::uint64_t> stanzas{xmpp::kStanzaBytesFloor, stanza_most};
    constexpr Range<std::uint64_t> kBuffers{4 * 1024, 64 * 1024 * 1024};
    reader.size("stanza", stanzas, limits.stanza);
    reader.number("depth", {16, 1'000}, limits.depth);
    reader.number("attributes", {16, 1'000}, limits.attributes);
    reader.number("sessions", {0, 10'000'000}, limits.sessions);
    reader.size("buffer_high", kBuffers, limits.buffer_high);
    reader.size("buffer_low", kBuffers, limits.buffer_low);
}

/// Of [limits]: reading goes on below the low mark, so it is below the high one. Both in bytes.
void check_buffers(std::uint32_t low, std::uint32_t high, Findings& findings);

/// Whether a program's log names users, and so has a key for their pseudonyms.
enum class UsersInLog : std::uint8_t { none, pseudonyms };
/// [log]
Log read_log(const TomlNode& table, const std::filesystem::path& folder, UsersInLog users,
             Findings& findings);
/// That its file can be written, as far as the file system tells.
void check_log_file(const Log& log, Findings& findings);

}  // namespace conf
