package session

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// vars makes an environment of pairs.
func vars(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return m[k] }
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

const identityXML = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
	`<Arn>arn:aws:iam::111122223333:user/u</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`

func TestIdentityOfStaticKeys(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(identityXML)) })
	o := NewOpener(Options{Env: vars("AWS_ENDPOINT_URL", url, "HOME", t.TempDir())})
	s, err := o.Open(context.Background(), Request{Name: "c", Region: "eu-west-1", RegionOrigin: "--region", Source: creds.Source{
		Name: "work", Static: &creds.Static{AccessKeyID: "AKIA1", SecretAccessKey: secret.New("s")}}})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Identity(context.Background())
	if err != nil || id.Account != "111122223333" {
		t.Fatalf("identity = %+v, %v", id, err)
	}
	if s.Region != "eu-west-1" || s.RegionOrigin != "--region" || s.Profile != "work" {
		t.Errorf("session = %+v", s)
	}
}
