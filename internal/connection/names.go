package connection

import (
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// maxName is the longest name of a connection or auth profile, in bytes.
const maxName = 64

// CheckName returns a fault with code usage when name cannot name a connection
// or an auth profile: letters, digits, dot, underscore and hyphen, at most 64.
func CheckName(name string) error {
	if validName(name) {
		return nil
	}
	return fault.Newf(fault.Usage, "%q cannot be a name", name).
		WithRemedyf("use letters, digits, dot, underscore and hyphen, at most %d of them", maxName)
}

func validName(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// shellName is name where it can be typed as it is, else a placeholder.
func shellName(name string) string {
	if validName(name) {
		return name
	}
	return "NAME"
}

// secretLooking reports whether a key's name promises a secret. A name that
// only points to one (an ARN, a file, an id) does not.
func secretLooking(key string) bool {
	k := strings.ReplaceAll(strings.ToLower(key), "-", "_")
	for _, pointer := range []string{"_arn", "_id", "_name", "_file", "_path"} {
		if strings.HasSuffix(k, pointer) {
			return false
		}
	}
	k = strings.ReplaceAll(k, "_", "")
	for _, word := range []string{"secret", "password", "passwd", "passphrase", "sessiontoken", "accesstoken", "refreshtoken", "securitytoken", "privatekey", "apikey"} {
		if strings.Contains(k, word) {
			return true
		}
	}
	return k == "token" || k == "pwd"
}
