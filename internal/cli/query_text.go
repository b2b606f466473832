package cli

import (
	"io"
	"os"
	"strings"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sink"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

// The choices of --on-error.
const (
	onErrorStop     = "stop"
	onErrorContinue = "continue"
)

// prepare refuses flags that cannot be meant, and turns those that are engine
// parameters into them.
func (o *queryOptions) prepare(given func(flag string) bool) error {
	o.limited, o.timed = given("limit"), given("timeout")
	if o.output == "-" {
		o.output = ""
	}
	switch {
	case o.limited && o.limit < 1:
		return fault.Newf(fault.Usage, "--limit %d: a limit is one row or more", o.limit)
	case o.timed && o.timeout <= 0:
		return fault.Newf(fault.Usage, "--timeout %s: the time must be longer than nothing", o.timeout)
	case given("max-units") && o.maxUnits <= 0:
		return fault.Newf(fault.Usage, "--max-units %g: a bound is more than nothing", o.maxUnits)
	case given("rate") && o.rate <= 0:
		return fault.Newf(fault.Usage, "--rate %g: a rate is more than nothing", o.rate)
	case o.onError != onErrorStop && o.onError != onErrorContinue:
		return fault.Newf(fault.Usage, "--on-error cannot be %q", o.onError).WithRemedy("one of: stop, continue")
	}
	o.over.Params = map[string]string{}
	for name, value := range map[string]string{"fetch": o.fetch, "transport": o.transport} {
		if value != "" {
			o.over.Params[name] = value
		}
	}
	if o.allowScan {
		o.over.Params[app.AllowScan] = "always"
	}
	return nil
}

// budget is what the statement may cost. A bound that the engine has no
// measure for is refused: nobody should believe it holds.
func (o *queryOptions) budget(spec engine.Spec) (engine.Budget, error) {
	var b engine.Budget
	var err error
	if o.maxScan != "" {
		if b.ScanBytes, err = engine.Bytes("--max-scan", o.maxScan); err != nil {
			return b, err
		}
		if spec.Dialect != sqltext.Trino {
			return b, noMeasure(spec, "--max-scan", "Athena, which bills by the bytes it reads")
		}
	}
	b.CapacityUnits, b.UnitRate = o.maxUnits, o.rate
	if spec.Dialect != sqltext.PartiQL {
		const units = "DynamoDB, which bills by capacity units"
		if o.maxUnits > 0 {
			return b, noMeasure(spec, "--max-units", units)
		}
		if o.rate > 0 {
			return b, noMeasure(spec, "--rate", units)
		}
	}
	return b, nil
}

func noMeasure(spec engine.Spec, flag, whose string) error {
	return fault.Newf(fault.Usage, "%s has no measure for %s", spec.Title, flag).WithRemedy("it is for " + whose)
}

// readParams reads --param NAME[:TYPE]=VALUE.
func readParams(given []string) ([]app.Parameter, error) {
	var params []app.Parameter
	for _, text := range given {
		name, value, found := strings.Cut(text, "=")
		name, typ, typed := strings.Cut(name, ":")
		if !typed {
			typ = "text"
		}
		if name == "" || !found && typ != "null" {
			return nil, fault.Newf(fault.Usage, "--param cannot be %q", text).WithRemedy("write it as NAME=VALUE or NAME:TYPE=VALUE")
		}
		p := app.Parameter{Name: name, Arg: engine.Arg{Value: value, Type: typ}}
		switch typ {
		case "text", "number", "boolean", "date", "timestamp":
		case "null":
			p.Arg.Value = ""
		case "secret":
			p.Arg.Type, p.Arg.Secret = "text", true
		default:
			return nil, fault.Newf(fault.Usage, "--param %s: there is no type %q", name, typ).
				WithRemedy("types: text, number, boolean, date, timestamp, null, secret")
		}
		for _, other := range params {
			if other.Name == name {
				return nil, fault.Newf(fault.Usage, "--param %s is given twice", name)
			}
		}
		params = append(params, p)
	}
	return params, nil
}

// chooseFormat picks the format from --format, the file name, or where the rows go.
func (r *room) chooseFormat(format, output string) (string, error) {
	format = strings.ToLower(format)
	if sink.Binary(format) && output == "" && r.streams.OutTTY() {
		return "", fault.Newf(fault.Usage, "%s is no text for a terminal", format).WithRemedyf("write it to a file with -o, or to a pipe")
	}
	if format != "" {
		for _, name := range formatNames() {
			if name == format {
				return format, nil
			}
		}
		return "", fault.Newf(fault.Usage, "There is no format %q", format).
			WithRemedy("formats: " + strings.Join(formatNames(), ", "))
	}
	if output != "" {
		if name, ok := sink.ForFile(output); ok {
			return name, nil
		}
		return "", fault.Newf(fault.Usage, "The ending of %s names no format", output).
			WithRemedy("say it with --format: " + strings.Join(formatNames(), ", "))
	}
	if r.streams.OutTTY() {
		return "table", nil
	}
	return "csv", nil
}

// statementText takes the statement from the argument, a file or stdin.
func (r *room) statementText(o queryOptions) (string, error) {
	switch {
	case o.file != "" && o.text != "":
		return "", fault.New(fault.Usage, "Give the statement either as an argument or with -f, not both")
	case o.file == "-":
		return r.statementText(queryOptions{text: "-", target: o.target})
	case o.file != "":
		data, err := os.ReadFile(o.file)
		if err != nil {
			return "", fault.Wrapf(err, fault.Usage, "Cannot read the statements from %s", o.file)
		}
		return string(data), nil
	case o.text == "-" || o.text == "" && !r.streams.InTTY():
		data, err := io.ReadAll(r.streams.In)
		if err != nil {
			return "", fault.Wrap(err, fault.Usage, "Cannot read the statements from the standard input")
		}
		return string(data), nil
	case o.text == "":
		return "", fault.New(fault.Usage, "There is no statement to run").
			WithRemedyf(`fairlead query %s "select 1", or -f FILE, or - for the standard input`, o.target)
	}
	return o.text, nil
}
