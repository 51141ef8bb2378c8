#include "conf/store_url.h"

#include <fmt/format.h>

#include "conf/findings.h"
#include "conf/terminal_text.h"

namespace conf {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

bool is_redis(std::string_view text) {
    return text.starts_with("redis://") || text.starts_with("redis+unix://") ||
           text.starts_with("redis+sentinel://");
}

/// The file that is meant by "sqlite:///var/x.db", "sqlite3:x.db", "/var/x.db"; "" when none is.
std::string_view meant_file(std::string_view text) {
    for (const std::string_view scheme : {"sqlite3:", "sqlite:", "file:"}) {
        if (!text.starts_with(scheme)) continue;
        text.remove_prefix(scheme.size());
        // An empty host, and then an absolute path.
        if (text.starts_with("//")) text.remove_prefix(2);
        return text.starts_with(':') ? std::string_view() : text;
    }
    const bool is_file = text.starts_with('/') || text.starts_with("./") || text.ends_with(".db") ||
                         text.ends_with(".sqlite");
    return is_file && text.find(':') == std::string_view::npos ? text : std::string_view();
}

std::string hint_of_file_or(std::string_view text, std::string_view otherwise) {
    const std::string_view file = meant_file(text);
    return file.empty() ? std::string(otherwise)
                        : "write " + in_quotes(std::string(kSqlite) + std::string(file));
}

}  // namespace

core::Result<StoreUrl, StoreUrlProblem> parse_store_url(std::string_view text,
                                                        const std::filesystem::path& folder) {
    if (has_control_characters(text)) {
        return core::fail(
            StoreUrlProblem{"\"url\" holds a control character", "write it without any"});
    }
    if (is_redis(text)) {
        return StoreUrl{
            .kind = StoreKind::redis, .file = {}, .text = std::string(text), .folder = folder};
    }
    if (!text.starts_with(kSqlite)) {
        return core::fail(
            StoreUrlProblem{fmt::format("{} is no place for the state", in_quotes(text)),
                            hint_of_file_or(text,
                                            "write \"sqlite:state.db\", "
                                            "\"redis://127.0.0.1:6379/0\" or "
                                            "\"redis+sentinel://h1:26379,h2:26379/mymaster\"")});
    }
    const std::string_view path = text.substr(kSqlite.size());
    // "sqlite:///var/x" and "sqlite::memory:" are other programs' ways.
    if (path.empty() || path.starts_with("//") || path.starts_with(':')) {
        return core::fail(StoreUrlProblem{fmt::format("{} names no file", in_quotes(text)),
                                          hint_of_file_or(text,
                                                          "write \"sqlite:state.db\" or "
                                                          "\"sqlite:/var/lib/x/state.db\"")});
    }
    return StoreUrl{.kind = StoreKind::sqlite,
                    .file = (folder / path).lexically_normal(),
                    .text = std::string(text),
                    .folder = folder};
}

}  // namespace conf
