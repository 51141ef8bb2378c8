#include "proxy/offers/header_form.h"

#include "xmpp/jid.h"

namespace proxy {

HeaderForm header_form(std::string_view from, std::string_view domain) {
    if (from.empty()) return HeaderForm::anonymous;
    const auto jid = xmpp::Jid::parse(from);
    if (!jid || jid->localpart().empty() || xmpp::prepared_domain(jid->domainpart()) != domain)
        return HeaderForm::anonymous;
    return HeaderForm::user;
}

std::string sample_from(HeaderForm form, std::string_view domain) {
    if (form == HeaderForm::anonymous) return {};
    return std::string("nobody@").append(domain);
}

std::string words_for(HeaderForm form, std::string_view domain) {
    return std::string(form == HeaderForm::user ? "a user of " : "").append(domain);
}

}  // namespace proxy
