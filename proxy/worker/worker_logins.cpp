// Sessions that wait until their backend has a login to give.

#include <algorithm>
#include <chrono>

#include "proxy/worker/worker.h"

namespace proxy {

LoginTurn Worker::ask_for_login(Session& who, const balancer::Member& at, balancer::LoginKind kind,
                                std::chrono::milliseconds most) {
    if (at.login_rate == 0) return LoginTurn::now;
    const LoginTurn turn = login_waits_.ask(who, at, kind, most, now());
    if (turn == LoginTurn::waits) set_login_clock();
    return turn;
}

void Worker::give_back_login(balancer::BackendId at, balancer::LoginKind kind) {
    loads_->login_lines().give_back(at, kind);
}

void Worker::tell_who_waits() {
    while (const auto told = login_waits_.next(now())) told->who->on_login_turn(told->what);
    set_login_clock();
}

void Worker::set_login_clock() {
    const core::TimePoint at = login_waits_.look_at();
    if (at == core::TimePoint::max()) return login_clock_.cancel();
    const core::TimePoint from = now();
    login_clock_.start(std::chrono::ceil<std::chrono::milliseconds>(std::max(at, from) - from));
}

}  // namespace proxy
