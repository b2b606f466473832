package sandbox

import (
	"strings"
	"testing"
)

// TestCacheNames holds the names that AWS CLI v2 was seen to write.
func TestCacheNames(t *testing.T) {
	t.Parallel()
	const url = "https://demo.awsapps.com/start"
	for _, tt := range []struct{ got, want string }{
		{cacheName(url), "e4fbf2ca8766b8176cb643281dfab66ce6a6e66f.json"},
		{cacheName("demo"), "89e495e7941cf9e40e6980d14a16bf023ccd4c91.json"},
		{registrationName(url, "us-east-1", nil, ""), "e4c88b88"},
		{registrationName(url, "us-east-1", []string{"sso:account:access"}, "demo"), "823ee459"},
	} {
		if !strings.HasPrefix(tt.got, tt.want) {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}

func TestTokenIsWrittenAsTheCLIDoes(t *testing.T) {
	t.Parallel()
	token := tokenCache{
		StartURL: "https://demo.awsapps.com/start?a=1&b=<2>", Region: "us-east-1", AccessToken: "fake-access-token", ExpiresAt: "2026-11-23T23:13:55Z",
		ClientID: "fakeclient", ClientSecret: "fakesecret", RegisteredTo: "2027-02-21T15:13:54Z",
	}
	want := `{"startUrl": "https://demo.awsapps.com/start?a=1&b=<2>", "region": "us-east-1", "accessToken": "fake-access-token", ` +
		`"expiresAt": "2026-11-23T23:13:55Z", "clientId": "fakeclient", "clientSecret": "fakesecret", "registrationExpiresAt": "2027-02-21T15:13:54Z"}`
	if got := token.python(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want = `{"clientId": "fakeclient", "clientSecret": "fakesecret", "expiresAt": "2027-02-21T15:13:54Z", "scopes": ["sso:account:access"]}`
	if got := token.registration([]string{"sso:account:access"}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
