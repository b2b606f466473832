package redshift

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// The values of sslmode, meaning what they mean to libpq.
const (
	verifyFull = "verify-full" // the chain and the name
	verifyCA   = "verify-ca"   // the chain
	require    = "require"     // encryption alone
	disable    = "disable"
)

// tlsConfig returns the TLS settings for host, nil for none.
func (e *Engine) tlsConfig(host string) (*tls.Config, error) {
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	switch e.set.sslmode {
	case disable:
		return nil, nil
	case require:
		c.InsecureSkipVerify = true // asked for: encrypt, trust whoever answers
		return c, nil
	}
	roots, err := e.roots()
	if err != nil {
		return nil, err
	}
	c.RootCAs = roots
	if e.set.sslmode == verifyCA {
		c.InsecureSkipVerify = true // the name alone is not checked; the chain is, below
		c.VerifyConnection = func(state tls.ConnectionState) error { return verifyChain(state, roots) }
	}
	return c, nil
}

// verifyChain does what crypto/tls does by itself, apart from the name.
func verifyChain(state tls.ConnectionState, roots *x509.CertPool) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("the server sent no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
	return err
}

// roots returns the certificates to trust: ca_file's, else the session's
// (AWS_CA_BUNDLE), else nil for the system's. Redshift's own are signed by
// Amazon's authority, which systems know.
func (e *Engine) roots() (*x509.CertPool, error) {
	if e.set.caFile == "" {
		if e.session.RootCAs == nil {
			return nil, nil
		}
		return e.session.RootCAs()
	}
	pem, err := os.ReadFile(e.set.caFile)
	if err != nil {
		return nil, fault.Wrap(err, fault.Config, "ca_file cannot be read").
			WithRemedy(engine.Setting(e.session.Name, "ca_file", "FILE"))
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fault.Newf(fault.Config, "ca_file %s holds no certificate", e.set.caFile).
			WithRemedy("give a PEM file with at least one CERTIFICATE block")
	}
	return pool, nil
}
