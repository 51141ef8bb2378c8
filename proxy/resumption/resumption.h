#pragma once
// What sessions need so that clients come back to their own: the keys of tags, as they are now, and
// the counts of what came of it. One of them a worker, on its thread.

#include <memory>

#include "proxy/resumption/counts.h"
#include "proxy/resumption/tags.h"

namespace proxy {

struct Resumption {
    ResumptionTagsPtr tags;
    std::shared_ptr<ResumptionCounts> counts;  // of the process; never null
};

}  // namespace proxy
