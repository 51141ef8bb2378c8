#include "proxy/admin/shown_certificates.h"

#include <fmt/format.h>

#include "proxy/admin/certificate_news.h"
#include "proxy/admin/json_text.h"
#include "proxy/admin/text_table.h"

namespace proxy {

namespace {

using Wall = std::chrono::system_clock;

constexpr std::size_t kProblemIndent = 2;

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
    return all;
}

std::int64_t days_left(const ShownCertificate& each, Wall::time_point now) {
    return std::chrono::floor<std::chrono::days>(each.not_after - now).count();
}

std::string users_of(const ShownCertificate& each) {
    std::string users = joined(each.domains);
    if (each.is_for_nameless) users += users.empty() ? "no name" : ", no name";
    return users.empty() ? "-" : users;
}

std::string day_of(Wall::time_point time) {
    return utc_text(Wall::to_time_t(time)).substr(0, 10);
}

}  // namespace

std::string certificates_text(const ShownCertificates& shown, Wall::time_point now) {
    using Align = TextTable::Align;
    TextTable table({{"CERTIFICATE", Align::left, true},
                     {"KEY"},
                     {"DAYS", Align::right},
                     {"ENDS"},
                     {"NAMES", Align::left, true},
                     {"SHOWN FOR", Align::left, true}},
                    0);
    std::string problems;
    for (const ShownCertificate& each : shown.certificates) {
        table.add({each.folder, each.key, fmt::to_string(days_left(each, now)),
                   day_of(each.not_after), joined(each.names), users_of(each)});
        for (const std::string& problem : each.problems)
            problems += wrapped("warning: " + each.file + " " + problem, kProblemIndent);
    }
    for (const std::string& problem : shown.unusable)
        problems += wrapped("warning: " + problem, kProblemIndent);
    for (const std::string& domain : shown.without)
        problems +=
            wrapped("warning: there is no certificate for " + domain + ": its clients are refused",
                    kProblemIndent);
    return shown.certificates.empty() ? "no certificates\n" + problems : table.text() + problems;
}

std::string certificates_json(const ShownCertificates& shown, Wall::time_point now) {
    std::vector<std::string> all;
    for (const ShownCertificate& each : shown.certificates)
        all.push_back(JsonObject()
                          .text("folder", each.folder)
                          .text("file", each.file)
                          .text("key", each.key)
                          .raw("names", json_texts(each.names))
                          .text("not_before", utc_text(Wall::to_time_t(each.not_before)))
                          .text("not_after", utc_text(Wall::to_time_t(each.not_after)))
                          .number("days_left", days_left(each, now))
                          .raw("domains", json_texts(each.domains))
                          .flag("is_for_nameless", each.is_for_nameless)
                          .raw("problems", json_texts(each.problems))
                          .done());
    return JsonObject()
               .raw("certificates", json_array(all))
               .raw("domains_without", json_texts(shown.without))
               .raw("unusable", json_texts(shown.unusable))
               .done() +
           '\n';
}

}  // namespace proxy
