#pragma once
// Whether a backend's first answer is there: its header and what stands behind it, whatever that
// is. For a link whose backends must say it all before one of them gets the session; who judges it
// reads it anew (first_answer.h). A pure machine, of one connection.

#include <cstddef>
#include <string_view>

#include "xmpp/stream_scanner.h"

namespace proxy {

class AnswerScan {
public:
    /// `pool` outlives the scan.
    explicit AnswerScan(xmpp::ScanWorkPool& pool);

    /// `window`: all that has come since the connection began, nothing of it consumed. True from
    /// then on when nothing more is needed to judge it: also where no more would help.
    bool is_complete(std::string_view window);

private:
    xmpp::StreamScanner scanner_;
    std::size_t read_ = 0;  // of the window
    bool is_complete_ = false;
};

}  // namespace proxy
