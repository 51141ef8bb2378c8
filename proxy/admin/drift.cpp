#include "proxy/admin/drift.h"

#include <fmt/format.h>

#include "proxy/admin/command_text.h"
#include "proxy/admin/json_text.h"
#include "proxy/admin/text_table.h"

namespace proxy {

namespace {

constexpr std::size_t kDriftIndent = 2;
constexpr std::size_t kUndoIndent = 4;

std::vector<std::string> undo_commands(const LiveMember& member) {
    const MemberName name{member.pool, member.backend};
    std::vector<std::string> commands;
    if (member.has_weight()) commands.push_back(weight_command(name, member.file_weight));
    if (member.admin != balancer::AdminState::ready)
        commands.push_back(state_command(name, balancer::AdminState::ready));
    return commands;
}

std::string part(std::string_view title, const std::vector<std::string>& lines) {
    if (lines.empty()) return {};
    std::string text = std::string(title) + '\n';
    for (const std::string& line : lines) text += wrapped(line, kDriftIndent);
    return text;
}

std::string live_part(const Drift& drift) {
    if (drift.live.empty()) return {};
    std::string text = "the operator has set:\n";
    bool has_weight = false;
    for (const LiveMember& member : drift.live) {
        text += wrapped(live_words(member), kDriftIndent);
        for (const std::string& undo : undo_commands(member))
            text += wrapped("undo: " + undo, kUndoIndent);
        has_weight = has_weight || (member.has_weight() && !member.is_from_dns);
    }
    text += wrapped(keeping_words(drift.keeping), kDriftIndent);
    if (has_weight)
        text +=
            wrapped("to write the weights into it: stanzagate save " + drift.file, kDriftIndent);
    return text;
}

}  // namespace

std::string drift_text(const Drift& drift) {
    if (drift.is_none()) return wrapped("no drift: what runs is what " + drift.file + " says", 0);
    std::string text = live_part(drift);
    text += part("the file says, but only a restart applies:", drift.needs_restart);
    if (!drift.why_refused.empty()) {
        text += part("the file was changed since, and refused:", {drift.why_refused});
        text += part("when it is repaired, it changes:", drift.refused);
    }
    return text + part("certificates that cannot be used:", drift.certificates);
}

std::string drift_json(const Drift& drift) {
    std::vector<std::string> live;
    for (const LiveMember& member : drift.live)
        live.push_back(JsonObject()
                           .text("pool", member.pool)
                           .text("backend", member.backend)
                           .text("admin_state", balancer::to_string(member.admin))
                           .number("weight", member.weight)
                           .number("file_weight", member.file_weight)
                           .flag("is_from_dns", member.is_from_dns)
                           .text("words", live_words(member))
                           .raw("undo", json_texts(undo_commands(member)))
                           .done());
    return JsonObject()
               .text("file", drift.file)
               .flag("is_none", drift.is_none())
               .raw("live", json_array(live))
               .text_or_null("state_file", drift.keeping.file)
               .text_or_null("state_problem", drift.keeping.problem)
               .raw("needs_restart", json_texts(drift.needs_restart))
               .text_or_null("refusal", drift.why_refused)
               .raw("refused_changes", json_texts(drift.refused))
               .raw("certificates", json_texts(drift.certificates))
               .done() +
           '\n';
}

}  // namespace proxy
