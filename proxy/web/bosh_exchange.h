#pragma once
// One HTTP request of BOSH: its body is gathered and read here, answered by the session that it is
// for, or begins one. Loop thread only.

#include <memory>
#include <optional>
#include <string>

#include "http/request_head.h"
#include "proxy/web/bosh_desk.h"
#include "proxy/web/origins.h"
#include "proxy/web/web_exchange.h"
#include "proxy/web/web_shared.h"

namespace proxy {

class BoshExchange final : public WebExchange, private BoshWaiting {
public:
    /// `shared` and `answer` outlive it.
    BoshExchange(WebShared& shared, WebAnswer& answer, const http::RequestHead& head);
    ~BoshExchange() override { BoshExchange::on_over(); }

    bool on_body(std::string_view bytes) override;
    void on_body_complete() override;
    void on_over() override;
    std::vector<http::HeadField> refusal_fields() const override { return cors_fields(origin_); }

private:
    void answer(std::uint16_t status, std::string_view entity) override;
    void respond(std::uint16_t status, std::string_view entity);
    void create(xmpp::BoshBody body);
    void pass(xmpp::BoshBody body);
    void refuse(const xmpp::BoshRefusal& why);
    std::vector<http::HeadField> fields() const;

    WebShared& shared_;
    WebAnswer& answer_;
    const std::string origin_;  // empty: none
    std::string body_;
    BoshRequestId id_;  // while it waits
    struct Passed {
        unsigned worker;
        xmpp::BoshSid sid;
    };
    std::optional<Passed> passed_;  // to a session, and not answered yet
};

}  // namespace proxy
