#pragma once
// Clients that come whether or not the last one was served, as they do in life: so many a second,
// each with its patience. What becomes of each is told, for here a login that fails is no surprise.

#include "bench/load_options.h"
#include "bench/load_session.h"

namespace bench {

/// Runs through options.phases. Prints "attempt BEGUN_MS TOOK_MS OUTCOME" for each client, in no
/// order, where OUTCOME is "in" (logged in; it leaves at once), "refused" (closed, or told so) or
/// "gave-up" (after options.patience seconds); then "done attempts=N".
void run_arrivals(const LoadOptions& options, LoadContext& context);

}  // namespace bench
