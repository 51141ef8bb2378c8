#pragma once
// Families of metrics in the making, and their text by Prometheus' own library. Pure.

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <initializer_list>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time_counts.h"

namespace proxy {

/// The families in the making; each is begun by counter() or gauge() and gets its values then.
class MetricFamilies {
public:
    using Labels = std::initializer_list<std::pair<const char*, std::string_view>>;

    MetricFamilies& counter(const char* name, const char* help) {
        return begin(name, help, prometheus::MetricType::Counter);
    }
    MetricFamilies& gauge(const char* name, const char* help) {
        return begin(name, help, prometheus::MetricType::Gauge);
    }
    template <class Number>
    MetricFamilies& value(Number number, Labels labels = {}) {
        prometheus::ClientMetric metric;
        for (const auto& [name, word] : labels) metric.label.push_back({name, std::string(word)});
        auto& place = families_.back().type == prometheus::MetricType::Counter
                          ? metric.counter.value
                          : metric.gauge.value;
        place = static_cast<double>(number);
        families_.back().metric.push_back(std::move(metric));
        return *this;
    }
    MetricFamilies& histogram(const char* name, const char* help) {
        return begin(name, help, prometheus::MetricType::Histogram);
    }
    MetricFamilies& times(const core::TimeTally& tally) {
        prometheus::ClientMetric metric;
        std::uint64_t all = 0;
        for (std::size_t i = 0; i < tally.counts.size(); ++i) {
            all += tally.counts[i];
            const double end = i < core::kTimeSteps.size()
                                   ? core::kTimeSteps[i]
                                   : std::numeric_limits<double>::infinity();
            metric.histogram.bucket.push_back({all, end});
        }
        metric.histogram.sample_count = all;
        metric.histogram.sample_sum = tally.seconds;
        families_.back().metric.push_back(std::move(metric));
        return *this;
    }
    /// One value for each kind, under a label of that name.
    template <class Counts, class Kinds>
    MetricFamilies& values(const Counts& counts, const Kinds& kinds, const char* label) {
        for (std::size_t i = 0; i < kinds.size(); ++i)
            value(counts[i], {{label, to_string(kinds[i])}});
        return *this;
    }
    /// The same of counts that have their names.
    template <class Named>
    MetricFamilies& values(const std::vector<Named>& counts, const char* label) {
        for (const Named& each : counts) value(each.count, {{label, each.name}});
        return *this;
    }
    std::string text() {
        std::erase_if(families_,
                      [](const prometheus::MetricFamily& each) { return each.metric.empty(); });
        std::ostringstream out;
        prometheus::TextSerializer().Serialize(out, families_);
        return std::move(out).str();
    }

private:
    MetricFamilies& begin(const char* name, const char* help, prometheus::MetricType type) {
        families_.push_back({name, help, type, {}});
        return *this;
    }

    std::vector<prometheus::MetricFamily> families_;
};

}  // namespace proxy
