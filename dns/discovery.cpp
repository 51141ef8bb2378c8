#include "dns/discovery.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace dns {

namespace {

constexpr std::string_view kStarttlsPrefix = "_xmpp-";
constexpr std::string_view kDirectPrefix = "_xmpps-";

}  // namespace

Discovery::Discovery(core::EventLoop& loop, SrvResolver& resolver, const std::string& name,
                     OnChange on_change, std::chrono::milliseconds tick)
    : resolver_(resolver),
      on_change_(std::move(on_change)),
      tick_(tick),
      next_(loop, [this] { ask_all(); }) {
    add(name, name.starts_with(kDirectPrefix));
    if (name.starts_with(kStarttlsPrefix)) {
        add(std::string(kDirectPrefix) + name.substr(kStarttlsPrefix.size()), true);
    }
    ask_all();
}

void Discovery::add(std::string name, bool is_direct_tls) {
    Part part;
    part.name = std::move(name);
    part.is_direct_tls = is_direct_tls;
    parts_.push_back(std::move(part));
}

void Discovery::ask_all() {
    for (std::size_t at = 0; at < parts_.size(); ++at) {
        if (parts_[at].query) continue;
        parts_[at].query = resolver_.resolve(
            parts_[at].name, [this, at](const Known<SrvSet>& known) { take(at, known); });
    }
    next_.start(tick_);
}

void Discovery::take(std::size_t at, const Known<SrvSet>& known) {
    Part& part = parts_[at];
    part.query.reset();
    part.is_told = true;
    part.set = known.answer.value_or(SrvSet{});
    part.problem = known.problem;
    if (!std::all_of(parts_.begin(), parts_.end(), [](const Part& each) { return each.is_told; })) {
        return;
    }
    Discovered now = joined();
    if (has_told_ && now == told_) return;
    has_told_ = true;
    told_ = std::move(now);
    on_change_(told_);
}

Discovered Discovery::joined() const {
    Discovered all;
    for (const Part& part : parts_) {
        all.set = part.is_direct_tls ? merge(all.set, part.set) : merge(part.set, {});
        if (!all.problem) all.problem = part.problem;
    }
    return all;
}

}  // namespace dns
