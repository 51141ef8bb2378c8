#pragma once
// Writes the head of a response, so that nothing from outside can add a field or end it early.
// Pure; one thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace http {

/// One head: fields in any order, one way to say how long the body is, then finish().
class ResponseWriter {
public:
    explicit ResponseWriter(std::uint16_t status);
    /// The same with a reason phrase of somebody else; what may not stand there becomes a blank.
    ResponseWriter(std::uint16_t status, std::string_view reason);

    /// `name` must be a token of ours. Of `value`, line breaks and other control characters become
    /// blanks: what a stranger said can garble its field, and nothing else.
    ResponseWriter& field(std::string_view name, std::string_view value);
    ResponseWriter& date(std::string_view text) { return field("Date", text); }
    ResponseWriter& content_length(std::uint64_t bytes);
    ResponseWriter& chunked() { return field("Transfer-Encoding", "chunked"); }
    /// No other response follows on this connection.
    ResponseWriter& close() { return field("Connection", "close"); }
    /// The whole head with its empty line. The writer is empty afterwards.
    std::string finish();

private:
    std::string text_;
};

}  // namespace http
