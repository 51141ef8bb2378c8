#pragma once
// Where one direction's bytes go: what a relay sees of a leg. Loop thread only.

#include <string_view>

namespace proxy {

class ByteSink {
public:
    /// False: enough for now, stop the source. The bytes were taken all the same.
    virtual bool send(std::string_view bytes) = 0;

protected:
    ~ByteSink() = default;
};

}  // namespace proxy
