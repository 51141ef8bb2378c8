"""The people of the tests. Every server knows them with the same passwords."""

from support.known_secrets import new_secret

PASSWORDS = {name: new_secret("password") for name in ("romeo", "juliet", "mercutio")}
