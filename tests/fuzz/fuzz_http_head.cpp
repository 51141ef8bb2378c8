// Aim: the head of a request is read alike for every cut; what is accepted is what its bytes say,
// and means the same when it is written and read again.

#include <cstdint>
#include <string>
#include <string_view>

#include "http/request_reader.h"
#include "tests/fuzz/require.h"

namespace {

using fuzz::require;
using http::RequestReader;
using State = RequestReader::State;

constexpr http::HeadLimits kLimits{.bytes = 2000, .start_line = 500, .fields = 20};

void check_same(RequestReader& a, RequestReader& b) {
    require(a.state() == b.state());
    if (a.state() == State::refused) require(a.refusal() == b.refusal());
}

/// The same request with nothing around its words.
std::string written(const http::RequestHead& head) {
    std::string text(to_string(head.method()));
    text.append(" ").append(head.target());
    text.append(head.minor_version() == 1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
    for (const http::HeadField field : head.fields())
        text.append(field.name).append(":").append(field.value).append("\r\n");
    return text.append("\r\n");
}

void check_head(const http::RequestHead& head) {
    require(head.fields().size() <= kLimits.fields);
    require(head.target() == "*" || head.path().starts_with('/'));
    require(head.minor_version() == 0 || head.fields().count("host") == 1);
    require(head.fields().count("content-length") + head.fields().count("transfer-encoding") <= 1);
    for (const http::HeadField field : head.fields()) {
        require(!field.name.empty());
        require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    RequestReader whole(kLimits);
    const std::size_t taken = whole.feed(bytes);
    RequestReader dripped(kLimits);
    std::size_t dripped_taken = 0;
    while (dripped_taken < size && dripped.state() == State::reading)
        if (dripped.feed(bytes.substr(dripped_taken, 1)) == 1) ++dripped_taken;
    require(taken == dripped_taken);
    check_same(whole, dripped);
    if (whole.state() == State::reading) require(taken == size);
    if (whole.state() != State::complete) return 0;

    const http::RequestHead head = whole.take();
    check_head(head);
    const std::string again = written(head);
    RequestReader reader(kLimits);
    require(reader.feed(again) == again.size());
    require(reader.state() == State::complete);
    const http::RequestHead same = reader.take();
    require(written(same) == again);
    require(same.body() == head.body());
    require(same.keeps_alive() == head.keeps_alive());
    require(same.host() == head.host());
    return 0;
}
