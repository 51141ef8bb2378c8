// Each verb's function only does its work: the number of words has been checked before.

#include "backend/process/command_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <sstream>
#include <string_view>
#include <vector>

#include "backend/process/accounts.h"
#include "backend/process/typed_password.h"
#include "backend/store/redis/address.h"
#include "backend/store/redis/password.h"
#include "conf/findings.h"
#include "conf/load_nodes.h"
#include "conf/near_name.h"
#include "conf/terminal_text.h"
#include "core/command_answer.h"
#include "core/descriptor_limit.h"
#include "core/log.h"
#include "core/signal_watch.h"

namespace backend {
namespace {

/// One call, as the verb's function sees it.
struct Call {
    const NodeCommandHandlers& handlers;
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    std::vector<std::string> arguments;
    bool is_strict = false;  // of check
};

struct Verb {
    std::string_view name;
    std::string_view arguments;
    std::size_t count;  // of arguments
    std::string_view help;
    int (*perform)(const Call&);
};

int fail(const Call& call, std::string_view why) {
    call.err << "stanzanode: " << why << '\n';
    return kFailed;
}

void print(std::ostream& out, std::size_t columns, const std::vector<conf::Problem>& problems) {
    for (const conf::Problem& problem : problems) out << problem.to_string(columns) << '\n';
}

// --- verbs

core::Result<void, std::string> judge_store(const conf::StoreUrl& url) {
    if (url.kind != conf::StoreKind::redis) return {};
    const auto address = parse_redis_address(url.text);
    if (!address) return core::fail(address.error());
    const auto whole = with_password(*address, url.folder);
    if (!whole) return core::fail("names a password_file that is of no use: " + whole.error());
    return {};
}

int run(const Call& call) {
    core::hold_signals();
    const conf::ExaminedNodes examined = conf::examine_nodes(call.arguments[0], judge_store);
    print(call.err, call.handlers.err_columns, examined.problems);
    if (examined.has_errors()) return fail(call, "not started: errors in " + call.arguments[0]);
    call.err.flush();
    return call.handlers.run(examined.config);
}

int check(const Call& call) {
    const conf::ExaminedNodes examined = conf::examine_nodes(call.arguments[0], judge_store);
    print(call.out, call.handlers.out_columns, examined.problems);
    if (examined.has_errors()) return kFailed;
    if (!examined.problems.empty()) return call.is_strict ? kWarnings : kFine;
    call.out << fmt::format("{}: fine: {} node{}, state in {}\n", call.arguments[0],
                            examined.config.nodes.size(),
                            examined.config.nodes.size() == 1 ? "" : "s",
                            conf::without_password(examined.config.store.text));
    return kFine;
}

/// Accounts in the store of the file.
core::Result<Accounts, std::string> accounts_of(const Call& call, const std::string& file) {
    const conf::ExaminedNodes examined = conf::examine_nodes(file, judge_store);
    if (examined.has_errors()) {
        print(call.err, call.handlers.err_columns, examined.problems);
        return core::fail("errors in " + file);
    }
    // As long as it lasts: a loop (4), its store.
    constexpr std::uint64_t kDescriptors = 12;
    if (auto enough = core::require_descriptors(kDescriptors); !enough)
        return core::fail(enough.error());
    // The answer is short: it shows warnings and errors only.
    core::set_log_level(core::Severity::warn);
    auto store = call.handlers.open_store(examined.config.store);
    if (!store) return core::fail(store.error());
    return Accounts(std::move(store).value(), examined.config.nodes.front().domains);
}

/// Asked for at a terminal; else the first line, without its end.
core::Result<Password, std::string> read_password(const Call& call, const std::string& user) {
    const int terminal = call.handlers.input_fd;
    if (::isatty(terminal) != 0) return typed_password(terminal, user, call.err);
    std::string line;
    std::getline(call.in, line);
    if (line.ends_with('\r')) line.pop_back();
    return Password(std::move(line));
}

using Change = core::Result<void, std::string> (Accounts::*)(const std::string&, const Password&);

int change_password(const Call& call, Change change, std::string_view done) {
    auto accounts = accounts_of(call, call.arguments[0]);
    if (!accounts) return fail(call, accounts.error());
    const auto user = accounts->user_of(call.arguments[1]);
    if (!user) return fail(call, user.error());
    const auto password = read_password(call, *user);
    if (!password) return fail(call, password.error());
    const auto changed = ((*accounts).*change)(*user, *password);
    if (!changed) return fail(call, changed.error());
    call.out << *user << ' ' << done << '\n';
    return kFine;
}

int passwd(const Call& call) {
    return change_password(call, &Accounts::set_password, "has a new password");
}

int user_add(const Call& call) {
    return change_password(call, &Accounts::add, "added");
}

int user_del(const Call& call) {
    auto accounts = accounts_of(call, call.arguments[0]);
    if (!accounts) return fail(call, accounts.error());
    const auto user = accounts->user_of(call.arguments[1]);
    if (!user) return fail(call, user.error());
    const auto removed = accounts->remove(*user);
    if (!removed) return fail(call, removed.error());
    call.out << *user << " removed with all its data\n";
    return kFine;
}

int user_list(const Call& call) {
    auto accounts = accounts_of(call, call.arguments[0]);
    if (!accounts) return fail(call, accounts.error());
    const auto users = accounts->list();
    if (!users) return fail(call, users.error());
    for (const std::string& user : *users) call.out << user << '\n';
    if (users->empty()) call.err << "no accounts; stanzanode user add makes one\n";
    return kFine;
}

int version(const Call& call) {
    call.out << "stanzanode " STANZAGATE_VERSION "\n";
    return kFine;
}

int help(const Call& call);

constexpr std::array<Verb, 8> kVerbs{{
    {"run", "FILE", 1, "serve with the configuration in FILE until SIGTERM", run},
    {"check", "[--strict] FILE", 1, "say what is wrong; 1: errors, strict 2: warnings", check},
    {"passwd", "FILE USER@DOMAIN", 2, "set a password, typed or a line of standard input", passwd},
    {"user add", "FILE USER@DOMAIN", 2, "make an account; its password as with passwd", user_add},
    {"user del", "FILE USER@DOMAIN", 2, "remove an account and all its data", user_del},
    {"user list", "FILE", 1, "list all accounts, one on each line", user_list},
    {"version", "", 0, "show the version", version},
    {"help", "", 0, "show this text", help},
}};

std::string help_text() {
    std::string text =
        "stanzanode is the XMPP server that comes with stanzagate; several make a cluster.\n\n";
    for (const Verb& verb : kVerbs) {
        text +=
            fmt::format("  {:<27}{}\n", fmt::format("{} {}", verb.name, verb.arguments), verb.help);
    }
    return text + "\nAccounts may change while nodes run. The sessions of a removed account end.\n";
}

int help(const Call& call) {
    call.out << help_text();
    return kFine;
}

// --- calls

int usage_error(std::ostream& err, std::string_view what) {
    err << "stanzanode: " << what << "\nTry: stanzanode help\n";
    return kUsage;
}

/// The verb at the front of `words`, one word or two, taken off them.
const Verb* take_verb(std::vector<std::string>& words) {
    const std::string one = words.front();
    const std::string two = words.size() > 1 ? one + " " + words[1] : one;
    for (const Verb& verb : kVerbs) {
        if (verb.name != one && verb.name != two) continue;
        words.erase(words.begin(), words.begin() + (verb.name == one ? 1 : 2));
        return &verb;
    }
    return nullptr;
}

std::string unknown_verb(const std::string& name) {
    std::vector<std::string_view> names;
    for (const Verb& verb : kVerbs) names.push_back(verb.name);
    std::string what = "unknown command " + conf::in_quotes(name);
    if (name == "user") return what + " (write user add, user del or user list)";
    const std::string meant = conf::did_you_mean(name, names);
    return meant.empty() ? what : what + " (" + meant + ")";
}

}  // namespace

int run_node_command_line(int argc, char** argv, const NodeCommandHandlers& handlers) {
    std::istream& in = handlers.in != nullptr ? *handlers.in : std::cin;
    std::ostream& out = handlers.out != nullptr ? *handlers.out : std::cout;
    std::ostream& err = handlers.err != nullptr ? *handlers.err : std::cerr;
    std::ostringstream answer;
    std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty()) {
        err << help_text();
        return kUsage;
    }
    if (words.front() == "--help" || words.front() == "-h") words.front() = "help";
    if (words.front() == "--version" || words.front() == "-V") words.front() = "version";
    const std::string name = words.front();
    const Verb* verb = take_verb(words);
    if (verb == nullptr) return usage_error(err, unknown_verb(name));
    const bool is_strict = verb->perform == check && std::erase(words, "--strict") > 0;
    for (const std::string& word : words) {
        if (!word.starts_with("--")) continue;
        return usage_error(err,
                           fmt::format("{} takes no option {}", verb->name, conf::in_quotes(word)));
    }
    if (words.size() < verb->count) {
        return usage_error(err, fmt::format("{} needs {}", verb->name, verb->arguments));
    }
    if (words.size() > verb->count) {
        return usage_error(err, fmt::format("{} is too much for {}",
                                            conf::in_quotes(words[verb->count]), verb->name));
    }
    const int code = verb->perform({handlers, in, answer, err, std::move(words), is_strict});
    return core::deliver({"stanzanode", answer.view(), code}, out, err);
}

}  // namespace backend
