#pragma once
// Memory of libevent. It keeps a small entry for each descriptor number that was ever used, as long
// as its base lives. Among the memory of sessions each such entry would hold back a page when the
// sessions of a storm are gone. So what is that small has memory of its own.

namespace core {

/// From now on libevent asks here. Before anything else is asked of libevent; once is enough, more
/// does no harm. Any thread.
void use_event_memory();

}  // namespace core
