#pragma once
// Tags with keys of the test's own.

#include <memory>

#include "proxy/resumption/tags.h"

namespace test {

inline const proxy::ResumptionTagsPtr& some_tags() {
    static const proxy::ResumptionTagsPtr tags =
        std::make_shared<const proxy::ResumptionTags>(*core::TicketKeys::generate());
    return tags;
}

}  // namespace test
