#include "proxy/advice/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "conf/findings.h"
#include "proxy/advice/server_recipes.h"
#include "proxy/advice/settings_text.h"

namespace proxy {

namespace {

struct NamedRecipe {
    RecipeKind kind;
    std::string_view name;      // as an operator writes it
    std::string_view own_name;  // as its makers do
    std::string_view mark;      // of a comment in the server's file
    Recipe (*make)(const conf::Config&, const conf::Pool&);
};

constexpr std::array kRecipes{
    NamedRecipe{RecipeKind::prosody, "prosody", "Prosody", "--", prosody_recipe},
    NamedRecipe{RecipeKind::ejabberd, "ejabberd", "ejabberd", "#", ejabberd_recipe},
    NamedRecipe{RecipeKind::openfire, "openfire", "Openfire", "#", openfire_recipe},
    NamedRecipe{RecipeKind::mongooseim, "mongooseim", "MongooseIM", "#", mongooseim_recipe}};

const NamedRecipe& named(RecipeKind kind) {
    return kRecipes[static_cast<std::size_t>(kind)];
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
    return all;
}

}  // namespace

std::optional<RecipeKind> recipe_kind(std::string_view name) {
    for (const NamedRecipe& each : kRecipes) {
        const bool is_it = std::equal(
            each.name.begin(), each.name.end(), name.begin(), name.end(),
            [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
        if (is_it) return each.kind;
    }
    return std::nullopt;
}

std::string recipe_kinds() {
    std::vector<std::string> names;
    for (const NamedRecipe& each : kRecipes) names.emplace_back(each.name);
    return joined(names);
}

Recipe make_recipe(RecipeKind kind, const conf::Config& config, const conf::Pool& pool) {
    Recipe made = named(kind).make(config, pool);
    made.pool = pool.name;
    return made;
}

std::string recipe_text(RecipeKind kind, const conf::Config& config, const Recipe& recipe) {
    SettingsText text(named(kind).mark);
    const auto pool = std::find_if(config.pools.begin(), config.pools.end(),
                                   [&](const auto& each) { return each.name == recipe.pool; });
    text.note(fmt::format("{} behind pool {} of stanzagate ({}).", named(kind).own_name,
                          conf::in_quotes(recipe.pool),
                          pool == config.pools.end() ? "" : joined(domains_of(config, *pool))));
    if (!recipe.here.empty()) {
        text.blank();
        text.note("First in the configuration of stanzagate:");
        for (const std::string& each : recipe.here) text.note("* " + each);
    }
    text.blank();
    std::string all = text.text() + recipe.settings;
    SettingsText notes(named(kind).mark);
    for (const std::string& each : recipe.notes) notes.blank().note(each);
    return all + notes.text();
}

}  // namespace proxy
