package athena

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// token seals a position of one listing so that a token of another listing, or
// an invented one, is refused.
func (s *Service) token(scope string, position int64) string {
	plain := fmt.Sprintf("%d", position)
	return base64.StdEncoding.EncodeToString(append(s.seal(scope, plain), plain...))
}

// position opens a token.
func (s *Service) position(scope, token string) (int64, error) {
	raw, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(raw) <= 16 || !hmac.Equal(raw[:16], s.seal(scope, string(raw[16:]))) {
		return 0, invalid("INVALID_INPUT", "Invalid NextToken")
	}
	var position int64
	if _, err := fmt.Sscan(string(raw[16:]), &position); err != nil {
		return 0, invalid("INVALID_INPUT", "Invalid NextToken")
	}
	return position, nil
}

func (s *Service) seal(scope, plain string) []byte {
	mac := hmac.New(sha256.New, s.tokens)
	mac.Write([]byte(scope + "\x00" + plain))
	return mac.Sum(nil)[:16]
}

// page answers one page of a listing under the given member name.
func (s *Service) page(member string, all []any, in listIn, most int) (any, error) {
	size := in.MaxResults
	switch {
	case size == 0:
		size = most
	case size < 0 || size > most:
		return nil, constraint("maxResults", size, "Member must have value less than or equal to %d", most)
	}
	scope := strings.Join([]string{member, in.WorkGroup, in.CatalogName}, "\x00")
	var start int64
	if in.NextToken != "" {
		var err error
		if start, err = s.position(scope, in.NextToken); err != nil {
			return nil, err
		}
	}
	start = min(start, int64(len(all)))
	end := min(start+int64(size), int64(len(all)))
	out := map[string]any{member: append([]any{}, all[start:end]...)}
	if end < int64(len(all)) {
		out["NextToken"] = s.token(scope, end)
	}
	return out, nil
}

// constraint is the message of the service's model validation.
func constraint(field string, value any, format string, args ...any) *wire.Error {
	return invalid("INVALID_INPUT", "1 validation error detected: Value '%v' at '%s' failed to satisfy constraint: %s", value, field, fmt.Sprintf(format, args...))
}
