#pragma once
// Tags with keys of the test's own.

#include <memory>

#include "proxy/resumption/resumption.h"

namespace test {

inline const proxy::ResumptionTagsPtr& some_tags() {
    static const proxy::ResumptionTagsPtr tags =
        std::make_shared<const proxy::ResumptionTags>(*core::TicketKeys::generate());
    return tags;
}

/// With those, and counts for all tests of a program.
inline const proxy::Resumption& some_resumption() {
    static const proxy::Resumption resumption{some_tags(),
                                              std::make_shared<proxy::ResumptionCounts>()};
    return resumption;
}

}  // namespace test
