package engine

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/nearest"
)

// Fill returns params with the declared defaults set. An undeclared name, a
// missing required parameter and a value outside the choices are faults with
// code config, which name the nearest declared parameter or all the choices.
// Empty values count as absent.
func (s Spec) Fill(params map[string]string) (map[string]string, error) {
	full, bad := s.Fit(params)
	if bad != nil {
		return nil, bad.Fault(s)
	}
	return full, nil
}

// Misfit is the parameter for which a spec refuses what it is given.
type Misfit struct {
	Param Param // of an undeclared one the name alone
	Why   string
	Value string // what was given
}

// Why a parameter is refused.
const (
	Undeclared = "undeclared" // the engine has none of that name
	NoChoice   = "no choice"  // the value is none of the choices
	Missing    = "missing"    // it is required
)

// Fit is Fill for who has words of its own for what is refused.
func (s Spec) Fit(params map[string]string) (map[string]string, *Misfit) {
	full := make(map[string]string, len(s.Params))
	for _, p := range s.Params {
		if p.Default != "" {
			full[p.Name] = p.Default
		}
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		value := params[name]
		p, ok := s.Param(name)
		if !ok {
			return nil, &Misfit{Param{Name: name}, Undeclared, value}
		}
		if value == "" {
			continue
		}
		if len(p.Choices) > 0 && !slices.Contains(p.Choices, value) {
			return nil, &Misfit{p, NoChoice, value}
		}
		full[name] = value
	}
	for _, p := range s.Params {
		if p.Required && full[p.Name] == "" {
			return nil, &Misfit{p, Missing, ""}
		}
	}
	return full, nil
}

// Fault tells of the misfit in the engine's words.
func (m *Misfit) Fault(s Spec) *fault.Error {
	switch m.Why {
	case Undeclared:
		names := make([]string, len(s.Params))
		for i, p := range s.Params {
			names[i] = p.Name
		}
		return fault.Newf(fault.Config, "%s has no parameter %q", s.Title, m.Param.Name).
			WithRemedy(suggest(m.Param.Name, names, "parameters"))
	case NoChoice:
		return fault.Newf(fault.Config, "%s cannot be %q", m.Param.Name, m.Value).
			WithRemedy("choose one of: " + strings.Join(m.Param.Choices, ", "))
	default:
		return fault.Newf(fault.Config, "%s needs %s", s.Title, m.Param.Name).WithRemedy(m.Param.Help)
	}
}

// Param returns the declared parameter called name.
func (s Spec) Param(name string) (Param, bool) {
	for _, p := range s.Params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}

// Find returns the spec of kind, or a fault that names the nearest kinds.
func Find(specs []Spec, kind string) (Spec, error) {
	kinds := make([]string, len(specs))
	for i, s := range specs {
		if s.Kind == kind {
			return s, nil
		}
		kinds[i] = s.Kind
	}
	return Spec{}, fault.Newf(fault.Config, "There is no engine %q", kind).
		WithRemedy(suggest(kind, kinds, "engines"))
}

// Number reads a whole-number parameter between least and most; absent is 0, false.
func Number(params map[string]string, name string, least, most int) (n int, set bool, err error) {
	text := params[name]
	if text == "" {
		return 0, false, nil
	}
	n, err = strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, false, fault.Newf(fault.Config, "%s cannot be %q", name, text).
			WithRemedyf("give a whole number from %d to %d", least, most)
	}
	return n, true, nil
}

// suggest says which of names is meant by a mistyped name, or lists them all.
func suggest(name string, names []string, what string) string {
	best, least := "", 3 // two slips are a typing error, three another word
	for _, n := range names {
		if d := nearest.Distance(strings.ToLower(name), n); d < least {
			best, least = n, d
		}
	}
	all := what + ": " + strings.Join(names, ", ")
	if best == "" {
		return all
	}
	return "did you mean " + best + "? " + strings.ToUpper(all[:1]) + all[1:]
}
