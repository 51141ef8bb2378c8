#include "proxy/process/check_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "conf/findings.h"
#include "conf/load.h"
#include "conf/terminal_text.h"
#include "proxy/admin/json_text.h"
#include "proxy/admin/text_table.h"
#include "proxy/pools/eviction.h"

namespace proxy {

namespace {

std::string inventory(const conf::Config& config) {
    std::size_t backends = 0;
    for (const conf::Pool& pool : config.pools) backends += pool.backends.size();
    return fmt::format("{}, {}, {}, {}", counted(config.listen.size(), "listener"),
                       counted(config.domains.size(), "domain"),
                       counted(config.pools.size(), "pool"), counted(backends, "backend"));
}

/// What maintenance would do to sessions: one line for the pools of a kind.
std::vector<std::string> maintenance_notes(const conf::Config& config) {
    std::vector<std::string> notes;
    for (const bool resume_anywhere : {false, true}) {
        std::string names;
        for (const conf::Pool& pool : config.pools) {
            if (pool.resume_anywhere != resume_anywhere) continue;
            if (!names.empty()) names += ", ";
            names += pool.name;
        }
        if (names.empty()) continue;
        notes.push_back(fmt::format("sessions at a backend in maintenance ({}): {}", names,
                                    maintenance_effect(resume_anywhere)));
    }
    return notes;
}

std::string as_json(const conf::Problem& problem) {
    return JsonObject()
        .text("severity", conf::to_string(problem.severity))
        .text("file", problem.file.string())
        .number("line", problem.line)
        .number("column", problem.column)
        .text("key", problem.key)
        .text("where", problem.where)
        .text("what", problem.what)
        .text("hint", problem.hint)
        .done();
}

/// What was seen of each backend.
std::string as_json(const std::vector<PoolStatus>& pools) {
    std::vector<std::string> items;
    for (const PoolStatus& pool : pools)
        for (const BackendStatus& each : pool.backends)
            items.push_back(JsonObject()
                                .text("pool", pool.name)
                                .text("backend", each.name)
                                .text("address", each.address)
                                .text("health", to_string(each.health))
                                .number("check_ms", each.last_check.count())
                                .text_or_null("failure", each.failure)
                                .text_or_null("warning", each.warning)
                                .done());
    return json_array(items);
}

struct Checked {
    std::vector<conf::Problem> problems;
    std::vector<std::string> notes;
    std::optional<std::vector<PoolStatus>> live;  // none: nobody looked
};

void print_as_json(std::ostream& out, const std::string& file, const Checked& answer) {
    const Tally found = tally(answer.problems);
    std::vector<std::string> items;
    for (const conf::Problem& problem : answer.problems) items.push_back(as_json(problem));
    JsonObject all;
    all.text("file", file)
        .number("errors", found.errors)
        .number("warnings", found.warnings)
        .raw("problems", json_array(items))
        .raw("notes", json_texts(answer.notes));
    if (answer.live) all.raw("live", as_json(*answer.live));
    out << all.done() << '\n';
}

/// What no look at the file can tell, of pools that it matters for: their backends must be no
/// strangers.
std::vector<std::string> cluster_notes(const conf::Config& config) {
    constexpr std::size_t kMostNotes = 5;
    std::vector<std::string> notes;
    std::size_t pools = 0;
    for (const conf::Pool& pool : config.pools) {
        // DNS may list any number.
        const bool has_srv =
            std::any_of(pool.backends.begin(), pool.backends.end(),
                        [](const conf::Backend& backend) { return !backend.srv.empty(); });
        if ((pool.backends.size() < 2 && !has_srv) || ++pools > kMostNotes) continue;
        notes.push_back(fmt::format(
            "note: pool {}: its backends are one cluster, each with the accounts of all; servers "
            "that are strangers need pools of their own",
            conf::in_quotes(pool.name)));
    }
    if (pools > kMostNotes)
        notes.push_back(fmt::format("note: so are those of {} more pools", pools - kMostNotes));
    return notes;
}

/// What a look at the file cannot tell of the web front: whether clients reach the listener at the
/// port that it has here.
std::vector<std::string> web_notes(const conf::Config& config) {
    constexpr std::uint16_t kHttps = 443;
    std::vector<std::string> notes;
    if (!config.web.public_url.empty()) return notes;
    for (const conf::Listen& listen : config.listen) {
        if (listen.kind != conf::ListenKind::web || listen.address.port() == kHttps) continue;
        notes.push_back(
            fmt::format("note: listen \"{}\": host-meta names this port to clients; where they "
                        "connect to another one, write public_url in [web]",
                        listen.address.to_string()));
        break;
    }
    return notes;
}

}  // namespace

int check_command(const LocalCall& call) {
    const std::string& file = call.words.arguments.front();
    const conf::Examined examined = conf::examine(file);
    std::vector<conf::Problem> of_keys;
    std::optional<std::vector<PoolStatus>> live;
    if (call.handlers.check_keys && !examined.has_errors())
        of_keys = call.handlers.check_keys(examined.config);
    if (call.words.has("--live") && call.handlers.check_live && !examined.has_errors() &&
        tally(of_keys).errors == 0) {
        const auto on_wait = [&call](std::string_view words) {
            if (call.handlers.err_columns != 0) call.err << words << " ..." << std::endl;
        };
        LiveLook look = call.handlers.check_live(examined.config, on_wait);
        std::ranges::move(look.problems, std::back_inserter(of_keys));
        live = std::move(look.pools);
    }
    std::vector<conf::Problem> problems = examined.problems;
    problems.insert(problems.end(), of_keys.begin(), of_keys.end());
    const Tally found = tally(problems);
    const std::vector<std::string> notes =
        problems.empty() ? maintenance_notes(examined.config) : std::vector<std::string>{};
    if (call.is_json()) {
        print_as_json(call.out, file,
                      {.problems = problems, .notes = notes, .live = std::move(live)});
    } else {
        const std::size_t columns = call.handlers.out_columns;
        for (const conf::Problem& problem : examined.problems)
            call.out << problem.to_string(columns) << '\n';
        // A key has no line to be shown.
        for (const conf::Problem& problem : of_keys) call.out << problem.summary(columns) << '\n';
        if (found.errors == 0) {
            std::vector<std::string> shown = cluster_notes(examined.config);
            for (std::string& note : web_notes(examined.config)) shown.push_back(std::move(note));
            for (const std::string& note : notes) shown.push_back("note: " + note);
            for (const std::string& note : shown) {
                const std::string line = conf::printable(note);
                call.out << (columns == 0 ? line : conf::broken_at_blanks(line, 0, columns, 4))
                         << '\n';
            }
        }
        call.out << file << ": "
                 << (problems.empty() ? "fine: " + inventory(examined.config) : summary(found))
                 << '\n';
    }
    if (found.errors != 0) return kFailed;
    return call.words.has("--strict") && found.warnings != 0 ? kWarnings : kFine;
}

}  // namespace proxy
