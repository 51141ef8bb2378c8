#include "proxy/process/dns_command.h"

#include <fmt/format.h>

#include <stdexcept>

#include "conf/findings.h"
#include "conf/load.h"
#include "conf/near_name.h"
#include "proxy/admin/json_text.h"
#include "proxy/advice/dns_text.h"
#include "proxy/process/dns_questions.h"
#include "xmpp/jid.h"

namespace proxy {

namespace {

std::string finding_json(const RecordFinding& finding) {
    return JsonObject()
        .text("service", finding.service)
        .text("state", to_string(finding.state))
        .text("what", finding.what)
        .done();
}

std::string records_json(const DomainRecords& records, const HostMeta& host_meta) {
    std::vector<std::string> findings;
    for (const RecordFinding& finding : records.findings) findings.push_back(finding_json(finding));
    return JsonObject()
        .text("domain", records.domain)
        .flag("fine", records.is_fine())
        .raw("zone", json_texts(records.zone))
        .raw("findings", json_array(findings))
        .text_or_null("host_meta", host_meta.xrd)
        .text_or_null("host_meta_json", host_meta.json)
        .done();
}

/// A name as the operator wrote it, as DNS has it; none given: "".
core::Result<std::string, UsageProblem> name_of(const VerbCall& words, std::string_view option) {
    const std::string given = words.value(option, "");
    if (given.empty()) return given;
    const auto prepared = xmpp::prepared_domain(given);
    if (!prepared || !has_records(*prepared))
        return core::fail(UsageProblem{
            fmt::format("{} {} is no name that DNS has", option, conf::in_quotes(given)), {}});
    return *prepared;
}

/// Those to be looked at; of the others a word in `skipped`.
std::vector<std::string> domains_of_call(const conf::Config& config, const std::string& wanted,
                                         std::vector<std::string>& skipped) {
    if (!wanted.empty()) return {wanted};
    std::vector<std::string> domains;
    for (const conf::Domain& domain : config.domains)
        (has_records(domain.name) ? domains : skipped).push_back(domain.name);
    return domains;
}

HostMeta host_meta_of(const LocalCall& call, const conf::Config& config,
                      const DomainRecords& records) {
    const std::string host = web_host(config, records.target);
    if (host.empty() || !call.handlers.host_meta) return {};
    return call.handlers.host_meta(config.web, host);
}

std::string words_for_skipped(const std::vector<std::string>& skipped) {
    std::string words;
    for (const std::string& name : skipped)
        words += (words.empty() ? "" : ", ") + conf::in_quotes(name);
    return fmt::format("stanzagate: not looked at: {}; --domain NAME looks at one name\n", words);
}

/// Throws std::runtime_error as ask_dns() does.
int answer(const LocalCall& call, const conf::Config& config, const std::string& wanted,
           const std::string& host) {
    std::vector<std::string> skipped;
    const std::vector<std::string> domains = domains_of_call(config, wanted, skipped);
    const Published published = ask_dns(config, domains, host);
    bool is_fine = true;
    std::vector<std::string> answers;
    for (const std::string& domain : domains) {
        const DomainRecords records = domain_records(config, domain, host, published);
        const HostMeta host_meta = host_meta_of(call, config, records);
        is_fine = is_fine && records.is_fine();
        answers.push_back(call.is_json() ? records_json(records, host_meta)
                                         : records_text(records, host_meta));
    }
    if (call.is_json()) {
        call.out << JsonObject()
                        .flag("fine", is_fine)
                        .raw("domains", json_array(answers))
                        .raw("skipped", json_texts(skipped))
                        .done()
                 << '\n';
    } else {
        if (!skipped.empty()) call.err << words_for_skipped(skipped);
        for (std::size_t i = 0; i < answers.size(); ++i)
            call.out << (i == 0 ? "" : "\n") << answers[i];
    }
    return is_fine ? kFine : kFailed;
}

UsageProblem unknown_domain(const conf::Config& config, const std::string& name) {
    std::vector<std::string_view> known;
    for (const conf::Domain& domain : config.domains) known.push_back(domain.name);
    return {"there is no domain " + conf::in_quotes(name), conf::did_you_mean(name, known)};
}

}  // namespace

int dns_command(const LocalCall& call) {
    const std::string& file = call.words.arguments.front();
    const auto wanted = name_of(call.words, "--domain");
    if (!wanted) return call.refuse(wanted.error());
    const auto host = name_of(call.words, "--host");
    if (!host) return call.refuse(host.error());
    const conf::Examined examined = conf::examine(file);
    const conf::Config& config = examined.config;
    // Certificates need not be there yet.
    if (config.domains.empty() || config.listen.empty())
        return call.refuse(examined.problems, file);
    if (!wanted->empty() && !is_served(config, *wanted))
        return call.refuse(unknown_domain(config, *wanted));
    if (examined.has_errors())
        call.err << "stanzagate: " << summary(tally(examined.problems)) << " in " << file
                 << "; stanzagate check shows them\n";
    try {
        return answer(call, config, *wanted, *host);
    } catch (const std::runtime_error& error) {
        return call.fail(error.what(), kFailed);
    }
}

}  // namespace proxy
