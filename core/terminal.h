#pragma once
// Whether somebody looks at what is written, and how wide. Any thread.

#include <cstddef>

namespace core {

/// Columns in which texts for people are broken on the terminal behind `fd`: those of its window,
/// 40 to 80; 0 when it is no terminal, where each line stays whole for other programs.
std::size_t terminal_columns(int fd);

}  // namespace core
