#pragma once
// What a command says on standard output. When not all of it could be written, the operator learns
// that from standard error. Main thread only.

#include <ostream>
#include <string_view>

namespace core {

struct CommandAnswer {
    std::string_view program;  // "stanzagate", in front of what is said on standard error
    std::string_view text;
    int code = 0;  // exit code of the command; 0: it was carried out
};

/// Writes the answer and gives its code, or 1 when it could not be written; one line on `err` then
/// says why, but none when nobody reads `out` any more (a pipe that is closed). Does not touch
/// `out` when the text is empty.
int deliver(const CommandAnswer& answer, std::ostream& out, std::ostream& err);

}  // namespace core
