#include "dns/problem.h"

namespace dns {

std::string_view to_string(Problem problem) {
    using enum Problem;
    switch (problem) {
        case no_server: return "no_server";
        case timeout: return "timeout";
        case slow: return "slow";
        case no_such_name: return "no_such_name";
        case no_data: return "no_data";
        case bad_name: return "bad_name";
        case question_refused: return "question_refused";
        case server_failed: return "server_failed";
        case not_implemented: return "not_implemented";
        case refused: return "refused";
        case no_memory: return "no_memory";
        case failed: return "failed";
        case bad_answer: return "bad_answer";
        case truncated: return "truncated";
        case not_an_answer: return "not_an_answer";
        case bad_record: return "bad_record";
        case too_many_records: return "too_many_records";
        case too_many_aliases: return "too_many_aliases";
        case trailing_bytes: return "trailing_bytes";
    }
    return "failed";
}

}  // namespace dns
