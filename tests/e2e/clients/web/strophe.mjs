// strophe.js (that of Converse and many more), over WebSocket or BOSH, whichever the URL of the service says.
import { tell, tellEnd, obey } from './talk.mjs';
import { XMLHttpRequest } from './requests.mjs';

globalThis.XMLHttpRequest = XMLHttpRequest;
// The part of a browser's tab that a reload leaves as it is. The test is told of each change.
const kept = new Map();
globalThis.sessionStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => { kept.set(name, value); tell('kept', { name, value }); },
  removeItem: (name) => { kept.delete(name); },
};
const { Strophe, $msg, $pres } = await import('strophe.js');

const names = Object.fromEntries(Object.entries(Strophe.Status).map(([name, number]) => [number, name]));
let connection;

function begin(service) {
  connection ??= new Strophe.Connection(service, { keepalive: true, enableStreamManagement: service.startsWith('ws') });
  connection.addHandler((message) => {
    tell('message', { from: message.getAttribute('from'), body: message.getElementsByTagName('body')[0]?.textContent });
    return true;
  }, null, 'message');
}

function onStatus(status, reason) {
  tell('status', { status: names[status], reason });
  if (status !== Strophe.Status.CONNECTED && status !== Strophe.Status.ATTACHED) return;
  if (connection._proto.socket) tellEnd(connection._proto.socket);
  connection.send($pres());
  tell('online', { jid: connection.jid, resumed: connection.hasResumed() || status === Strophe.Status.ATTACHED });
}

obey({
  connect({ service, jid, password }) {
    begin(service);
    connection.connect(jid, password, onStatus);
  },
  // A page that was loaded anew goes on with what the tab has kept.
  restore({ service, jid, name, value }) {
    kept.set(name, value);
    begin(service);
    connection.restore(jid, onStatus);
  },
  // XEP-0124 section 12; strophe.js leaves it to its users.
  async pause({ seconds }) {
    const body = connection._proto._buildBody().attrs({ pause: seconds });
    const response = await fetch(connection.service, { method: 'POST', body: body.toString() });
    tell('paused', { status: response.status });
  },
  say({ to, body }) { connection.send($msg({ to, type: 'chat' }).c('body').t(body)); },
  close() { connection.disconnect(); },
});
