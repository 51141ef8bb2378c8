#include "proxy/admin/verb_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "conf/findings.h"
#include "conf/near_name.h"

namespace proxy {

namespace {

constexpr VerbOption kJson{"--json", "", "answer in JSON, one object"};
constexpr VerbOption kSocket{"--socket", "PATH",
                             "of the running process (else: STANZAGATE_SOCKET)"};
constexpr VerbOption kOver{"--over", "TIME", "take TIME to send them away (default 1m)"};
constexpr VerbOption kLimit{"--limit", "N", "show at most N sessions (default 50)"};
constexpr VerbOption kJid{"--jid", "JID", "only sessions of this user"};
constexpr VerbOption kKickJid{"--jid", "JID", "end all sessions of this user"};
constexpr VerbOption kMember{"--backend", "POOL/BACKEND", "only sessions on this backend"};

constexpr VerbOption kStrict{"--strict", "", "exit 2 for warnings alone, not 0"};

constexpr VerbOption kPool{"--pool", "NAME", "only for this pool"};

constexpr std::array kJsonOnly{kJson};
constexpr VerbOption kState{"--state", "", "only what was set live, as [admin] state keeps it"};
constexpr std::array kDriftOptions{kState, kJson, kSocket};
constexpr std::array kRecipeOptions{kPool, kJson};
constexpr VerbOption kLive{"--live", "", "ask the servers, too, as sessions would"};
constexpr std::array kCheckOptions{kLive, kStrict, kJson};
constexpr VerbOption kDomain{"--domain", "NAME", "only for this domain"};
constexpr VerbOption kHost{"--host", "NAME", "name of this proxy (else: as records say now)"};
constexpr std::array kDnsOptions{kDomain, kHost, kJson};
constexpr std::array kRemoteOptions{kJson, kSocket};
constexpr VerbOption kWait{kWaitOption, "TIME",
                           "wait so long until no session is left (else exit 1)"};
constexpr std::array kDrainOptions{kWait, kJson, kSocket};
constexpr std::array kMaintenanceOptions{kOver, kWait, kJson, kSocket};
constexpr VerbOption kFrom{"--from", "ADDRESS", "of the client, for pools that hash-ip balances"};
constexpr std::array kExplainOptions{kFrom, kJson, kSocket};
constexpr std::array kSessionsOptions{kJid, kMember, kLimit, kJson, kSocket};
constexpr std::array kKickOptions{kKickJid, kJson, kSocket};

using enum VerbGroup;

constexpr std::array<Verb, 20> kVerbs{{
    {"run", serve, false, "FILE", 1, 1, "serve with the configuration in FILE until SIGTERM", {}},
    {"check", serve, false, "FILE", 1, 1, "say what is wrong with FILE (exit 1: errors)",
     kCheckOptions},
    {"recipe", serve, false, "KIND FILE", 2, 2, "print a server's settings for use behind FILE",
     kRecipeOptions},
    {"dns", serve, false, "FILE", 1, 1, "print FILE's DNS records (exit 1: not published)",
     kDnsOptions},
    {"reload", serve, true, "", 0, 0, "read the configuration again, all of it or nothing",
     kRemoteOptions},
    {"upgrade", serve, true, "", 0, 0, "put the program that is installed in its place",
     kRemoteOptions},
    {"status", look, true, "", 0, 0, "show the state of the process and its backends",
     kRemoteOptions},
    {"backends", look, true, "[POOL]", 0, 1, "show all backends, or those of POOL, in detail",
     kRemoteOptions},
    {"sessions", look, true, "", 0, 0, "show who is connected, from where, to which backend",
     kSessionsOptions},
    {"explain", look, true, "USER@DOMAIN", 1, 1, "say where the user's next login goes, and why",
     kExplainOptions},
    {"certs", look, true, "", 0, 0, "show the certificates, until when, and for whom",
     kRemoteOptions},
    {"drift", look, true, "", 0, 0, "show in what the process differs from its file",
     kDriftOptions},
    {"weight", change, true, "POOL/BACKEND N", 2, 2,
     "set a backend's share of new sessions; 0: none", kRemoteOptions},
    {"drain", change, true, "POOL/BACKEND", 1, 1, "give it no new sessions; those it has stay",
     kDrainOptions},
    {"maintenance", change, true, "POOL/BACKEND", 1, 1,
     "give it no new sessions; send away those it has", kMaintenanceOptions},
    {"ready", change, true, "POOL/BACKEND", 1, 1, "end drain or maintenance", kRemoteOptions},
    {"kick", change, true, "[ID]", 0, 1, "end the session ID, or all of one user", kKickOptions},
    {"save", change, false, "FILE", 1, 1, "write the weights that were set live into FILE",
     kRemoteOptions},
    {"version", about, false, "", 0, 0, "show the versions of stanzagate and its libraries",
     kJsonOnly},
    {"help", about, false, "[VERB]", 0, 1, "show all commands, or one in detail", {}},
}};

constexpr std::string_view kHelpOption = "--help";

UsageProblem unknown_option(const Verb& verb, std::string_view word) {
    std::vector<std::string_view> known{kHelpOption};
    for (const VerbOption& option : verb.options) known.push_back(option.name);
    return {fmt::format("{} takes no option {}", verb.name, conf::in_quotes(word)),
            conf::did_you_mean(word, known)};
}

const VerbOption* find_option(const Verb& verb, std::string_view name) {
    const auto found = std::find_if(verb.options.begin(), verb.options.end(),
                                    [&](const VerbOption& option) { return option.name == name; });
    return found == verb.options.end() ? nullptr : &*found;
}

/// Reads the option at the front of `words` and takes its words off.
core::Result<void, UsageProblem> take_option(VerbCall& call, std::span<const std::string>& words) {
    const std::string_view word = words.front();
    words = words.subspan(1);
    const std::size_t sign = word.find('=');
    const std::string_view name = word.substr(0, sign);
    const VerbOption* option = find_option(*call.verb, name);
    if (option == nullptr) return core::fail(unknown_option(*call.verb, name));
    if (call.has(name)) return core::fail(UsageProblem{fmt::format("{} is given twice", name), {}});
    std::string value;
    if (sign != std::string_view::npos) {
        if (option->value.empty()) {
            return core::fail(UsageProblem{fmt::format("{} takes no value", name), {}});
        }
        value = word.substr(sign + 1);
    } else if (!option->value.empty() && !words.empty()) {
        value = words.front();
        words = words.subspan(1);
    }
    if (!option->value.empty() && value.empty()) {
        return core::fail(UsageProblem{fmt::format("{} needs {}", name, option->value), {}});
    }
    call.options.emplace(name, std::move(value));
    return {};
}

core::Result<void, UsageProblem> check_arguments(const VerbCall& call) {
    const Verb& verb = *call.verb;
    if (call.arguments.size() < verb.least_arguments) {
        return core::fail(UsageProblem{fmt::format("{} needs {}", verb.name, verb.arguments), {}});
    }
    if (call.arguments.size() > verb.most_arguments) {
        const std::string& extra = call.arguments[verb.most_arguments];
        return core::fail(UsageProblem{
            fmt::format("{} is too much for {}", conf::in_quotes(extra), verb.name), {}});
    }
    return {};
}

std::string joined(std::string_view left, std::string_view right) {
    return right.empty() ? std::string(left) : fmt::format("{} {}", left, right);
}

}  // namespace

std::string_view to_string(VerbGroup group) {
    switch (group) {
        case serve: return "Serving";
        case look: return "Looking at the running process";
        case change: return "Changing it";
        case about: return "About";
    }
    return {};
}

std::span<const Verb> verbs() {
    return kVerbs;
}

const Verb* find_verb(std::string_view name) {
    const auto found = std::find_if(kVerbs.begin(), kVerbs.end(),
                                    [&](const Verb& verb) { return verb.name == name; });
    return found == kVerbs.end() ? nullptr : &*found;
}

UsageProblem unknown_verb(std::string_view name) {
    std::vector<std::string_view> names;
    for (const Verb& verb : kVerbs) names.push_back(verb.name);
    return {"unknown command " + conf::in_quotes(name), conf::did_you_mean(name, names)};
}

std::string UsageProblem::sentence() const {
    return hint.empty() ? what : fmt::format("{} ({})", what, hint);
}

std::string VerbCall::value(std::string_view option, std::string_view otherwise) const {
    const auto found = options.find(option);
    return found == options.end() ? std::string(otherwise) : found->second;
}

core::Result<VerbCall, UsageProblem> read_call(std::span<const std::string> words) {
    if (words.empty()) return core::fail(UsageProblem{"a command is missing", {}});
    VerbCall call;
    call.verb = find_verb(words.front());
    if (call.verb == nullptr) return core::fail(unknown_verb(words.front()));
    words = words.subspan(1);
    bool options_ended = false;
    while (!words.empty()) {
        const std::string& word = words.front();
        if (options_ended || !word.starts_with('-') || word == "-") {
            call.arguments.push_back(word);
            words = words.subspan(1);
        } else if (word == "--") {
            options_ended = true;
            words = words.subspan(1);
        } else if (word == kHelpOption || word == "-h") {
            call.wants_help = true;
            return call;
        } else if (auto taken = take_option(call, words); !taken) {
            return core::fail(taken.error());
        }
    }
    if (auto checked = check_arguments(call); !checked) return core::fail(checked.error());
    return call;
}

bool wants_json(std::span<const std::string> words) {
    const auto end = std::find(words.begin(), words.end(), "--");
    return std::find(words.begin(), end, kJson.name) != end;
}

std::string help_text() {
    std::string text = "stanzagate ends TLS in front of XMPP servers and balances their clients.\n";
    for (const VerbGroup group : {serve, look, change, about}) {
        text += fmt::format("\n{}:\n", to_string(group));
        for (const Verb& verb : kVerbs) {
            if (verb.group != group) continue;
            text += fmt::format("  {:<26}{}\n", joined(verb.name, verb.arguments), verb.help);
        }
    }
    return text + "\n\"stanzagate help VERB\" shows its options.\n";
}

std::string help_text(const Verb& verb) {
    std::string text =
        fmt::format("stanzagate {}\n  {}\n", joined(verb.name, verb.arguments), verb.help);
    if (!verb.options.empty()) text += "\nOptions, anywhere behind the command:\n";
    for (const VerbOption& option : verb.options) {
        text += fmt::format("  {:<26}{}\n", joined(option.name, option.value), option.help);
    }
    return text;
}

}  // namespace proxy
