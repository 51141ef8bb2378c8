// stanza.js, over WebSocket or BOSH, whichever the URL of the service says.
import { tell, tellEnd, obey } from './talk.mjs';
import { createClient } from 'stanza';

let client;

function online(resumed) {
  if (client.transport.socket) tellEnd(client.transport.socket);
  tell('online', { jid: client.jid, resumed });
}

obey({
  connect({ service, jid, password }) {
    if (!client) {
      const kind = service.startsWith('ws') ? 'websocket' : 'bosh';
      client = createClient({ jid, password, transports: { [kind]: service } });
      client.on('session:started', () => { client.sendPresence(); online(false); });
      client.on('stream:management:resumed', () => online(true));
      client.on('message', ({ from, body }) => tell('message', { from, body }));
      client.on('auth:failed', () => tell('status', { status: 'AUTHFAIL' }));
      client.on('stream:error', (error) => tell('status', { status: 'ERROR', reason: error.condition }));
      client.on('bosh:terminate', ({ condition }) => tell('terminated', { condition }));
      client.on('disconnected', () => tell('status', { status: 'DISCONNECTED' }));
    }
    client.connect();
  },
  say({ to, body }) { client.sendMessage({ to, body, type: 'chat' }); },
  close() { client.disconnect(); },
});
