#pragma once
// Reads what a `<stream:error/>` says (RFC 6120 section 4.9.2). Pure; any thread.

#include <string_view>

#include "xmpp/element.h"
#include "xmpp/stream_error.h"

namespace xmpp {

/// The condition of a stream error; undefined_condition when it names none that is defined.
/// `error`: an element token of the scanner.
StreamErrorCondition read_stream_error(std::string_view error,
                                       const NamespaceBindings& outer = usual_bindings());

}  // namespace xmpp
