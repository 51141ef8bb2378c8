#pragma once
// Why a question to DNS got no answer that counts. Values; any thread.

#include <cstdint>
#include <string_view>

namespace dns {

enum class Problem : std::uint8_t {
    // What the question came to.
    no_server,     // nobody listens at the addresses of the servers
    timeout,       // the servers are silent
    slow,          // they may still answer; callers get an older answer meanwhile (dns/questions)
    no_such_name,  // NXDOMAIN, of an address; for a service that is an answer
    no_data,       // the name has no records of that type
    bad_name,      // the name asked for, or one in the answer, is none
    question_refused,  // FORMERR
    server_failed,     // SERVFAIL
    not_implemented,   // NOTIMP
    refused,           // REFUSED, or another error of the server's own
    no_memory,
    failed,  // for a reason that c-ares alone knows
    // What is wrong with the answer.
    bad_answer,
    truncated,         // ends within a record, or says itself that it is not whole
    not_an_answer,     // a question, another operation, or not about what was asked
    bad_record,        // a record's length does not fit its data, or a target is no host name
    too_many_records,  // more than kSrvRecordsMax
    too_many_aliases,  // a chain of CNAME records longer than kAliasesMax, or a loop
    trailing_bytes,    // more bytes than the header's counts account for
};

/// The word for logs: "timeout", "no_such_name", ...
std::string_view to_string(Problem problem);

}  // namespace dns
