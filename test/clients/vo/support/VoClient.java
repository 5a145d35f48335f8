import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.TreeMap;
import uk.ac.starlink.auth.AuthConnection;
import uk.ac.starlink.auth.AuthContext;
import uk.ac.starlink.auth.AuthManager;
import uk.ac.starlink.auth.AuthUtil;
import uk.ac.starlink.auth.Challenge;
import uk.ac.starlink.auth.Redirector;
import uk.ac.starlink.auth.UserInterface;
import uk.ac.starlink.auth.UserPass;

/**
 * TOPCAT's and STILTS's own way to a protected resource, and what their user is shown on it, one line each.
 *
 * VoClient parse CHALLENGES: the challenges of a header, as they are understood.
 * VoClient get|check USER PASSWORD URL…: opens each URL, or asks who is signed in there, as TOPCAT does of capabilities.
 */
public class VoClient {

    public static void main(String[] words) throws Exception {
        if (words[0].equals("parse")) {
            parse(words[1]);
            return;
        }
        UserInterface user = new Typist(words[1], words[2]);
        AuthManager manager = new AuthManager(user, AuthUtil.getDefaultSchemes(), Redirector.DEFAULT);
        for (int i = 3; i < words.length; i++) {
            URL url = new URL(words[i]);
            if (words[0].equals("check")) {
                System.out.println(manager.authcheck(url, true, true).getIdentityString());
            } else {
                get(manager, url);
            }
        }
    }

    private static void parse(String header) {
        for (Challenge challenge : Challenge.parseChallenges(header)) {
            String realm = challenge.getRealm() == null ? "" : " realm=" + challenge.getRealm();
            System.out.println(challenge.getSchemeName() + realm + " " + new TreeMap<>(challenge.getParams()));
        }
    }

    private static void get(AuthManager manager, URL url) {
        try {
            AuthConnection connection = manager.makeConnection(url, null, Redirector.DEFAULT);
            AuthContext context = connection.getContext();
            boolean isKnown = context != null && context.hasCredentials();
            int status = ((HttpURLConnection) connection.getConnection()).getResponseCode();
            System.out.println(status + " by " + (isKnown ? context.getScheme().getName() : "nothing"));
        } catch (IOException e) {
            System.out.println("failed: " + e.getMessage());
        }
    }

    /** Types the same each time the dialog opens, and gives up after a failure. */
    private static class Typist extends UserInterface {

        private final String user;
        private final String password;

        Typist(String user, String password) {
            this.user = user;
            this.password = password;
        }

        public UserPass readUserPassword(String[] lines) {
            System.out.println("asked: " + String.join("; ", lines));
            return new UserPass(user, password.toCharArray());
        }

        public void message(String[] lines) {
            System.out.println("told: " + String.join("; ", lines));
        }

        public boolean canRetry() {
            return false;
        }
    }
}
