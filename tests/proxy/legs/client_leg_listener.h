#pragma once
// In place of a session: what a leg has told it is recorded, and it consumes as the test says.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/legs/client_leg.h"

namespace test {

class ClientLegListener final : public proxy::ClientLegEvents {
public:
    std::size_t on_client_bytes(std::string_view window) override {
        const std::size_t done = consume ? consume(window) : window.size();
        received += window.substr(0, done);
        if (on_bytes) on_bytes();
        return done;
    }
    void on_client_broke_rules(const proxy::ClientFault& what) override {
        fault = what;
        if (on_fault) on_fault();
    }
    void on_client_secured() override { is_secured = true; }
    void on_client_end() override { has_ended = true; }
    void on_client_lost(proxy::ClientLoss why, std::string_view words) override {
        lost = why;
        detail = words;
    }
    void on_client_drained() override { ++drained; }
    void on_client_gone() override { is_gone = true; }

    std::function<std::size_t(std::string_view)> consume;
    std::function<void()> on_bytes;
    std::function<void()> on_fault;
    std::string received;
    bool is_secured = false;
    bool has_ended = false;
    bool is_gone = false;
    int drained = 0;
    std::optional<proxy::ClientFault> fault;
    std::optional<proxy::ClientLoss> lost;
    std::string detail;
};

}  // namespace test
