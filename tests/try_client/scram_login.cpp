#include "tests/try_client/scram_login.h"

#include <stdexcept>

namespace try_client {
namespace {

void require(int status) {
    if (status != GSASL_OK && status != GSASL_NEEDS_MORE) {
        throw std::runtime_error(std::string(ScramLogin::kMechanism) + ": " +
                                 gsasl_strerror(status));
    }
}

}  // namespace

ScramLogin::ScramLogin(const std::string& user, const std::string& password) {
    Gsasl* library = nullptr;
    require(gsasl_init(&library));
    library_.reset(library);
    Gsasl_session* session = nullptr;
    require(gsasl_client_start(library, kMechanism, &session));
    session_.reset(session);
    require(gsasl_property_set(session, GSASL_AUTHID, user.c_str()));
    require(gsasl_property_set(session, GSASL_PASSWORD, password.c_str()));
}

std::string ScramLogin::step(const std::string& said) {
    char* raw = nullptr;
    const int status = gsasl_step64(session_.get(), said.c_str(), &raw);
    const core::Handle<char, &gsasl_free> answer(raw);
    require(status);
    is_done_ = status == GSASL_OK;
    return answer ? answer.get() : "";
}

}  // namespace try_client
