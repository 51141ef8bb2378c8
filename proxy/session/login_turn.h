#pragma once
// What becomes of a login that asks its backend for one of the logins that it has to give
// ([pool.NAME] login_rate).

#include <cstdint>

namespace proxy {

enum class LoginTurn : std::uint8_t {
    now,        // it goes there
    waits,      // Session::on_login_turn() says what follows
    come_back,  // it would wait for too long, or has
    anew,       // the backend is gone, or takes nobody now: it is routed again
};

}  // namespace proxy
