#pragma once
// For answers that come when whoever asked for them is gone. The asker holds an Alive; what it
// hands out is tied to it and does nothing any more once the asker is destroyed. Standard library
// only; one thread.

#include <memory>
#include <utility>

namespace core {

class Alive {
public:
    /// What a callback keeps, to see whether the owner is still there.
    class Tie {
    public:
        explicit operator bool() const noexcept { return !token_.expired(); }

    private:
        friend class Alive;
        explicit Tie(const std::shared_ptr<const char>& token) : token_(token) {}
        std::weak_ptr<const char> token_;
    };

    Alive() = default;
    Alive(const Alive&) = delete;
    Alive& operator=(const Alive&) = delete;

    Tie tie() const { return Tie(token_); }

    /// `call`, but nothing once the owner is gone. The call may destroy the owner.
    template <class Call>
    auto guarded(Call call) const {
        return [tie = tie(), call = std::move(call)]<class... Values>(Values&&... values) mutable {
            if (tie) call(std::forward<Values>(values)...);
        };
    }

private:
    std::shared_ptr<const char> token_ = std::make_shared<const char>();
};

}  // namespace core
