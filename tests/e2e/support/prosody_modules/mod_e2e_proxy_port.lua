-- A c2s port of Prosody that expects a PROXY protocol version 2 header (TCP over IPv4 or IPv6) before
-- the stream: options e2e_proxy_ports and e2e_proxy_interfaces. The session then has the client's address.
-- Debian's prosody-modules have no such module, and tests must see what a server sees.
module:set_global();

local portmanager = require "core.portmanager";
local net = require "util.net";

local signature = "\r\n\r\n\0\r\nQUIT\n";
local fixed_size = 16;
local address_sizes = { [0x11] = 4, [0x21] = 16 };

local waiting = {};

-- The header at the front of data as { ip, port, size }; nil while bytes are missing; false when it is none.
local function read_header(data)
	local known = math.min(#data, #signature);
	if data:sub(1, known) ~= signature:sub(1, known) then return false; end
	if #data < fixed_size then return nil; end
	local command, family, high, low = data:byte(13, 16);
	local size = fixed_size + high * 256 + low;
	local address_size = address_sizes[family];
	if command ~= 0x21 or not address_size or size < fixed_size + 2 * address_size + 4 then return false; end
	if #data < size then return nil; end
	local port_high, port_low = data:byte(fixed_size + 2 * address_size + 1, fixed_size + 2 * address_size + 2);
	return {
		ip = net.ntop(data:sub(fixed_size + 1, fixed_size + address_size));
		port = port_high * 256 + port_low;
		size = size;
	};
end

local listener = {};

function listener.onconnect(conn)
	waiting[conn] = "";
end

function listener.onincoming(conn, data)
	data = waiting[conn] .. data;
	waiting[conn] = data;
	local header = read_header(data);
	if header == nil then return; end
	waiting[conn] = nil;
	if not header then
		module:log("error", "no PROXY v2 header: %q", data:sub(1, 64));
		conn:close();
		return;
	end
	conn.peername, conn.peerport = header.ip, header.port;
	local c2s = portmanager.get_service("c2s").listener;
	conn:setlistener(c2s);
	c2s.onconnect(conn);
	if #data > header.size then c2s.onincoming(conn, data:sub(header.size + 1)); end
end

function listener.ondisconnect(conn)
	waiting[conn] = nil;
end

module:provides("net", { name = "e2e_proxy"; listener = listener; encryption = "plain"; });
