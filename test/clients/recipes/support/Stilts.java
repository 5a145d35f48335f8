import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URL;
import java.net.URLEncoder;
import uk.ac.starlink.auth.AuthManager;
import uk.ac.starlink.auth.AuthUtil;
import uk.ac.starlink.auth.Redirector;
import uk.ac.starlink.auth.UserInterface;

/** Queries as `stilts tapquery` does since 3.5: the library logs in with the properties of the command line. */
public class Stilts {

    public static void main(String[] words) throws Exception {
        String url = valueOf("tapurl=", words) + "/sync?LANG=ADQL&REQUEST=doQuery&FORMAT=csv&QUERY=";
        String query = URLEncoder.encode(valueOf("adql=", words), "UTF-8");
        UserInterface user = UserInterface.getPropertiesUi();
        AuthManager manager = new AuthManager(user, AuthUtil.getDefaultSchemes(), Redirector.DEFAULT);
        try (BufferedReader rows = new BufferedReader(new InputStreamReader(manager.openStream(new URL(url + query))))) {
            rows.lines().forEach(System.out::println);
        }
    }

    private static String valueOf(String name, String[] words) {
        for (String word : words) {
            if (word.startsWith(name)) {
                return word.substring(name.length());
            }
        }
        throw new IllegalArgumentException(name);
    }
}
