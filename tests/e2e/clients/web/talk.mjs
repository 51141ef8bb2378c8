// What the clients in this folder share. A test tells them what to do, and they tell what happens: both in lines of JSON,
// one object each, over standard input and output. An argument NAME=ADDRESS says where a host's name leads.
import dns from 'node:dns';
import { createInterface } from 'node:readline';
import { webcrypto } from 'node:crypto';
import ws from 'ws';

const addresses = new Map(process.argv.slice(2).map((pair) => pair.split('=')));

// A browser has these; node has them from version 20 and 22 on.
globalThis.crypto ??= webcrypto;
globalThis.WebSocket = ws;

const lookUp = dns.lookup;
dns.lookup = (name, options, done) => {
  if (!addresses.has(name)) return lookUp(name, options, done);
  const address = addresses.get(name);
  const found = options.all ? [[{ address, family: 4 }]] : [address, 4];
  process.nextTick(() => done(null, ...found));
};

export function tell(event, facts = {}) {
  console.log(JSON.stringify({ event, ...facts }));
}

// Tells how this WebSocket ends, as a page sees it.
export function tellEnd(socket) {
  socket.addEventListener('close', ({ code, wasClean }) => tell('closed', { code, wasClean }));
}

// Does what the test says, in the order in which it says it. `deeds` are functions by name. The end of the input ends the
// process, however the client is.
export function obey(deeds) {
  let before = Promise.resolve();
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { deed, ...words } = JSON.parse(line);
    before = before.then(() => deeds[deed](words)).catch((error) => tell('failed', { deed, reason: String(error) }));
  }).on('close', () => process.exit());
}
