// Each verb's function only does its work: the call has been read and checked before.

#include "proxy/process/command_line.h"

#include <event2/event.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <span>
#include <sstream>
#include <string_view>

#include "conf/findings.h"
#include "conf/load.h"
#include "conf/terminal_text.h"
#include "conf/toml11_reader.h"
#include "core/command_answer.h"
#include "core/log.h"
#include "core/signal_watch.h"
#include "proxy/admin/command.h"
#include "proxy/admin/json.h"
#include "proxy/admin/json_text.h"
#include "proxy/admin/text_table.h"
#include "proxy/admin/verb_table.h"
#include "proxy/pools/eviction.h"

namespace proxy {
namespace {

constexpr std::chrono::milliseconds kAnswerPatience{10'000};
constexpr std::chrono::milliseconds kReloadPatience{60'000};

/// One call, as the verb's function sees it.
struct Call {
    const CommandHandlers& handlers;
    std::ostream& out;
    std::ostream& err;
    std::vector<std::string> arguments;
    bool json = false;
    bool is_strict = false;
};

/// Where a call is answered, and how.
struct Answers {
    std::ostream& out;
    std::ostream& err;
    bool json = false;
};

/// With JSON, scripts find what went wrong where they look for the answer.
int refuse(const Answers& to, std::string_view what, int code) {
    if (to.json) {
        to.out << error_json(what);
    } else {
        to.err << "stanzagate: " << what << '\n';
    }
    return code;
}

int usage_error(const Answers& to, const UsageProblem& problem) {
    refuse(to, problem.sentence(), kUsage);
    if (!to.json) to.err << "Try: stanzagate help\n";
    return kUsage;
}

// --- verbs
// ----------------------------------------------------------------------------------------------

struct Tally {
    std::size_t errors = 0;
    std::size_t warnings = 0;
};

Tally tally(const std::vector<conf::Problem>& problems) {
    Tally result;
    for (const conf::Problem& problem : problems) {
        ++(problem.severity == conf::Severity::error ? result.errors : result.warnings);
    }
    return result;
}

std::string summary(const Tally& found) {
    if (found.warnings == 0) return counted(found.errors, "error");
    if (found.errors == 0) return counted(found.warnings, "warning");
    return counted(found.errors, "error") + ", " + counted(found.warnings, "warning");
}

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

int run(const Call& call) {
    core::hold_signals();
    const std::string& file = call.arguments.front();
    const conf::Examined examined = conf::examine(file);
    for (const conf::Problem& problem : examined.problems)
        call.err << problem.to_string(call.handlers.err_columns) << '\n';
    if (examined.has_errors()) {
        call.err << "stanzagate: not started: " << summary(tally(examined.problems)) << " in "
                 << file << '\n';
        return kFailed;
    }
    call.err.flush();
    return call.handlers.run(examined.config);
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

void print_as_json(std::ostream& out, const std::string& file,
                   const std::vector<conf::Problem>& problems,
                   const std::vector<std::string>& notes) {
    const Tally found = tally(problems);
    std::vector<std::string> items;
    for (const conf::Problem& problem : problems) items.push_back(as_json(problem));
    out << JsonObject()
               .text("file", file)
               .number("errors", found.errors)
               .number("warnings", found.warnings)
               .raw("problems", json_array(items))
               .raw("notes", json_texts(notes))
               .done()
        << '\n';
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

int check(const Call& call) {
    const std::string& file = call.arguments.front();
    const conf::Examined examined = conf::examine(file);
    std::vector<conf::Problem> of_keys;
    if (call.handlers.check_keys && !examined.has_errors())
        of_keys = call.handlers.check_keys(examined.config);
    std::vector<conf::Problem> problems = examined.problems;
    problems.insert(problems.end(), of_keys.begin(), of_keys.end());
    const Tally found = tally(problems);
    const std::vector<std::string> notes =
        problems.empty() ? maintenance_notes(examined.config) : std::vector<std::string>{};
    if (call.json) {
        print_as_json(call.out, file, problems, notes);
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
    return call.is_strict && found.warnings != 0 ? kWarnings : kFine;
}

int version(const Call& call) {
    std::vector<std::string> libraries{OpenSSL_version(OPENSSL_VERSION),
                                       fmt::format("libevent {}", event_get_version()),
                                       core::log_library(), conf::toml_library()};
    libraries.insert(libraries.end(), call.handlers.libraries.begin(),
                     call.handlers.libraries.end());
    if (call.json) {
        call.out << JsonObject()
                        .text("version", STANZAGATE_VERSION)
                        .raw("libraries", json_texts(libraries))
                        .done()
                 << '\n';
        return kFine;
    }
    call.out << "stanzagate " STANZAGATE_VERSION "\n";
    for (const std::string& library : libraries) call.out << "  " << library << '\n';
    return kFine;
}

int help(const Call& call) {
    if (call.arguments.empty()) {
        call.out << help_text();
        return kFine;
    }
    const std::string& name = call.arguments.front();
    const Verb* verb = find_verb(name);
    if (verb == nullptr) return usage_error({call.out, call.err}, unknown_verb(name));
    call.out << help_text(*verb);
    return kFine;
}

// --- the running process
// ------------------------------------------------------------------------------

std::filesystem::path socket_of(const VerbCall& call) {
    const char* told = std::getenv("STANZAGATE_SOCKET");
    return call.value("--socket", told != nullptr && *told != '\0' ? told : kAdminSocket);
}

/// The words as the running process gets them: options first, so that arguments may begin with a
/// dash.
std::vector<std::string> words_of(const VerbCall& call) {
    std::vector<std::string> words{std::string(call.verb->name)};
    for (const auto& [name, value] : call.options) {
        if (name == "--socket") continue;
        words.push_back(name);
        if (!value.empty()) words.push_back(value);
    }
    if (call.arguments.empty()) return words;
    words.emplace_back("--");
    words.insert(words.end(), call.arguments.begin(), call.arguments.end());
    return words;
}

/// What refuses a connection before it has read the words answers in text.
std::string refusal_in(std::string_view text) {
    constexpr std::string_view kProgram = "stanzagate: ";
    if (text.starts_with(kProgram)) text.remove_prefix(kProgram.size());
    if (text.ends_with('\n')) text.remove_suffix(1);
    return std::string(text);
}

int ask(const VerbCall& call, const CommandHandlers& handlers, const Answers& to) {
    const auto command = read_admin_command(call);
    if (!command) return usage_error(to, command.error());
    const auto request = encode_admin_request(words_of(call));
    if (!request) return usage_error(to, {request.error(), {}});
    const bool reloads = std::holds_alternative<ReloadCommand>(command->what);
    const auto reply =
        handlers.ask(socket_of(call), *request, reloads ? kReloadPatience : kAnswerPatience);
    if (!reply) return refuse(to, reply.error(), kUnreachable);
    if (to.json && !reply->text.starts_with('{'))
        return refuse(to, refusal_in(reply->text), reply->code);
    (reply->code == kFine || to.json ? to.out : to.err) << reply->text;
    return reply->code;
}

// --- calls
// ------------------------------------------------------------------------------

struct LocalVerb {
    std::string_view name;
    int (*perform)(const Call&);
};
constexpr std::array kLocalVerbs{LocalVerb{"run", run}, LocalVerb{"check", check},
                                 LocalVerb{"version", version}, LocalVerb{"help", help}};

/// "--help" and "--version" work as verbs, too, because people are used to them.
std::vector<std::string> words_of(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    if (words.front() == "--help" || words.front() == "-h") words.front() = "help";
    if (words.front() == "--version" || words.front() == "-V") words.front() = "version";
    return words;
}

int perform(std::span<const std::string> words, const CommandHandlers& handlers, Answers to) {
    auto call = read_call(words);
    if (!call) return usage_error(to, call.error());
    to.json = call->has("--json");
    if (call->wants_help) {
        to.out << help_text(*call->verb);
        return kFine;
    }
    if (call->verb->is_remote) return ask(*call, handlers, to);
    for (const LocalVerb& local : kLocalVerbs) {
        if (local.name != call->verb->name) continue;
        return local.perform(
            {handlers, to.out, to.err, call->arguments, to.json, call->has("--strict")});
    }
    return kFailed;
}

}  // namespace

int run_command_line(int argc, char** argv, const CommandHandlers& handlers) {
    std::ostream& out = handlers.out != nullptr ? *handlers.out : std::cout;
    std::ostream& err = handlers.err != nullptr ? *handlers.err : std::cerr;
    if (argc < 2) {
        err << help_text();
        return kUsage;
    }
    const std::vector<std::string> words = words_of(argc, argv);
    std::ostringstream answer;
    const int code = perform(words, handlers, {answer, err, wants_json(words)});
    return core::deliver({"stanzagate", answer.view(), code}, out, err);
}

}  // namespace proxy
