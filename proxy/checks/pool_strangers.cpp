#include "proxy/checks/pool_strangers.h"

#include <vector>

#include "proxy/checks/account_question.h"

namespace proxy {

namespace {

constexpr int kAnswers = 2;
constexpr std::size_t kSoftwareBytes = 128;
/// Members named in one sentence.
constexpr std::size_t kMembersTold = 8;

struct MemberNames {
    std::string text;
    std::size_t count = 0;

    void add(const std::string& name) {
        if (count < kMembersTold) text += (count == 0 ? "" : ", ") + name;
        if (count == kMembersTold) text += ", ...";
        ++count;
    }
};

}  // namespace

void PoolStrangers::note(Id id, std::string_view name, std::string_view software,
                         std::string_view mark) {
    Member& member = members_[id];
    member.name = name;
    if (!software.empty()) member.software = software.substr(0, kSoftwareBytes);
    if (mark.empty()) return;
    if (member.answers > 0 && member.mark != mark) member.is_changing = true;
    member.mark = mark;
    ++member.answers;
}

void PoolStrangers::note_failure(Id id) {
    const auto at = members_.find(id);
    if (at != members_.end()) at->second = Member{.name = at->second.name};
}

void PoolStrangers::forget_marks() {
    for (auto& [id, member] : members_) {
        member.mark.clear();
        member.answers = 0;
        member.is_changing = false;
    }
}

bool PoolStrangers::wants_mark(Id id) const {
    const auto at = members_.find(id);
    return at == members_.end() || (at->second.answers < kAnswers && !at->second.is_changing);
}

std::string PoolStrangers::finding(std::string_view account) const {
    std::map<std::string_view, MemberNames> by_software;
    std::map<std::string_view, MemberNames> by_mark;
    for (const auto& [id, member] : members_) {
        if (!member.software.empty()) by_software[member.software].add(member.name);
        if (member.is_settled()) by_mark[member.mark].add(member.name);
    }
    std::string words;
    const auto join = [&words](std::string_view more) {
        words.append(words.empty() ? "" : "; ").append(more);
    };
    if (by_software.size() > 1) {
        for (const auto& [software, names] : by_software)
            join(names.text + (names.count == 1 ? " runs " : " run ") + std::string(software));
    }
    if (by_mark.size() > 1) {
        for (const auto& [mark, names] : by_mark) {
            const bool knows = mark != kUnknownAccount;
            join(names.text +
                 (names.count == 1 ? (knows ? " knows " : " does not know ")
                                   : (knows ? " know " : " do not know ")) +
                 std::string(account) + (knows ? " as one of its own" : ""));
        }
    }
    return words;
}

std::string PoolStrangers::incomparable() const {
    MemberNames names;
    for (const auto& [id, member] : members_)
        if (member.is_changing) names.add(member.name);
    return names.text;
}

}  // namespace proxy
