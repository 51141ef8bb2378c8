// The table is kVerbs. Each verb takes its own options and arguments, checked here once, so that a
// verb's function only does its work.

#include "proxy/command_line.h"

#include <event2/event.h>
#include <fmt/format.h>
#include <getopt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <span>
#include <string_view>

#include "conf/findings.h"
#include "conf/load.h"
#include "conf/near_name.h"
#include "conf/toml_document.h"
#include "core/log.h"

namespace proxy {
namespace {

/// One call, as the verb's function sees it.
struct Call {
    const CommandHandlers& handlers;
    std::ostream& out;
    std::ostream& err;
    std::vector<std::string> arguments;
    bool json = false;
};

struct Verb {
    std::string_view name;
    std::string_view arguments;  // as help shows them
    std::string_view help;       // one line
    std::size_t least_arguments;
    std::size_t most_arguments;
    bool takes_json;
    int (*perform)(const Call&);
};

int run(const Call& call);
int check(const Call& call);
int version(const Call& call);
int help(const Call& call);

constexpr std::array<Verb, 4> kVerbs{{
    {"run", "FILE", "serve with the configuration in FILE until SIGTERM", 1, 1, false, run},
    {"check", "[--json] FILE",
     "say what is wrong with FILE; exit 0 fine, 1 errors, 2 only warnings", 1, 1, true, check},
    {"version", "[--json]", "say the versions of stanzagate and its libraries", 0, 0, true,
     version},
    {"help", "[VERB]", "say what can be done", 0, 1, false, help},
}};

const Verb* find_verb(std::string_view name) {
    const auto found = std::find_if(kVerbs.begin(), kVerbs.end(),
                                    [&](const Verb& verb) { return verb.name == name; });
    return found == kVerbs.end() ? nullptr : &*found;
}

int usage_error(std::ostream& err, std::string_view what, std::string_view hint) {
    err << "stanzagate: " << what;
    if (!hint.empty()) err << " (" << hint << ")";
    err << "\nTry: stanzagate help\n";
    return kUsage;
}

int unknown_verb(std::ostream& err, std::string_view name) {
    std::vector<std::string_view> names;
    for (const Verb& verb : kVerbs) names.push_back(verb.name);
    return usage_error(err, "unknown command " + conf::in_quotes(name),
                       conf::did_you_mean(name, names));
}

// --- verbs
// ----------------------------------------------------------------------------------------------

std::string counted(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

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

int run(const Call& call) {
    const std::string& file = call.arguments.front();
    const conf::Examined examined = conf::examine(file);
    for (const conf::Problem& problem : examined.problems) call.err << problem.to_string() << '\n';
    if (examined.has_errors()) {
        call.err << "stanzagate: not started: " << summary(tally(examined.problems)) << " in "
                 << file << '\n';
        return kFailed;
    }
    call.err.flush();
    return call.handlers.run(examined.config);
}

std::string as_json(const conf::Problem& problem) {
    using core::json_quoted;
    return fmt::format(
        R"({{"severity":{},"file":{},"line":{},"column":{},"key":{},"where":{},"what":{},"hint":{}}})",
        json_quoted(conf::to_string(problem.severity)), json_quoted(problem.file.string()),
        problem.line, problem.column, json_quoted(problem.key), json_quoted(problem.where),
        json_quoted(problem.what), json_quoted(problem.hint));
}

void print_as_json(std::ostream& out, const std::string& file,
                   const std::vector<conf::Problem>& problems) {
    const Tally found = tally(problems);
    out << fmt::format(R"({{"file":{},"errors":{},"warnings":{},"problems":[)",
                       core::json_quoted(file), found.errors, found.warnings);
    const char* between = "";
    for (const conf::Problem& problem : problems) {
        out << between << as_json(problem);
        between = ",";
    }
    out << "]}\n";
}

int check(const Call& call) {
    const std::string& file = call.arguments.front();
    const conf::Examined examined = conf::examine(file);
    if (call.json) {
        print_as_json(call.out, file, examined.problems);
    } else {
        for (const conf::Problem& problem : examined.problems)
            call.out << problem.to_string() << '\n';
        call.out << file << ": "
                 << (examined.problems.empty() ? "fine: " + inventory(examined.config)
                                               : summary(tally(examined.problems)))
                 << '\n';
    }
    if (examined.has_errors()) return kFailed;
    return examined.problems.empty() ? kFine : kWarnings;
}

int version(const Call& call) {
    std::vector<std::string> libraries{OpenSSL_version(OPENSSL_VERSION),
                                       fmt::format("libevent {}", event_get_version()),
                                       core::log_library(), conf::toml_library()};
    libraries.insert(libraries.end(), call.handlers.libraries.begin(),
                     call.handlers.libraries.end());
    if (!call.json) {
        call.out << "stanzagate " STANZAGATE_VERSION "\n";
        for (const std::string& library : libraries) call.out << "  " << library << '\n';
        return kFine;
    }
    call.out << R"({"version":)" << core::json_quoted(STANZAGATE_VERSION) << R"(,"libraries":[)";
    const char* between = "";
    for (const std::string& library : libraries) {
        call.out << between << core::json_quoted(library);
        between = ",";
    }
    call.out << "]}\n";
    return kFine;
}

void print_help(std::ostream& out) {
    out << "stanzagate ends TLS in front of XMPP servers and balances their clients.\n\n";
    for (const Verb& verb : kVerbs) {
        out << fmt::format("  {:<28}{}\n", fmt::format("{} {}", verb.name, verb.arguments),
                           verb.help);
    }
}

int help(const Call& call) {
    if (call.arguments.empty()) {
        print_help(call.out);
        return kFine;
    }
    const Verb* verb = find_verb(call.arguments.front());
    if (verb == nullptr) return unknown_verb(call.err, call.arguments.front());
    call.out << fmt::format("stanzagate {} {}\n  {}\n", verb->name, verb->arguments, verb->help);
    return kFine;
}

// --- options and arguments
// ------------------------------------------------------------------------------

constexpr int kJsonOption = 'j';
constexpr int kHelpOption = 'h';

/// The option that getopt_long just read, as it was written.
std::string option_word(std::span<char*> words) {
    const std::string_view word = words[static_cast<std::size_t>(::optind) - 1];
    return word.starts_with("--") ? std::string(word)
                                  : std::string("-") + static_cast<char>(::optopt);
}

/// Reads the options behind the verb. False when it has said what is wrong.
bool read_options(const Verb& verb, std::span<char*> words, Call& call, bool& wants_help) {
    constexpr std::array<option, 3> kOptions{{{"help", no_argument, nullptr, kHelpOption},
                                              {"json", no_argument, nullptr, kJsonOption},
                                              {}}};
    ::opterr = 0;  // the words are ours
    ::optind = 0;  // start anew: getopt keeps its place between calls
    const auto count = static_cast<int>(words.size());
    for (;;) {
        const int found = ::getopt_long(count, words.data(), "h", kOptions.data(), nullptr);
        if (found == -1) break;
        if (found == kHelpOption) {
            wants_help = true;
        } else if (found == kJsonOption && verb.takes_json) {
            call.json = true;
        } else {
            constexpr std::array<std::string_view, 2> kKnown{"--help", "--json"};
            const std::string word = option_word(words);
            const std::string hint =
                verb.takes_json ? conf::did_you_mean(word, kKnown) : std::string();
            usage_error(call.err,
                        fmt::format("{} takes no option {}", verb.name, conf::in_quotes(word)),
                        hint);
            return false;
        }
    }
    call.arguments.assign(words.begin() + ::optind, words.end());
    return true;
}

int perform(const Verb& verb, std::span<char*> words, Call& call) {
    bool wants_help = false;
    if (!read_options(verb, words, call, wants_help)) return kUsage;
    if (wants_help) {
        call.arguments = {std::string(verb.name)};
        return help(call);
    }
    if (call.arguments.size() < verb.least_arguments) {
        return usage_error(call.err, fmt::format("{} needs {}", verb.name, verb.arguments), "");
    }
    if (call.arguments.size() > verb.most_arguments) {
        const std::string& extra = call.arguments[verb.most_arguments];
        return usage_error(
            call.err, fmt::format("{} is too much for {}", conf::in_quotes(extra), verb.name), "");
    }
    return verb.perform(call);
}

}  // namespace

int run_command_line(int argc, char** argv, const CommandHandlers& handlers) {
    Call call{handlers,
              handlers.out != nullptr ? *handlers.out : std::cout,
              handlers.err != nullptr ? *handlers.err : std::cerr,
              {}};
    if (argc < 2) {
        print_help(call.err);
        return kUsage;
    }
    std::string_view name = argv[1];
    if (name == "--help" || name == "-h") name = "help";
    if (name == "--version" || name == "-V") name = "version";
    const Verb* verb = find_verb(name);
    if (verb == nullptr) return unknown_verb(call.err, name);
    return perform(*verb, std::span(argv + 1, static_cast<std::size_t>(argc) - 1), call);
}

}  // namespace proxy
