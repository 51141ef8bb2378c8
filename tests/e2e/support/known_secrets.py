"""What no log may ever show: passwords, SASL data, SM ids, bodies. Actors remember each as it is made."""

import secrets

_secrets = set()


def remember(secret):
    """Adds to what `found_in` looks for; returns its argument."""
    _secrets.add(secret)
    return secret


def new_secret(prefix):
    return remember(f"{prefix}-{secrets.token_hex(8)}")


def found_in(text):
    return sorted(secret for secret in _secrets if secret in text)
