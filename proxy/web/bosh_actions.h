#pragma once
// What a BOSH session's machine asks its owner to do, in order. Values; any thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/strong.h"
#include "xmpp/bosh_answer.h"
#include "xmpp/bosh_condition.h"

namespace proxy {

/// One HTTP request of a session, named by the owner; 0 names none.
using BoshRequestId = core::Strong<struct BoshRequestIdTag, std::uint64_t>;

/// The entity of an answer. What has been made is shared with the copy that is kept for a repeat.
class BoshEntity {
public:
    /// The empty <body/>.
    BoshEntity() = default;
    /// `text` is static.
    explicit BoshEntity(std::string_view text) : text_(text) {}
    explicit BoshEntity(std::string&& made)
        : made_(std::make_shared<const std::string>(std::move(made))) {}

    /// Valid as long as one copy lives.
    std::string_view view() const { return made_ ? std::string_view(*made_) : text_; }

private:
    std::shared_ptr<const std::string> made_;
    std::string_view text_ = xmpp::kBoshEmpty;
};

/// Answer the HTTP request, which the machine forgets.
struct BoshReply {
    BoshRequestId request;
    BoshEntity entity;
    std::uint16_t status = 200;
};
/// Bytes of the plain stream, from the client: a header, whole elements, the end tag.
struct BoshStreamBytes {
    std::string bytes;
};

enum class BoshEnd : std::uint8_t {
    client_ended,  // it said so; the end tag went to the stream
    server_ended,  // or was lost, and the client has been told
    inactive,      // the client has gone, and nobody could be told
    refused,       // the client broke a rule: `condition`
};
/// The session is over, and all its requests have been answered. The last action.
struct BoshOver {
    BoshEnd end;
    std::optional<xmpp::BoshCondition> condition = {};
};

using BoshAction = std::variant<BoshReply, BoshStreamBytes, BoshOver>;
using BoshActions = std::vector<BoshAction>;

/// The HTTP status that stands for a condition where it is told to a client of before XEP-0124 1.5,
/// or where no session is known (section 17.1); 200 for those that have none.
std::uint16_t legacy_status(xmpp::BoshCondition condition);

}  // namespace proxy
