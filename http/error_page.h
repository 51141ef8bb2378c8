#pragma once
// A whole response that says why not, in one line of plain text. Pure; any thread.

#include <span>
#include <string>
#include <string_view>

#include "http/head_fields.h"
#include "http/refusal.h"

namespace http {

struct ErrorPage {
    Refusal why;
    std::string_view date;              // http/date.h
    std::span<const HeadField> fields;  // others that belong to it: Allow, Retry-After, CORS
    bool is_to_head = false;            // the request was HEAD: no body
    bool keeps_alive = false;           // the request was read whole, and another may follow
};

/// "404 Not Found: There is nothing here." as text/plain, never to be cached or taken for HTML.
std::string write_error_page(const ErrorPage& page);

}  // namespace http
