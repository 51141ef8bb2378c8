-- Prosody behind stanzagate, in a container: the answer of "stanzagate recipe prosody" to stanzagate.toml beside it, and
-- what any Prosody has.
data_path = "/var/lib/prosody"
pidfile = "/run/prosody/prosody.pid"
log = { info = "*console" }
authentication = "internal_hashed"
modules_enabled = { "roster", "saslauth", "disco", "private", "vcard", "ping", "presence", "message", "iq", "offline",
  "blocklist", "carbons", "smacks" }
modules_disabled = { "s2s" }

c2s_ports = { 5222 }
c2s_interfaces = { "0.0.0.0" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
smacks_hibernation_time = 600

VirtualHost "localhost"
