-- Logs the address that Prosody holds for a client when it binds a resource.
module:hook("resource-bind", function (event)
	module:log("info", "e2e bound %s from %s", event.session.full_jid, event.session.ip);
end);
