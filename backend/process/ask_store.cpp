#include "backend/process/ask_store.h"

namespace backend {

std::string in_words(StoreError error) {
    switch (error) {
        case StoreError::unavailable:
        case StoreError::not_asked: return "the store does not answer";
        case StoreError::full: return "the store accepts nothing: no space, or read-only";
        case StoreError::broken: return "the store is damaged, or an answer makes no sense";
    }
    return "the store fails";
}

}  // namespace backend
