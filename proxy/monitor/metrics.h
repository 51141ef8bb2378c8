#pragma once
// The metrics of the process in Prometheus' text format (version 0.0.4). Names and labels are
// stable; values of labels are names of the configuration and words of fixed lists, so their number
// is bounded. Pure.

#include <string>

#include "proxy/monitor/monitored.h"

namespace proxy {

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
std::string metrics_text(const Monitored& what);

}  // namespace proxy
