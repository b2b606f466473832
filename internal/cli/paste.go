package cli

import (
	"context"
	"io"
	"maps"
	"strings"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// paste fills e in from a pasted endpoint.
func (r *room) paste(text string, e *connection.Entry) error {
	if text == "" {
		return nil
	}
	pasted, ok := r.app().Parse(text)
	if !ok {
		return fault.New(fault.Usage, "The text of --endpoint is no endpoint, JDBC URL or ARN that is known here").
			WithRemedy("for Redshift: NAME.ID.REGION.redshift.amazonaws.com:5439/DATABASE; or give --engine and its parameters")
	}
	if e.Engine != pasted.Engine {
		e.Engine, e.Params = pasted.Engine, nil
	}
	if pasted.Region != "" {
		e.Region = pasted.Region
	}
	params := maps.Clone(pasted.Params)
	for name, value := range e.Params {
		if _, told := params[name]; !told {
			params[name] = value
		}
	}
	e.Params = params
	return nil
}

// keepSecrets asks for the secret parameters that the flags name and keeps
// them in the secret store.
func (r *room) keepSecrets(ctx context.Context, c *connectionFlags, name string) error {
	for param, ask := range c.ask {
		if !*ask {
			continue
		}
		value, err := r.readSecret(ctx, param)
		if err != nil {
			return err
		}
		if err := r.app().SetSecretParam(ctx, name, param, value); err != nil {
			return err
		}
		r.say("Kept the %s in the secret store.", param)
	}
	return nil
}

// readSecret asks without echo, or reads the first line of the standard input
// where nobody can be asked.
func (r *room) readSecret(ctx context.Context, what string) (secret.String, error) {
	if r.streams.CanAsk() {
		return r.streams.Secret(ctx, strings.ToUpper(what[:1])+what[1:])
	}
	text, err := io.ReadAll(io.LimitReader(r.streams.In, 4096))
	if err != nil {
		return secret.String{}, fault.Wrapf(err, fault.Usage, "The %s cannot be read from the standard input", what)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return secret.New(strings.TrimSuffix(line, "\r")), nil
}
