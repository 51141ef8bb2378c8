#pragma once
// What the server and its accounts are and can do: XEP-0030, and its hash for the stream features
// (XEP-0115). Pure; any thread.

#include <string>
#include <string_view>

#include "backend/rules/iq_request.h"
#include "backend/rules/plan_builder.h"

namespace backend {

/// False: not a question of disco. `request` is a get to the server.
bool plan_server_disco(const IqRequest& request, PlanBuilder& plan);
/// To an account: those who may see its presence may ask (XEP-0030 section 8).
bool plan_account_disco(const IqRequest& request, PlanBuilder& plan);

/// <c/> for the stream features after login, for a server that calls itself `software`.
std::string caps_feature(std::string_view software);

}  // namespace backend
