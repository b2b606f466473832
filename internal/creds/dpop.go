package creds

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// coordinate is the length of a number of curve P-256, in bytes.
const coordinate = 32

// parseDPoPKey reads the private key that `aws login` keeps, SEC1 in PEM. What
// it says of a defect never quotes the key.
func parseDPoPKey(text string) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("its dpopKey is not PEM")
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil || key.Curve != elliptic.P256() {
		return nil, errors.New("its dpopKey is no key of curve P-256")
	}
	return key, nil
}

// dpopProof makes the proof that a request to address comes from the owner of
// the key (RFC 9449, section 4.2): a JWT signed by ES256 that holds the public
// key.
func dpopProof(key *ecdsa.PrivateKey, method, address string, now time.Time) (string, error) {
	point, err := key.PublicKey.Bytes() // 4, X, Y; both padded to their full length
	if err != nil {
		return "", err
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return "", err
	}
	b64 := base64.RawURLEncoding.EncodeToString
	header, err := json.Marshal(map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": map[string]string{
		"kty": "EC", "crv": "P-256", "x": b64(point[1 : 1+coordinate]), "y": b64(point[1+coordinate:]),
	}})
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(map[string]any{"htm": method, "htu": address, "iat": now.Unix(), "jti": uuid(id)})
	if err != nil {
		return "", err
	}
	text := b64(header) + "." + b64(claims)
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 2*coordinate)
	r.FillBytes(signature[:coordinate])
	s.FillBytes(signature[coordinate:])
	return text + "." + b64(signature), nil
}

// uuid writes 16 random bytes as a UUID of version 4.
func uuid(b []byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}

// addDPoP puts a proof on each request of a client, a new one at each attempt.
func addDPoP(key *ecdsa.PrivateKey) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Finalize.Add(&proveKey{key}, middleware.After)
	}
}

type proveKey struct{ key *ecdsa.PrivateKey }

// ID names the step in the stack.
func (*proveKey) ID() string { return "FairleadDPoP" }

// HandleFinalize sets the header. The endpoint is known by now.
func (m *proveKey) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, meta middleware.Metadata, err error,
) {
	req, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return out, meta, fmt.Errorf("unexpected request type %T", in.Request)
	}
	address := *req.URL
	address.RawQuery, address.Fragment = "", ""
	proof, err := dpopProof(m.key, req.Method, address.String(), time.Now())
	if err != nil {
		return out, meta, err
	}
	req.Header.Set("DPoP", proof)
	return next.HandleFinalize(ctx, in)
}
