package sts

import (
	"encoding/json"
	"errors"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// longestPolicy is the limit of the Policy parameter, in characters.
const longestPolicy = 2048

// oneOrMore is a JSON string or a list of them, as IAM takes both.
type oneOrMore []string

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// sessionPolicy reads the actions that a session policy allows on all
// resources; nil without a policy. Statements that name resources or conditions
// are more than the sandbox judges, and refused rather than misjudged.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
func sessionPolicy(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	malformed := func(why string) error {
		return wire.Fail("MalformedPolicyDocument", why)
	}
	if len(text) > longestPolicy {
		return nil, malformed("The policy is longer than 2048 characters")
	}
	var doc struct {
		Version   string
		Statement []struct {
			Effect           string
			Action, Resource oneOrMore
			NotAction        oneOrMore
			Condition        json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return nil, malformed("Syntax errors in policy.")
	}
	actions := []string{}
	for _, st := range doc.Statement {
		if st.Effect != "Allow" || len(st.Resource) != 1 || st.Resource[0] != "*" || st.NotAction != nil || st.Condition != nil {
			return nil, errors.New("the sandbox judges session policies of Allow statements on all resources only")
		}
		actions = append(actions, st.Action...)
	}
	return actions, nil
}
