#pragma once
// What `stanzagate` can be told to do: one table of verbs with their options and arguments, from
// which calls are read, help is written and mistyped words are answered. The command line and the
// running process read their words by it. Pure; any thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace proxy {

/// Parts of `stanzagate help`, in their order.
enum class VerbGroup : std::uint8_t { serve, look, change, about };
std::string_view to_string(VerbGroup group);

struct VerbOption {
    std::string_view name;   // "--over"
    std::string_view value;  // as help shows it, "TIME"; empty: a switch
    std::string_view help;   // one line
};

/// Of `drain` and `maintenance`: the caller waits, the process is told nothing of it.
inline constexpr std::string_view kWaitOption = "--wait";

struct Verb {
    std::string_view name;
    VerbGroup group;
    bool is_remote;              // carried out by the running process, over its admin socket
    std::string_view arguments;  // as help shows them: "POOL/BACKEND N", "[POOL]"
    std::size_t least_arguments;
    std::size_t most_arguments;
    std::string_view help;  // one line
    std::span<const VerbOption> options;
};

std::span<const Verb> verbs();
const Verb* find_verb(std::string_view name);
/// The call was not understood: what is wrong and perhaps what was meant. Exit code 2.
struct UsageProblem {
    std::string what;
    std::string hint;

    /// Both in one line.
    std::string sentence() const;
    friend bool operator==(const UsageProblem&, const UsageProblem&) = default;
};

/// With the verb that was perhaps meant.
UsageProblem unknown_verb(std::string_view name);

/// One call: a verb with its words sorted out.
struct VerbCall {
    const Verb* verb = nullptr;
    bool wants_help = false;  // then nothing else of the call has been checked
    std::vector<std::string> arguments;
    std::map<std::string, std::string, std::less<>> options;  // "--over" to "5m"; switches to ""

    bool has(std::string_view option) const { return options.find(option) != options.end(); }
    /// The value that was given, or `otherwise`.
    std::string value(std::string_view option, std::string_view otherwise) const;
};

/// Reads the verb and what follows. Options stand anywhere behind the verb, as "--over 5m" or
/// "--over=5m", each at most once; "--" ends them.
core::Result<VerbCall, UsageProblem> read_call(std::span<const std::string> words);

/// Whether the caller wants JSON, even where read_call() refuses the words.
bool wants_json(std::span<const std::string> words);

/// All verbs in their groups, a line each, and one verb with its options; 80 columns at most.
std::string help_text();
std::string help_text(const Verb& verb);

}  // namespace proxy
