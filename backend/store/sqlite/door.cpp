#include "backend/store/sqlite/door.h"

#include <cassert>
#include <utility>

namespace backend {

SqliteDoor::SqliteDoor(core::EventLoop& loop, NodeName node_name, NodeLife node_life,
                       Receive receive)
    : name(std::move(node_name)), life(node_life), loop_(&loop), receive_(std::move(receive)) {}

void SqliteDoor::close() {
    assert(loop_ == nullptr || loop_->is_own_thread());
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
}

void SqliteDoor::post(std::vector<SqliteNews> news) {
    // A task of the loop must be copyable; what it carries is not.
    auto carried = std::make_shared<std::vector<SqliteNews>>(std::move(news));
    const std::lock_guard lock(mutex_);
    if (loop_ == nullptr) return;
    loop_->post([door = shared_from_this(), carried = std::move(carried)] {
        if (door->is_open()) door->receive_(std::move(*carried));
    });
}

}  // namespace backend
