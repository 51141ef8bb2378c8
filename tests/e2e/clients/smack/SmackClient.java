import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jivesoftware.smack.AbstractXMPPConnection;
import org.jivesoftware.smack.ConnectionConfiguration;
import org.jivesoftware.smack.ConnectionListener;
import org.jivesoftware.smack.XMPPConnection;
import org.jivesoftware.smack.bosh.BOSHConfiguration;
import org.jivesoftware.smack.bosh.XMPPBOSHConnection;
import org.jivesoftware.smack.c2s.ModularXmppClientToServerConnection;
import org.jivesoftware.smack.c2s.ModularXmppClientToServerConnectionConfiguration;
import org.jivesoftware.smack.filter.MessageWithBodiesFilter;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.websocket.XmppWebSocketTransportModuleDescriptor;
import org.jxmpp.jid.EntityBareJid;
import org.jxmpp.jid.impl.JidCreate;

/**
 * Smack over WebSocket or BOSH, whichever the URL of the service says. Obeys and tells as the clients in ../web do, which
 * talk.mjs explains; java's own settings say where a host's name leads and whom to trust.
 */
final class SmackClient {
    private static final Gson GSON = new Gson();
    private static AbstractXMPPConnection connection;

    public static void main(String[] arguments) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = input.readLine()) != null;) {
            Map<?, ?> words = GSON.fromJson(line, Map.class);
            String deed = (String) words.get("deed");
            try {
                obey(deed, words);
            } catch (Exception error) {
                tell("failed", "deed", deed, "reason", error.toString());
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private static void obey(String deed, Map<?, ?> words) throws Exception {
        switch (deed) {
            case "connect":
                connect(JidCreate.entityBareFrom((String) words.get("jid")), (String) words.get("password"),
                        URI.create((String) words.get("service")));
                break;
            case "say":
                connection.sendStanza(connection.getStanzaFactory().buildMessageStanza()
                        .to((String) words.get("to")).ofType(Message.Type.chat)
                        .setBody((String) words.get("body")).build());
                break;
            case "close":
                connection.disconnect();
                break;
            default:
                throw new IllegalArgumentException(deed);
        }
    }

    private static void connect(EntityBareJid jid, String password, URI service) throws Exception {
        connection = service.getScheme().startsWith("ws") ? overWebSocket(jid, password, service)
                                                          : overBosh(jid, password, service);
        connection.addConnectionListener(new ConnectionListener() {
            @Override
            public void connectionClosed() {
                tell("closed", "wasClean", true);
            }

            @Override
            public void connectionClosedOnError(Exception error) {
                tell("closed", "wasClean", false, "reason", error.toString());
            }

            @Override
            public void authenticated(XMPPConnection authenticated, boolean resumed) {
                tell("online", "jid", authenticated.getUser().toString(), "resumed", resumed);
            }
        });
        connection.addSyncStanzaListener(stanza -> tell("message", "from", stanza.getFrom().toString(), "body",
                                                         ((Message) stanza).getBody()),
                                          MessageWithBodiesFilter.INSTANCE);
        connection.connect();
        connection.login();
    }

    private static AbstractXMPPConnection overBosh(EntityBareJid jid, String password, URI service) throws Exception {
        BOSHConfiguration.Builder builder = BOSHConfiguration.builder();
        builder.useHttps().setFile(service.getPath());
        addAccount(builder, jid, password).setHost(service.getHost()).setPort(service.getPort());
        return new XMPPBOSHConnection(builder.build());
    }

    private static AbstractXMPPConnection overWebSocket(EntityBareJid jid, String password, URI service) throws Exception {
        ModularXmppClientToServerConnectionConfiguration.Builder builder =
                ModularXmppClientToServerConnectionConfiguration.builder();
        addAccount(builder, jid, password);
        builder.removeModule(XmppWebSocketTransportModuleDescriptor.class)
                .with(XmppWebSocketTransportModuleDescriptor.Builder.class)
                .explicitlySetWebSocketEndpointAndDiscovery(service, false)
                .disableImplicitWebsocketEndpoint()
                .buildModule();
        return new ModularXmppClientToServerConnection(builder.build());
    }

    private static <B extends ConnectionConfiguration.Builder<B, ?>> B addAccount(B builder, EntityBareJid jid,
                                                                                 String password) {
        return builder.setUsernameAndPassword(jid.getLocalpart().toString(), password)
                .setXmppDomain(jid.asDomainBareJid());
    }

    /** One line of output; `facts` are names and values in turn. */
    private static synchronized void tell(String event, Object... facts) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        for (int i = 0; i < facts.length; i += 2) {
            line.put((String) facts[i], facts[i + 1]);
        }
        System.out.println(GSON.toJson(line));
    }
}
