#include "proxy/process/key_check.h"

#include <utility>

#include "core/certificate_store.h"
#include "core/ticket_keys.h"
#include "proxy/legs/backend_tls.h"
#include "proxy/session/pseudonym.h"
#include "proxy/worker/worker_tls.h"

namespace proxy {

namespace {

class Found {
public:
    void add_warning(const core::CertificateNote& note) {
        conf::Problem& made = problems_.emplace_back();
        made.severity = conf::Severity::warning;
        made.file = note.file;
        made.what = note.what;
        made.hint = note.remedy;
    }
    template <class Loaded>
    void add_failure_of(const core::Result<Loaded, core::TlsProblem>& loaded) {
        if (loaded) return;
        conf::Problem& made = problems_.emplace_back();
        made.file = loaded.error().file;
        made.what = loaded.error().what;
    }
    std::vector<conf::Problem> take() { return std::move(problems_); }

private:
    std::vector<conf::Problem> problems_;
};

}  // namespace

std::vector<conf::Problem> check_keys(const conf::Config& config) {
    Found found;
    const auto certificates = core::CertificateStore::load(config.tls.cert_dir);
    found.add_failure_of(certificates);
    if (certificates) {
        for (const core::CertificateNote& note : (*certificates)->notes()) found.add_warning(note);
        found.add_failure_of(nameless_clients(config, **certificates));
    }
    if (!config.tls.ticket_keys.empty())
        found.add_failure_of(core::TicketKeys::load(config.tls.ticket_keys));
    if (!config.resumption.keys.empty())
        found.add_failure_of(core::TicketKeys::load(config.resumption.keys));
    if (!config.log.pseudonym_key.empty())
        found.add_failure_of(load_pseudonym_key(config.log.pseudonym_key));
    found.add_failure_of(BackendTls::create(config));
    return found.take();
}

}  // namespace proxy
