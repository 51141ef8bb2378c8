// Aim: whatever a backend answers to a health check, and however it is cut, there is at most one
// verdict and it is always the same one; what is shown to clients of its features is one element
// that needs no further edit behind a header that declares what is said to be needed.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/checks/probe_dialog.h"
#include "tests/fuzz/require.h"
#include "xmpp/stream_features.h"

namespace {

using namespace proxy;
using fuzz::require;

constexpr std::uint64_t kMaxBytes = 1000;

struct Course {
    std::optional<ProbeVerdict> verdict;
    std::string sent;
    friend bool operator==(const Course&, const Course&) = default;
};

Course run(std::string_view bytes, bool wants_features, bool asks, std::size_t cut) {
    xmpp::ScanWorkPool pool;
    ProbeDialog dialog(pool, {.domain = "a.example",
                              .form = HeaderForm::user,
                              .wants_features = wants_features,
                              .max_bytes = kMaxBytes,
                              .account = asks ? "romeo" : ""});
    Course course;
    const auto keep = [&](std::optional<ProbeVerdict> verdict) {
        if (!verdict) return;
        require(!course.verdict);
        course.verdict = std::move(verdict);
    };
    std::size_t done = 0;
    for (std::size_t end = 0; end < bytes.size();) {
        end = std::min(bytes.size(), end + cut);
        auto step = dialog.on_bytes(bytes.substr(done, end - done));
        done += step.consumed;
        course.sent += step.send;
        keep(std::move(step.verdict));
    }
    keep(dialog.on_end());
    require(course.verdict.has_value() && dialog.is_over());
    return course;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const bool wants_features = (data[0] & 1) != 0;
    const bool asks = (data[0] & 2) != 0;
    const std::size_t cut = 1 + (data[0] >> 2);
    const Course whole = run(bytes, wants_features, asks, size);
    require(run(bytes, wants_features, asks, cut) == whole);

    const ProbeVerdict& verdict = *whole.verdict;
    require(verdict.failure ? !verdict.detail.empty() && !verdict.offer : verdict.detail.empty());
    if (!verdict.offer || !verdict.offer->prefixes) return 0;
    xmpp::NamespaceBindings bindings = xmpp::usual_bindings();
    bindings.insert(bindings.end(), verdict.offer->prefixes->begin(),
                    verdict.offer->prefixes->end());
    const std::string& features = verdict.offer->features;
    require(!xmpp::edit_features(features, {.max_bytes = kMaxBytes}, bindings));
    const auto offered = xmpp::read_features(features, bindings);
    require(offered && !offered->starttls);
    require(!offered->mechanisms.empty() || !offered->sasl2_mechanisms.empty());
    return 0;
}
