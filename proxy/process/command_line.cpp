// Each verb's function only does its work: the call has been read and checked before.

#include "proxy/process/command_line.h"

#include <event2/event.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
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
#include "proxy/process/ask_command.h"
#include "proxy/process/check_command.h"
#include "proxy/process/dns_command.h"
#include "proxy/process/local_call.h"
#include "proxy/process/recipe_command.h"
#include "proxy/process/save_command.h"
#include "proxy/process/wait_command.h"

namespace proxy {
namespace {

constexpr std::chrono::milliseconds kReloadPatience{60'000};

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

int run(const LocalCall& call) {
    core::hold_signals();
    const std::string& file = call.words.arguments.front();
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

int version(const LocalCall& call) {
    std::vector<std::string> libraries{OpenSSL_version(OPENSSL_VERSION),
                                       fmt::format("libevent {}", event_get_version()),
                                       core::log_library(), conf::toml_library()};
    libraries.insert(libraries.end(), call.handlers.libraries.begin(),
                     call.handlers.libraries.end());
    if (call.is_json()) {
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

int help(const LocalCall& call) {
    if (call.words.arguments.empty()) {
        call.out << help_text();
        return kFine;
    }
    const std::string& name = call.words.arguments.front();
    const Verb* verb = find_verb(name);
    if (verb == nullptr) return usage_error({call.out, call.err}, unknown_verb(name));
    call.out << help_text(*verb);
    return kFine;
}

// --- the running process
// ------------------------------------------------------------------------------

/// The words as the running process gets them, without what the caller does itself: options first,
/// so that arguments may begin with a dash.
std::vector<std::string> words_of(const VerbCall& call) {
    std::vector<std::string> words{std::string(call.verb->name)};
    for (const auto& [name, value] : call.options) {
        if (name == "--socket" || name == kWaitOption) continue;
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
    const bool reloads = std::holds_alternative<ReloadCommand>(command->what) ||
                         std::holds_alternative<UpgradeCommand>(command->what);
    const auto reply =
        handlers.ask(socket_of(call), *request, reloads ? kReloadPatience : kAnswerPatience);
    if (!reply) return refuse(to, reply.error(), kUnreachable);
    if (to.json && !reply->text.starts_with('{'))
        return refuse(to, refusal_in(reply->text), reply->code);
    const auto* state = std::get_if<StateCommand>(&command->what);
    if (state != nullptr && state->wait && reply->code == kFine)
        return wait_until_empty({handlers, to.out, to.err, call}, *state, reply->text);
    (reply->code == kFine || to.json ? to.out : to.err) << reply->text;
    return reply->code;
}

// --- calls
// ------------------------------------------------------------------------------

struct LocalVerb {
    std::string_view name;
    int (*perform)(const LocalCall&);
};
constexpr std::array kLocalVerbs{LocalVerb{"run", run},
                                 LocalVerb{"check", check_command},
                                 LocalVerb{"recipe", recipe_command},
                                 LocalVerb{"dns", dns_command},
                                 LocalVerb{"save", save_command},
                                 LocalVerb{"version", version},
                                 LocalVerb{"help", help}};

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
        return local.perform({handlers, to.out, to.err, *call});
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
