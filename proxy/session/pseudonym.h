#pragma once
// How users are named in the log: by a keyed hash, so that the lines of one user can be found
// together, but nobody by guessing names. One key for the process, random unless the operator gave
// a file, with which pseudonyms stay the same over restarts and in several proxies. Any thread.

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/strong.h"
#include "core/tls_problem.h"

namespace proxy {

using PseudonymKey = core::Secret<struct PseudonymKeyTag>;

/// The key out of a file of one line that nobody can guess, as `openssl rand -hex 32` writes it;
/// else the file and what is wrong with it.
core::Result<PseudonymKey, core::TlsProblem> load_pseudonym_key(const std::filesystem::path& file);

/// From now on this key counts; an empty one stands for the random key of this process. Whether it
/// is another than before.
bool use_pseudonym_key(const PseudonymKey& key);

/// The random key of this process, for the one that takes its place; and that of the process whose
/// place this one takes. Before anybody is named.
PseudonymKey own_pseudonym_key();
void adopt_pseudonym_key(const PseudonymKey& key);

/// "h:5f1c0a9e" for a prepared bare JID.
std::string pseudonym(std::string_view user);

}  // namespace proxy
