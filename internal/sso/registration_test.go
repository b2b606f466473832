package sso

import "testing"

func FuzzRegistration(f *testing.F) {
	f.Add([]byte(`{"clientId": "c", "clientSecret": "s", "expiresAt": "2030-01-01T00:00:00Z", "scopes": ["sso:account:access"], "grantTypes": ["authorization_code"]}`))
	f.Add([]byte(`{"clientId": 1}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseRegistration(data)
		if (err == nil) != (r.clientID != "" && !r.clientSecret.IsZero()) {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}
