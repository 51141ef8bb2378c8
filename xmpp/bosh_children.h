#pragma once
// Takes the children out of a `<body/>`. Internal to bosh_body.

#include <string>
#include <string_view>

#include "core/result.h"
#include "xmpp/bosh_limits.h"
#include "xmpp/element.h"
#include "xmpp/stream_scanner.h"

namespace xmpp {

/// What the start tag of `element` says, as an element that holds nothing.
std::string start_tag_alone(std::string_view element);

/// The payload of BoshBody. `body`: an element token of the scanner, with the declarations
/// `bindings` on its start tag.
core::Result<std::string, BoshRefusal> bosh_children(std::string_view body,
                                                     const NamespaceBindings& bindings,
                                                     ScanWorkPool& pool, const BoshLimits& limits);

}  // namespace xmpp
