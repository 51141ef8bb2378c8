#pragma once
// The status page: what an operator wants to see at a glance, without script, on a screen of any
// width, in light and dark; it asks for itself again every ten seconds. Pure.

#include <string>

#include "proxy/monitor/last_hour.h"
#include "proxy/monitor/monitored.h"

namespace proxy {

std::string status_page(const Monitored& what, const LastHour& hour);

}  // namespace proxy
