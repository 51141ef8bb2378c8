// Rules of the web front. Each is one function; check_web at the end lists them.

#include "conf/check.h"

namespace conf {

std::string forward_title(const WebForward& forward) {
    return "web.forward " + in_quotes(forward.path);
}

}  // namespace conf
