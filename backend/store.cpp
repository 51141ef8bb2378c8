#include "backend/store.h"

namespace backend {

std::string_view to_string(StoreError error) {
    switch (error) {
        case StoreError::unavailable: return "unavailable";
        case StoreError::full: return "full";
        case StoreError::broken: return "broken";
    }
    return "?";
}

}  // namespace backend
