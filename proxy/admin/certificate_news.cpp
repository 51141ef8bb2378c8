#include "proxy/admin/certificate_news.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "conf/findings.h"
#include "core/certificate_loader.h"
#include "core/certificate_names.h"
#include "core/log.h"

namespace proxy {

namespace {

using core::CertificateChange;
using Kind = CertificateChange::Kind;

/// Under "*" any name may come.
bool is_needed(const std::string& folder, const conf::Config& config) {
    return std::any_of(config.domains.begin(), config.domains.end(), [&](const auto& domain) {
        return domain.name == "*" || domain.name == folder || folder == core::kDefaultFolder ||
               core::wildcard_for(domain.name) == folder;
    });
}

std::string why(const CertificateChange& change) {
    return change.problem.file.string() + ": " + change.problem.what;
}

bool is_warning(const CertificateChange& change, const conf::Config& config) {
    switch (change.kind) {
        case Kind::kept:
        case Kind::unusable: return true;
        case Kind::removed: return is_needed(change.domain, config);
        case Kind::added:
        case Kind::renewed:
        case Kind::completed: break;
    }
    return false;
}

std::string text_of(const CertificateChange& change) {
    const std::string subject = "certificate " + conf::in_quotes(change.domain) + " ";
    switch (change.kind) {
        case Kind::added:
        case Kind::renewed:
            return fmt::format("{}{}, valid until {}", subject, to_string(change.kind),
                               utc_text(change.valid_until));
        case Kind::completed: return subject + "has another chain or OCSP response";
        case Kind::removed: return subject + "removed";
        case Kind::kept:
        case Kind::unusable: return subject + "cannot be used: " + why(change);
    }
    return subject;
}

void advise(CertificateNews& news) {
    switch (news.change.kind) {
        case Kind::kept:
            news.effect = fmt::format("clients still see the old one, valid until {}",
                                      utc_text(news.change.valid_until));
            news.remedy = "repair its files; until then a start would be refused";
            break;
        case Kind::unusable:
            news.effect = "clients of this domain are served as if its folder was not there";
            news.remedy = "repair its files; until then a start would be refused";
            break;
        case Kind::removed:
            news.effect = "clients of this domain are shown one that covers it, or are refused";
            news.remedy = "put its folder back into cert_dir, or take its [domain] out";
            break;
        case Kind::added:
        case Kind::renewed:
        case Kind::completed: break;
    }
}

}  // namespace

std::string utc_text(std::time_t time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

std::vector<CertificateNews> certificate_news(const std::vector<CertificateChange>& changes,
                                              const conf::Config& config) {
    std::vector<CertificateNews> all;
    for (const CertificateChange& change : changes) {
        CertificateNews news{.change = change,
                             .is_warning = is_warning(change, config),
                             .text = text_of(change),
                             .effect = {},
                             .remedy = {}};
        if (news.is_warning) advise(news);
        all.push_back(std::move(news));
    }
    return all;
}

std::string advised(const CertificateNews& news) {
    return news.is_warning ? fmt::format("{}: {} ({})", news.text, news.effect, news.remedy)
                           : news.text;
}

void log_certificate(const CertificateNews& news) {
    const CertificateChange& change = news.change;
    core::Log line(news.is_warning ? core::Severity::warn : core::Severity::info,
                   "certificate_" + std::string(to_string(change.kind)));
    line.with("domain", change.domain);
    if (change.valid_until != 0) line.with("valid_until", utc_text(change.valid_until));
    if (!change.problem.what.empty()) line.with("why", why(change));
    if (news.is_warning) line.with("effect", news.effect).with("remedy", news.remedy);
}

}  // namespace proxy
