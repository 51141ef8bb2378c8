// xmpp.js, which speaks WebSocket alone in browsers.
import { tell, tellEnd, obey } from './talk.mjs';
import { client, xml, jid as parse } from '@xmpp/client';

let entity;

obey({
  connect({ service, jid, password }) {
    if (entity) return entity.reconnect.reconnect();
    const { local, domain } = parse(jid);
    entity = client({ service, domain, username: local, password });
    entity.reconnect.stop(); // the test says when
    let resumed = false;
    const begin = () => {
      tellEnd(entity.socket.socket);
      tell('online', { jid: entity.jid.toString(), resumed });
    };
    entity.on('online', async () => { await entity.send(xml('presence')); begin(); });
    entity.streamManagement.on('resumed', () => { resumed = true; begin(); });
    entity.on('stanza', (stanza) => {
      if (stanza.is('message')) tell('message', { from: stanza.attrs.from, body: stanza.getChildText('body') });
    });
    entity.on('error', (error) => tell('error', { reason: String(error) }));
    entity.on('status', (status) => tell('status', { status }));
    return entity.start();
  },
  say({ to, body }) { return entity.send(xml('message', { to, type: 'chat' }, xml('body', {}, body))); },
  close() { return entity.stop(); },
});
