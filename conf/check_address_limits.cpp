// The rules about [limits.address].

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "conf/check.h"

namespace conf {
namespace {

constexpr std::string_view kTable = "limits.address";

void warn_of(std::string_view name, std::string what, std::string hint, Findings& findings) {
    const std::string key = fmt::format("{}.{}", kTable, name);
    findings.warn(findings.place_of(key),
                  {key, std::string(kTable), std::move(what), std::move(hint)});
}

/// A number for one address beside that for all.
void check_share(std::string_view name, std::uint32_t of_address, std::uint32_t of_all,
                 Findings& findings) {
    if (of_address == 0 || of_all == 0 || of_address < of_all) return;
    if (findings.has_error("limits.sessions")) return;
    const std::uint32_t good = of_all - of_all / 4;
    warn_of(name,
            fmt::format("{} ({}) is no less than [limits] sessions ({}), so one address can take "
                        "all of them",
                        name, of_address, of_all),
            fmt::format("make it smaller; {} leaves a quarter to the others", good), findings);
}

}  // namespace

void check_address_limits(const Config& config, Findings& findings) {
    const AddressLimits& limits = config.limits.address;
    check_share("before_login", limits.before_login.value_or(0), config.limits.sessions, findings);
    check_share("sessions", limits.sessions, config.limits.sessions, findings);
    for (const core::AddressBlock& block : limits.exempt) {
        const std::string text = block.to_string();
        if (!text.ends_with("/0")) continue;
        warn_of("exempt", fmt::format("{} exempts every address, so nothing is limited", text),
                "name the networks of NATs that you know, like \"10.0.0.0/8\"", findings);
    }
}

}  // namespace conf
