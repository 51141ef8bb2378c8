#include "proxy/process/save_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "conf/edit_weights.h"
#include "conf/load.h"
#include "conf/toml_guard.h"
#include "core/small_file.h"
#include "proxy/admin/json.h"
#include "proxy/admin/json_text.h"
#include "proxy/admin/text_table.h"
#include "proxy/pools/live_state.h"
#include "proxy/process/ask_command.h"

namespace proxy {

namespace {

namespace fs = std::filesystem;

/// What is to be said of what the process has told.
struct Saving {
    std::vector<conf::MemberWeight> weights;
    std::vector<std::string> saved;  // in words
    std::vector<std::string> left;   // what no file can hold
};

Saving read_live(std::string_view text) {
    Saving saving;
    for (const LiveMember& each : read_live_state(text).members) {
        const MemberName name{each.pool, each.backend};
        if (each.has_weight() && each.is_from_dns) {
            saving.left.push_back(name.text() + ": its weight stands in DNS");
        } else if (each.has_weight()) {
            saving.weights.push_back({each.pool, each.backend, each.weight});
        }
        if (each.admin != balancer::AdminState::ready)
            saving.left.push_back(
                fmt::format("{}: {} is a state and not a setting; [admin] state keeps it",
                            name.text(), balancer::to_string(each.admin)));
    }
    return saving;
}

/// What this configuration says of a backend; none: it has no such one.
std::optional<std::uint32_t> weight_in(const conf::Config& config,
                                       const conf::MemberWeight& wanted) {
    const auto pool = std::ranges::find(config.pools, wanted.pool, &conf::Pool::name);
    if (pool == config.pools.end()) return std::nullopt;
    const auto backend = std::ranges::find(pool->backends, wanted.backend, &conf::Backend::name);
    if (backend == pool->backends.end()) return std::nullopt;
    return backend->weight;
}

/// Drops what the file says already: it may have been edited since it was loaded, or be another one
/// than the process has.
void keep_news(Saving& saving, const conf::Config& config) {
    std::erase_if(saving.weights, [&](const conf::MemberWeight& each) {
        const std::string name = MemberName{each.pool, each.backend}.text();
        const auto before = weight_in(config, each);
        if (before == each.weight) {
            saving.left.push_back(
                fmt::format("{}: the file has weight {} already", name, each.weight));
            return true;
        }
        // with_weights() says what is wrong where there is none.
        if (before)
            saving.saved.push_back(fmt::format("{}: weight {} -> {}", name, *before, each.weight));
        return false;
    });
}

/// In one step, for the same readers as before; a link stays a link.
core::Result<void, std::string> write_weights(const fs::path& file,
                                              const std::vector<conf::MemberWeight>& weights) {
    std::error_code error;
    const fs::path target = fs::canonical(file, error);
    if (error) return core::fail(file.string() + ": " + error.message());
    const auto text = core::read_small_file(target, conf::kConfigBytes);
    if (!text) return core::fail(file.string() + " " + text.error());
    auto edited = conf::with_weights(*text, file, weights);
    if (!edited) return core::fail(edited.error());
    auto written = core::replace_small_file(target, *edited, core::Readers::as_before);
    if (!written) return core::fail(target.string() + " " + written.error());
    return {};
}

std::string said(const Saving& saving, const std::string& file) {
    std::string text;
    for (const std::string& line : saving.saved) text += wrapped(line + ", in " + file, 0);
    for (const std::string& line : saving.left) text += wrapped("not saved: " + line, 0);
    if (saving.saved.empty()) text += "no weight differs from the file\n";
    return text;
}

}  // namespace

int save_command(const LocalCall& call) {
    const std::string& file = call.words.arguments.front();
    const auto reply = ask_process(call, {"drift", "--state"});
    if (!reply) return call.fail(reply.error(), kUnreachable);
    if (reply->code != kFine || !reply->text.starts_with(kLiveStateMark))
        return call.fail("the process does not say what was set", kFailed);
    Saving saving = read_live(reply->text);
    keep_news(saving, conf::examine(file).config);
    if (!saving.weights.empty())
        if (auto written = write_weights(file, saving.weights); !written)
            return call.fail("nothing was saved: " + written.error(), kFailed);
    if (call.is_json()) {
        call.out << JsonObject()
                        .text("file", file)
                        .raw("saved", json_texts(saving.saved))
                        .raw("left", json_texts(saving.left))
                        .done()
                 << '\n';
    } else {
        call.out << said(saving, file);
    }
    return kFine;
}

}  // namespace proxy
