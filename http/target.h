#pragma once
// What a request may ask for: the rules of its target (RFC 9112 section 3.2, RFC 3986 section 3.3),
// so strict that no server behind us can see another path than we do. Pure; any thread.

#include <string_view>

namespace http {

/// What is wrong with an origin-form target ("/path?query"), as a sentence; empty: nothing. Refused
/// are other forms, fragments, bytes that RFC 3986 does not allow in a path, encoded slashes,
/// backslashes and control characters, segments that are "." or ".." however they are written (also
/// in front of ';'), and paths that decode to other than UTF-8.
std::string_view flaw_of_target(std::string_view target);

}  // namespace http
