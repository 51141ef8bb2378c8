#pragma once
// What makes an XMPP server serve behind one pool of this very configuration: the settings of the
// server as its own file has them, and what has to be otherwise here. Pure: a configuration in,
// texts out; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conf/config.h"
#include "proxy/advice/server_recipes.h"

namespace proxy {

enum class RecipeKind : std::uint8_t { prosody, ejabberd, openfire, mongooseim };

/// As an operator names it, in any case; none: no such recipe.
std::optional<RecipeKind> recipe_kind(std::string_view name);
/// "prosody, ejabberd, openfire, mongooseim"
std::string recipe_kinds();

Recipe make_recipe(RecipeKind kind, const conf::Config& config, const conf::Pool& pool);

/// All of it as text that the server's file can hold: what is no setting stands in comments.
std::string recipe_text(RecipeKind kind, const conf::Config& config, const Recipe& recipe);

}  // namespace proxy
