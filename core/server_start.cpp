#include "core/server_start.h"

namespace core {

bool begin_server(const Result<void, std::string>& enough, const LogSettings& settings) {
    const auto log = start_log(settings);
    if (enough && log) return true;
    if (!enough) {
        log_not_started(enough.error());
    } else {
        log_not_started(log.error().why, log.error().remedy);
    }
    stop_log();
    return false;
}

void log_not_started(const std::string& why, const std::string& remedy) {
    Log line(Severity::error, "not_started");
    line.with("why", why);
    if (!remedy.empty()) line.with("remedy", remedy);
}

}  // namespace core
