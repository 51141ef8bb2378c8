#include "backend/store/store.h"

namespace backend {

std::string_view to_string(StoreError error) {
    switch (error) {
        case StoreError::unavailable: return "unavailable";
        case StoreError::not_asked: return "not_asked";
        case StoreError::full: return "full";
        case StoreError::broken: return "broken";
    }
    return "?";
}

std::string_view remedy_of(StoreError error) {
    switch (error) {
        case StoreError::unavailable:
        case StoreError::not_asked:
            return "check that the store runs, can be reached and keeps up; clients come back "
                   "by themselves";
        case StoreError::full:
            return "make room where the store keeps its data, and check that it may write there";
        case StoreError::broken:
            return "read what the store itself says; damaged data comes back only from a backup";
    }
    return "";
}

}  // namespace backend
