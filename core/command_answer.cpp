#include "core/command_answer.h"

#include <cerrno>
#include <cstring>

namespace core {

int deliver(const CommandAnswer& answer, std::ostream& out, std::ostream& err) {
    if (answer.text.empty()) return answer.code;
    errno = 0;
    // What does not fit its buffer is written at once, the rest by flush; neither tries again.
    out.write(answer.text.data(), static_cast<std::streamsize>(answer.text.size()));
    if (out) out.flush();
    if (out) return answer.code;
    const int why = errno;
    if (why == EPIPE) return 1;
    err << answer.program << ": the answer could not be written";
    if (why != 0) err << ": " << std::strerror(why);
    if (answer.code == 0) err << " (the command itself was carried out)";
    err << '\n';
    return 1;
}

}  // namespace core
