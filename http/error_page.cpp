#include "http/error_page.h"

#include "http/response.h"
#include "http/status.h"

namespace http {

std::string write_error_page(const ErrorPage& page) {
    std::string body = std::to_string(page.why.status);
    body.append(1, ' ').append(reason_phrase(page.why.status));
    if (!page.why.reason.empty()) body.append(": ").append(page.why.reason);
    body.append(1, '\n');

    ResponseWriter writer(page.why.status);
    writer.date(page.date)
        .field("Content-Type", "text/plain; charset=utf-8")
        .field("Cache-Control", "no-store")
        .field("X-Content-Type-Options", "nosniff")
        .content_length(body.size());
    for (const HeadField& field : page.fields) writer.field(field.name, field.value);
    if (!page.keeps_alive) writer.close();
    std::string response = writer.finish();
    if (!page.is_to_head) response.append(body);
    return response;
}

}  // namespace http
