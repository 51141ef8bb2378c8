#include "conf/common_tables.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "conf/address.h"
#include "conf/meant_address.h"
#include "conf/toml_document.h"
#include "conf/toml_guard.h"
#include "conf/units.h"
#include "conf/writable_file.h"

namespace conf {

namespace {

std::string hint_for_opening(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR: return "check that the name is right";
        case EACCES: return "let the user that runs this program read it";
        default: return {};
    }
}

std::string block_hint(std::string_view text) {
    const std::string bare = bare_address(text);
    if (core::AddressBlock::parse(bare)) return "write " + in_quotes(bare);
    const auto around = core::AddressBlock::around(bare);
    if (!around) return "write \"10.0.0.7\", \"10.0.0.0/8\" or \"2001:db8::/32\"";
    return fmt::format("write {} for that address, \"{}\" for its network",
                       in_quotes(bare.substr(0, bare.find('/'))), around->to_string());
}

constexpr std::size_t kBlocksMost = 1'000;

}  // namespace

core::Result<std::string, Message> read_config_text(const std::filesystem::path& file) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) {
        return core::fail(Message{"", "", "this is a folder", "name the file inside it"});
    }
    // Opening it could wait for ever until somebody writes.
    if (std::filesystem::is_fifo(file, ignored)) {
        return core::fail(Message{"", "", "this is a pipe", "name a file"});
    }
    errno = 0;
    std::ifstream input(file, std::ios::binary);
    if (!input) {
        const int why = errno;
        return core::fail(Message{"", "", fmt::format("cannot be read: {}", std::strerror(why)),
                                  hint_for_opening(why)});
    }
    // One byte more than the guard lets pass, so that it sees that there is more; devices never
    // end.
    std::string text(kConfigBytes + 1, '\0');
    input.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (input.bad()) return core::fail(Message{"", "", "cannot be read to its end", ""});
    text.resize(static_cast<std::size_t>(input.gcount()));
    return text;
}

std::vector<Problem> unreadable(const std::filesystem::path& file, Message message) {
    Findings findings("", file);
    findings.error({}, std::move(message));
    return findings.take();
}

std::vector<Problem> problems_of(std::string_view toml, const std::filesystem::path& file,
                                 const TableJudge& judge) {
    if (toml.starts_with("\xEF\xBB\xBF")) toml.remove_prefix(3);
    Findings findings(toml, file);
    if (const auto refusal = guard(toml)) {
        findings.error({refusal->at, 1}, {"", "", refusal->what, refusal->hint});
    } else {
        judge(parse_toml(toml, findings), findings);
    }
    return findings.take();
}

void read_version(TableReader& root) {
    const TomlNode* node = root.find("version");
    const std::string hint =
        fmt::format("write version = {} at the top of the file", kConfigVersion);
    if (node == nullptr) {
        root.missing("version", hint);
    } else if (node->kind != TomlNode::Kind::integer) {
        const std::string there =
            node->kind == TomlNode::Kind::loose ? in_quotes(node->text) : to_string(node->kind);
        root.error(*node, fmt::format("\"version\" must be a whole number, not {}", there), hint);
    } else if (node->integer != kConfigVersion) {
        root.error(*node, fmt::format("version {} is not known to this program", node->integer),
                   fmt::format("it reads version = {}", kConfigVersion));
    }
}

core::Endpoint read_listen_address(TableReader& reader, const TomlNode& at, std::string_view text,
                                   std::uint16_t port) {
    const HostPort parts = split_address(text);
    if (parts.is_ambiguous) {
        reader.error(at, "an IPv6 address needs brackets",
                     "write " + in_quotes(with_brackets(text, port)));
    } else if (!core::Endpoint::from_address(parts.host, 0)) {
        reader.error(at, fmt::format("{} is no IP address", in_quotes(parts.host)),
                     listen_hint(text, port));
    } else if (parts.port.empty()) {
        reader.error(at, "a port is missing", listen_hint(text, port));
    } else if (parse_port(parts.port) == 0) {
        reader.error(at, fmt::format("{} is no port from 1 to 65535", in_quotes(parts.port)),
                     listen_hint(text, port));
    } else {
        return *core::Endpoint::from_address(parts.host, parse_port(parts.port));
    }
    return {};
}

void read_address_blocks(TableReader& reader, std::string_view key, std::string_view example,
                         std::vector<core::AddressBlock>& out) {
    const auto written = reader.texts(key, example, kBlocksMost);
    if (reader.find(key) != nullptr) out.clear();
    for (const TomlNode* each : written) {
        if (const auto block = core::AddressBlock::parse(each->text)) {
            out.push_back(*block);
        } else {
            reader.error(key, *each,
                         fmt::format("{} is no address and no network", in_quotes(each->text)),
                         block_hint(each->text));
        }
    }
}

void check_buffers(std::uint32_t low, std::uint32_t high, Findings& findings) {
    // A default beside a value that could not be read says nothing.
    const bool is_read =
        !findings.has_error("limits.buffer_low") && !findings.has_error("limits.buffer_high");
    if (low < high || !is_read) return;
    const std::string key =
        findings.has("limits.buffer_low") ? "limits.buffer_low" : "limits.buffer_high";
    findings.error(findings.place_of(key),
                   {key, "limits",
                    fmt::format("buffer_low ({}) must be below buffer_high ({})", size_text(low),
                                size_text(high)),
                    "a quarter of buffer_high is a good buffer_low"});
}

Log read_log(const TomlNode& table, const std::filesystem::path& folder, UsersInLog users,
             Findings& findings) {
    TableReader reader(table, "log", "log", findings);
    Log log;
    reader.choice<LogFormat>("format", kLogFormats, {}, log.format);
    reader.choice<core::Severity>("level", kLogLevels, {}, log.level);
    reader.path("file", folder, log.file);
    if (users == UsersInLog::pseudonyms) reader.path("pseudonym_key", folder, log.pseudonym_key);
    reader.finish();
    return log;
}

void check_log_file(const Log& log, Findings& findings) {
    if (log.file.empty()) return;
    if (auto obstacle = obstacle_to_writing(log.file))
        findings.error(findings.place_of("log.file"),
                       {"log.file", "log", std::move(obstacle->what), std::move(obstacle->hint)});
}

}  // namespace conf
