#include "proxy/process/local_call.h"

#include "proxy/admin/json.h"
#include "proxy/admin/text_table.h"

namespace proxy {

int LocalCall::refuse(const UsageProblem& problem) const {
    if (is_json()) {
        out << error_json(problem.sentence());
    } else {
        err << "stanzagate: " << problem.sentence() << "\nTry: stanzagate help " << words.verb->name
            << '\n';
    }
    return kUsage;
}

int LocalCall::fail(const std::string& why, int code) const {
    if (is_json()) {
        out << error_json(why);
    } else {
        err << "stanzagate: " << why << '\n';
    }
    return code;
}

int LocalCall::refuse(const std::vector<conf::Problem>& problems, const std::string& file) const {
    for (const conf::Problem& problem : problems)
        err << problem.to_string(handlers.err_columns) << '\n';
    return fail(summary(tally(problems)) + " in " + file, kFailed);
}

Tally tally(const std::vector<conf::Problem>& problems) {
    Tally result;
    for (const conf::Problem& problem : problems) {
        ++(problem.severity == conf::Severity::error ? result.errors : result.warnings);
    }
    return result;
}

std::string summary(const Tally& found) {
    if (found.warnings == 0) return counted(found.errors, "error");
    if (found.errors == 0) return counted(found.warnings, "warning");
    return counted(found.errors, "error") + ", " + counted(found.warnings, "warning");
}

}  // namespace proxy
