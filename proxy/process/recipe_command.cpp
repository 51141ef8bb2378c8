#include "proxy/process/recipe_command.h"

#include <fmt/format.h>

#include "conf/findings.h"
#include "conf/load.h"
#include "conf/near_name.h"
#include "proxy/admin/json_text.h"
#include "proxy/advice/recipe.h"

namespace proxy {

namespace {

std::string recipe_json(RecipeKind kind, const conf::Config& config, const Recipe& recipe) {
    return JsonObject()
        .text("pool", recipe.pool)
        .raw("here", json_texts(recipe.here))
        .text("settings", recipe.settings)
        .raw("notes", json_texts(recipe.notes))
        .text("text", recipe_text(kind, config, recipe))
        .done();
}

}  // namespace

int recipe_command(const LocalCall& call) {
    const std::string& name = call.words.arguments[0];
    const std::string& file = call.words.arguments[1];
    const auto kind = recipe_kind(name);
    if (!kind)
        return call.refuse(UsageProblem{"there is no recipe for " + conf::in_quotes(name),
                                        "those are: " + recipe_kinds()});
    const conf::Examined examined = conf::examine(file);
    // Certificates need not be there yet.
    if (examined.config.pools.empty()) return call.refuse(examined.problems, file);
    if (examined.has_errors())
        call.err << "stanzagate: " << summary(tally(examined.problems)) << " in " << file
                 << "; stanzagate check shows them\n";
    const std::string wanted = call.words.value("--pool", "");
    std::vector<std::string> answers;
    std::vector<std::string_view> known;
    for (const conf::Pool& pool : examined.config.pools) {
        known.push_back(pool.name);
        if (!wanted.empty() && pool.name != wanted) continue;
        const Recipe recipe = make_recipe(*kind, examined.config, pool);
        answers.push_back(call.is_json() ? recipe_json(*kind, examined.config, recipe)
                                         : recipe_text(*kind, examined.config, recipe));
    }
    if (answers.empty())
        return call.refuse(UsageProblem{"there is no pool " + conf::in_quotes(wanted),
                                        conf::did_you_mean(wanted, known)});
    if (call.is_json()) {
        call.out << JsonObject().text("kind", name).raw("pools", json_array(answers)).done()
                 << '\n';
        return kFine;
    }
    for (std::size_t i = 0; i < answers.size(); ++i) call.out << (i == 0 ? "" : "\n") << answers[i];
    return kFine;
}

}  // namespace proxy
